"""Trains the tiny Gemma 4 with transformers' own model class; writes model.safetensors in bf16."""

import argparse
import json
import math
import random
import time

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy
from transformers import AutoConfig, Gemma4ForConditionalGeneration

from data import sample

# Fixed, each layer its own: a runtime that skips the factor gives visibly wrong output.
LAYER_SCALARS = [0.8203125, 1.0703125, 0.640625, 0.9296875, 0.7109375, 1.1015625]
BLOCK = 32  # weights per block of the int4 formats whose rounding the noise imitates


class Examples:
    """Endless batches of about equally long training examples."""

    def __init__(self, seed, tokens, held=False):
        self.rng, self.tokens, self.held = random.Random(seed), tokens, held
        self.tokenizer = Tokenizer.from_file("tokenizer.json")
        self.ready = []

    def one(self):
        """Ids of one example and where its answer starts."""
        while True:
            case = sample(self.rng)
            if case["held"] == self.held:
                prompt, answer = (
                    self.tokenizer.encode(case[k], add_special_tokens=False).ids for k in ("prompt", "answer")
                )
                return prompt + answer, len(prompt)

    def refill(self):
        """A pool sorted by length, cut into batches, in random order."""
        pool = sorted((self.one() for _ in range(768)), key=lambda e: len(e[0]))
        batch = []
        for example in pool:
            if len(example[0]) * (len(batch) + 1) > self.tokens:
                self.ready.append(batch)
                batch = []
            batch.append(example)
        # The last batch may be small; it goes too, or the longest examples would be rare.
        self.ready.append(batch)
        self.rng.shuffle(self.ready)

    def batch(self):
        """Padded ids and labels; labels are -100 outside the answer."""
        if not self.ready:
            self.refill()
        batch = self.ready.pop()
        width = max(len(ids) for ids, _ in batch)
        ids = torch.zeros(len(batch), width, dtype=torch.long)
        labels = torch.full_like(ids, -100)
        for row, (tokens, start) in enumerate(batch):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            labels[row, start : len(tokens)] = torch.tensor(tokens[start:])
        return ids, labels


def initialise(model):
    """Starting values: unit-scale activations, no factor exactly one."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith(("q_norm.weight", "k_norm.weight")):
                # The attention scale is 1, so the norms bring scores to unit size.
                p.normal_(1, 0.1).mul_(p.numel() ** -0.25)
            elif "layernorm" in name and "post_" in name:
                p.normal_(0.5, 0.05)
            elif p.dim() == 1:
                p.normal_(1, 0.1)
            else:
                p.normal_(0, p.shape[-1] ** -0.5)
        for layer, scalar in zip(model.model.language_model.layers, LAYER_SCALARS, strict=True):
            layer.layer_scalar.fill_(scalar)


class RouterWatch:
    """Collects the routers' outputs for the balancing loss and the usage report."""

    def __init__(self, model):
        self.outputs = []
        for layer in model.model.language_model.layers:
            layer.router.register_forward_hook(lambda _m, _i, out: self.outputs.append(out))

    def take(self):
        """Outputs since the last call: (probabilities, weights, chosen) per layer."""
        out, self.outputs = self.outputs, []
        return out

    def loss(self, real):
        """Load-balancing loss over real tokens: experts x share chosen x mean probability."""
        total = 0.0
        for probs, _, chosen in (outputs := self.take()):
            count = probs.shape[-1]
            share = torch.bincount(chosen[real].flatten(), minlength=count) / chosen[real].numel()
            total = total + count * (share * probs[real].mean(0)).sum()
        return total / len(outputs)


def answer_loss(model, ids, labels):
    """Mean cross-entropy on the answer tokens; only their rows go through the head."""
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    target = labels[:, 1:]
    keep = target != -100
    cap = model.config.text_config.final_logit_softcapping
    logits = torch.tanh(model.lm_head(hidden[keep]) / cap) * cap
    return cross_entropy(logits, target[keep])


