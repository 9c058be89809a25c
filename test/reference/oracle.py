"""Runs Hugging Face's Gemma 4 and records logits, hidden states and router choices."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = Path(__file__).resolve().parent / "goldens"
logging.disable_progress_bar()


@dataclass
class Run:
    """One forward pass: logits [T,V], hidden [L+1,T,H] (layers, then final norm), router parts [L,T,K]."""

    logits: np.ndarray
    hidden: np.ndarray
    experts: np.ndarray | None
    weights: np.ndarray | None
    router_gap: float


class Oracle:
    """A loaded model in eager mode, without a cache, so that nothing but the plain equations is used."""

    def __init__(self, folder, dtype=torch.float32):
        self.model, report = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation="eager", experts_implementation="eager", output_loading_info=True
        )
        missing = {k: sorted(v) for k, v in report.items() if v and k != "error_msgs"}
        if missing.pop("missing_keys", None) not in (None, ["lm_head.weight"]) or missing:
            raise SystemExit(f"{folder}: weights do not fit the model: {report}")
        self.model.eval()
        self.model.generation_config.eos_token_id = None
        self.layers, self.outputs, self.routed = self.model.model.language_model.layers, [], []
        for layer in self.layers:
            layer.register_forward_hook(lambda _m, _i, out: self.outputs.append(out[0].clone()))
            if getattr(layer, "enable_moe_block", False):
                layer.router.register_forward_hook(lambda _m, _i, out: self.routed.append(out))
        self.model.model.language_model.norm.register_forward_hook(
            lambda _m, _i, out: self.outputs.append(out[0].clone())
        )

    @torch.no_grad()
    def run(self, ids):
        """A full forward pass over one sequence."""
        self.outputs, self.routed = [], []
        logits = self.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
        hidden = torch.stack(self.outputs).float().numpy()
        if not self.routed:
            return Run(logits.float().numpy(), hidden, None, None, float("inf"))
        experts = torch.stack([r[2] for r in self.routed]).to(torch.int32).numpy()
        weights = torch.stack([r[1] for r in self.routed]).float().numpy()
        return Run(logits.float().numpy(), hidden, experts, weights, self.gap(experts.shape[-1]))

    def gap(self, chosen):
        """Smallest distance, in router logits, between the last expert taken and the first left out."""
        smallest = float("inf")
        for probs, _, _ in self.routed:
            top = probs.log().topk(chosen + 1, dim=-1).values
            smallest = min(smallest, (top[:, -2] - top[:, -1]).min().item())
        return smallest

    @torch.no_grad()
    def greedy(self, prompt, count):
        """Greedy tokens; the end-of-turn tokens do not stop it."""
        out = self.model.generate(
            torch.tensor([prompt]),
            do_sample=False,
            max_new_tokens=count,
            eos_token_id=None,
            top_k=None,
            top_p=None,
            temperature=None,
            use_cache=True,
        )
        return out[0, len(prompt) :].tolist()

    def checked_greedy(self, prompt, count):
        """Greedy tokens confirmed by one pass without a cache; also the smallest margin and router gap."""
        tokens = self.greedy(prompt, count)
        run = self.run(prompt + tokens)
        rows = run.logits[len(prompt) - 1 : -1]
        if rows.argmax(1).tolist() != tokens:
            return tokens, 0.0, 0.0
        top = np.sort(rows, axis=1)
        return tokens, float((top[:, -1] - top[:, -2]).min()), run.router_gap


def save_array(folder, name, array, meaning, manifest):
    """One .npy file and its manifest entry."""
    array = np.ascontiguousarray(array)
    np.save(folder / (name + ".npy"), array, allow_pickle=False)
    manifest["files"][name + ".npy"] = {"dtype": array.dtype.str, "shape": list(array.shape), "meaning": meaning}


def write_json(path, content):
    """JSON with short lists on one line each, for the eye and for small diffs."""
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in content.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def save_runs(folder, sequences, positions, runs, manifest):
    """Tokens of all sequences and the outputs at the chosen positions."""

    def rows(field, axis):
        return np.concatenate([np.take(getattr(r, field), p, axis) for r, p in zip(runs, positions, strict=True)], axis)

    manifest["sequences"], at, row = [], 0, 0
    for ids, chosen in zip(sequences, positions, strict=True):
        manifest["sequences"].append({"offset": at, "length": len(ids), "row": row, "positions": chosen})
        at, row = at + len(ids), row + len(chosen)
    save_array(
        folder, "tokens", np.array(sum(sequences, []), dtype="<i4"), "all sequences one after the other", manifest
    )
    save_array(folder, "logits", rows("logits", 0).astype("<f4"), "[row, vocab], after the softcap", manifest)
    save_array(
        folder,
        "hidden",
        rows("hidden", 1).astype("<f4"),
        "[layer, row, hidden]: output of each decoder layer after layer_scalar, then of the final norm",
        manifest,
    )
    if runs[0].experts is not None:
        save_array(
            folder, "experts", rows("experts", 1).astype("<i4"), "[layer, row, k]: chosen experts, best first", manifest
        )
        save_array(
            folder,
            "expert_weights",
            rows("weights", 1).astype("<f4"),
            "[layer, row, k]: their final weights, per_expert_scale included",
            manifest,
        )
    manifest["smallest_router_gap"] = min(r.router_gap for r in runs)
    if manifest["smallest_router_gap"] == float("inf"):
        del manifest["smallest_router_gap"]
