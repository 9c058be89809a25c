"""Gemma 4's equations in plain numpy, to check the goldens with nothing of Hugging Face's."""

import argparse
import json
import math
import struct
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PREFIX = "model.language_model."


def read_weights(folder):
    """All bf16 tensors of a folder as f32; the header is JSON after a length."""
    out = {}
    for path in sorted(folder.glob("model*.safetensors")):
        raw = path.read_bytes()
        start = 8 + struct.unpack("<Q", raw[:8])[0]
        for name, info in json.loads(raw[8:start]).items():
            if name != "__metadata__":
                begin, end = info["data_offsets"]
                bits = np.frombuffer(raw[start + begin : start + end], "<u2").astype(np.uint32) << 16
                out[name.removeprefix(PREFIX)] = bits.view(np.float32).reshape(info["shape"])
    return out


def norm(x, weight=None):
    """RMSNorm without the usual plus one."""
    y = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)
    return y if weight is None else y * weight


def gelu(x):
    """The tanh form."""
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def softmax(x):
    """Over the last axis."""
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Plain:
    """One text model in f32, whole sequences, no cache."""

    def __init__(self, folder):
        self.c = json.loads((folder / "config.json").read_text(encoding="utf-8"))["text_config"]
        self.w = read_weights(folder)
        self.types = self.c["layer_types"]
        self.first_shared = len(self.types) - (self.c.get("num_kv_shared_layers") or 0)
        self.kv = {}

    def rope(self, x, full):
        """Rotates element i with i + d/2; the full layers rotate the first quarter of the pairs only."""
        d = x.shape[-1]
        rope = self.c["rope_parameters"]["full_attention" if full else "sliding_attention"]
        i = np.arange(0, d, 2, dtype=np.float32)
        # f32 throughout, as Hugging Face has it: at position 300 the angle's rounding already shows.
        freq = (1.0 / np.float32(rope["rope_theta"]) ** (i / np.float32(d))).astype(np.float32)
        if full:
            freq[int(rope["partial_rotary_factor"] * d // 2) :] = 0
        angle = np.arange(x.shape[0], dtype=np.float32)[:, None, None] * freq
        a, b, cos, sin = x[..., : d // 2], x[..., d // 2 :], np.cos(angle), np.sin(angle)
        return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)

    def keys_values(self, i, x, d, full):
        """K and V of a layer; sharing layers take those of the last earlier layer of their type."""
        p = f"layers.{i}.self_attn."
        if i >= self.first_shared:
            return self.kv[self.types[i]]
        raw = (x @ self.w[p + "k_proj.weight"].T).reshape(len(x), -1, d)
        own_v = not (full and self.c.get("attention_k_eq_v"))
        v = (x @ self.w[p + "v_proj.weight"].T).reshape(len(x), -1, d) if own_v else raw
        self.kv[self.types[i]] = self.rope(norm(raw, self.w[p + "k_norm.weight"]), full), norm(v)
        return self.kv[self.types[i]]

    def attention(self, i, x):
        """Scale 1, causal, windowed in the sliding layers."""
        p, full = f"layers.{i}.self_attn.", self.types[i] == "full_attention"
        d, t = self.c["global_head_dim" if full else "head_dim"], len(x)
        q = self.rope(norm((x @ self.w[p + "q_proj.weight"].T).reshape(t, -1, d), self.w[p + "q_norm.weight"]), full)
        k, v = self.keys_values(i, x, d, full)
        group = q.shape[1] // k.shape[1]
        scores = np.einsum("qhd,khd->hqk", q, np.repeat(k, group, 1))
        distance = np.arange(t)[:, None] - np.arange(t)[None]
        hidden = (distance < 0) | ((distance >= self.c["sliding_window"]) & (not full))
        probs = softmax(np.where(hidden, -np.inf, scores))
        out = np.einsum("hqk,khd->qhd", probs, np.repeat(v, group, 1)).reshape(t, -1)
        return out @ self.w[p + "o_proj.weight"].T

    def mlp(self, i, x):
        """The gated dense MLP."""
        g, u, d = (self.w[f"layers.{i}.mlp.{n}_proj.weight"].T for n in ("gate", "up", "down"))
        return (gelu(x @ g) * (x @ u)) @ d

    def experts(self, i, h, y):
        """Router on the bare residual h, experts on its norm y."""
        p = f"layers.{i}."
        r = norm(h) * self.w[p + "router.scale"] * h.shape[-1] ** -0.5
        probs = softmax(r @ self.w[p + "router.proj.weight"].T)
        chosen = np.argsort(-probs, -1, kind="stable")[:, : self.c["top_k_experts"]]
        weights = np.take_along_axis(probs, chosen, -1)
        weights = weights / weights.sum(-1, keepdims=True) * self.w[p + "router.per_expert_scale"][chosen]
        out = np.zeros_like(y)
        for t, e in np.ndindex(chosen.shape):
            gate, up = np.split(self.w[p + "experts.gate_up_proj"][chosen[t, e]] @ y[t], 2)
            out[t] += weights[t, e] * (self.w[p + "experts.down_proj"][chosen[t, e]] @ (gelu(gate) * up))
        return out, chosen, weights

    def layer(self, i, h, ple):
        """One decoder layer; also the router's choice."""

        def n(name, x):
            return norm(x, self.w[f"layers.{i}.{name}.weight"])

        routed = None
        h = h + n("post_attention_layernorm", self.attention(i, n("input_layernorm", h)))
        m = self.mlp(i, n("pre_feedforward_layernorm", h))
        if self.c.get("enable_moe_block"):
            b, *routed = self.experts(i, h, n("pre_feedforward_layernorm_2", h))
            m = n("post_feedforward_layernorm_1", m) + n("post_feedforward_layernorm_2", b)
        h = h + n("post_feedforward_layernorm", m)
        if ple is not None:
            g = gelu(h @ self.w[f"layers.{i}.per_layer_input_gate.weight"].T) * ple[:, i]
            h = h + n("post_per_layer_input_norm", g @ self.w[f"layers.{i}.per_layer_projection.weight"].T)
        return h * self.w[f"layers.{i}.layer_scalar"], routed

    def per_layer_inputs(self, ids, h):
        """The per-layer inputs of the E models, or None."""
        width = self.c.get("hidden_size_per_layer_input")
        if not width:
            return None
        shape = (len(ids), len(self.types), width)
        token = self.w["embed_tokens_per_layer.weight"][ids].reshape(shape) * width**0.5
        context = (h @ self.w["per_layer_model_projection.weight"].T * h.shape[-1] ** -0.5).reshape(shape)
        return (norm(context, self.w["per_layer_projection_norm.weight"]) + token) * 2**-0.5

    def run(self, ids):
        """Logits, hidden states [L+1,T,H], experts and weights [L,T,K] (or None)."""
        h = self.w["embed_tokens.weight"][ids] * np.float32(self.c["hidden_size"] ** 0.5)
        ple, hidden, routed = self.per_layer_inputs(ids, h), [], []
        for i in range(len(self.types)):
            h, choice = self.layer(i, h, ple)
            hidden.append(h)
            routed.append(choice)
        hidden.append(norm(h, self.w["norm.weight"]))
        cap = self.c["final_logit_softcapping"]
        logits = np.tanh(hidden[-1] @ self.w["embed_tokens.weight"].T / cap) * cap
        experts, weights = zip(*routed, strict=True) if routed[0] else (None, None)
        return logits, np.stack(hidden), experts, weights


def check(name):
    """Largest relative errors of the plain equations against one golden folder; true if all are small."""
    folder = HERE / "goldens" / name
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    model, tokens = Plain(ROOT / manifest["model"]), np.load(folder / "tokens.npy")
    want = {p.stem: np.load(p) for p in folder.glob("*.npy")}
    worst, same = {"logits": 0.0, "hidden": 0.0, "expert_weights": 0.0}, True
    for s in manifest["sequences"]:
        at, row = s["positions"], slice(s["row"], s["row"] + len(s["positions"]))
        logits, hidden, experts, weights = model.run(tokens[s["offset"] : s["offset"] + s["length"]])
        got = {"logits": logits[at], "hidden": hidden[:, at]}
        if experts:
            same &= bool((np.stack(experts)[:, at] == want["experts"][:, row]).all())
            got["expert_weights"] = np.stack(weights)[:, at]
        for key, value in got.items():
            golden = want[key][row] if key == "logits" else want[key][:, row]
            worst[key] = max(worst[key], float(np.abs(value - golden).max() / np.abs(want[key]).max()))
    print(
        name,
        {k: float(f"{v:.2g}") for k, v in worst.items()},
        "experts equal" if same else "EXPERTS DIFFER",
        flush=True,
    )
    return same and max(worst.values()) < 1e-4


def main():
    """Check all f32 goldens, or those named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*")
    names = parser.parse_args().names or ["moe26b", "dense31b", "dense12b", "ple_e2b", "ple_e4b", "tiny"]
    return int(not all([check(name) for name in names]))


if __name__ == "__main__":
    raise SystemExit(main())