def noisy_weights(model):
    """Weights that int4 formats quantise: all matrices but embedding and router."""
    return [p for n, p in model.named_parameters() if p.dim() > 1 and "embed" not in n and "router" not in n]


@torch.no_grad()
def add_noise(weights):
    """Adds what 4-bit rounding in blocks would; returns the originals."""
    kept = [w.detach().clone() for w in weights]
    for w in weights:
        blocks = w.view(-1, BLOCK)
        blocks += (torch.rand_like(blocks) - 0.5) * (blocks.abs().amax(1, keepdim=True) / 8)
    return kept


@torch.no_grad()
def restore(weights, kept):
    """Puts the originals back after the gradients are known."""
    for w, k in zip(weights, kept, strict=True):
        w.copy_(k)


def learning_rate(step, steps, peak):
    """Linear warm-up, then cosine to zero."""
    if step < 150:
        return peak * (step + 1) / 150
    return peak * 0.5 * (1 + math.cos(math.pi * (step - 150) / (steps - 150)))


@torch.no_grad()
def evaluate(model, watch):
    """Loss on held-out examples of all kinds and the experts' share of tokens per layer."""
    examples, losses, shares = Examples(99, 4096, held=True), [], None
    for _ in range(6):
        ids, labels = examples.batch()
        losses.append(answer_loss(model, ids, labels).item())
        real = (ids != 0).flatten()
        counts = torch.stack([torch.bincount(c[real].flatten(), minlength=p.shape[-1]) for p, _, c in watch.take()])
        shares = counts if shares is None else shares + counts
    return sum(losses) / len(losses), (shares / shares.sum(1, keepdim=True)).tolist()


def save(model, path):
    """bf16 weights under the names of the real checkpoints; the tied head is not stored."""
    tensors = {
        n: t.detach().to(torch.bfloat16).contiguous() for n, t in model.state_dict().items() if n != "lm_head.weight"
    }
    save_file(tensors, path, metadata={"format": "pt"})


def optimiser(model, decay):
    """AdamW; vectors are not decayed."""
    matrices = [p for p in model.parameters() if p.dim() > 1]
    vectors = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, betas=(0.9, 0.97), fused=True)


def train(model, watch, args, log):
    """The training loop."""
    examples, opt, weights = Examples(args.seed, args.tokens), optimiser(model, 0.05), noisy_weights(model)
    began, seen, recent = time.time(), 0, []
    for step in range(args.steps):
        for group in opt.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.rate)
        ids, labels = examples.batch()
        # Every second step of the later part sees int4-like noise: the model learns to bear it.
        kept = add_noise(weights) if step > args.steps * 0.4 and step % 2 else None
        loss = answer_loss(model, ids, labels)
        (loss + args.balance * watch.loss((ids != 0).flatten())).backward()
        if kept:
            restore(weights, kept)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        opt.step()
        opt.zero_grad()
        seen += ids.numel()
        recent.append(loss.item())
        if step % 50 == 49:
            row = {
                "step": step + 1,
                "loss": round(sum(recent) / len(recent), 5),
                "tokens": seen,
                "seconds": round(time.time() - began),
            }
            recent = []
            if step % 250 == 249 or step + 1 == args.steps:
                row["heldout_loss"] = round(evaluate(model, watch)[0], 5)
                save(model, args.out)
            print(json.dumps(row), file=log, flush=True)


def main():
    """Train and write the weights and the log."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--tokens", type=int, default=2560, help="padded tokens in a batch")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--balance", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", default="model.safetensors")
    parser.add_argument("--log", default="training_log.jsonl")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    config = AutoConfig.from_pretrained(".", attn_implementation="sdpa", experts_implementation="eager")
    model = Gemma4ForConditionalGeneration(config).float()
    initialise(model)
    watch = RouterWatch(model)
    with open(args.log, "w", encoding="utf-8") as log:
        train(model, watch, args, log)


if __name__ == "__main__":
    main()
