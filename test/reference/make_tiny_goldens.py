"""Goldens of models/tiny on real conversations: f32 in goldens/tiny, bf16 in goldens/tiny_bf16."""

import argparse
import json
import shutil
import sys

import numpy as np
import torch
from tokenizers import Tokenizer

from compare import log_softmax, report_logits, top_kl
from oracle import GOLDENS, ROOT, Oracle, save_array, save_runs, write_json

TINY = ROOT / "models/tiny"
sys.path.insert(0, str(TINY))
from shapes import Item, svg  # noqa: E402  (the path is set above)
from template import render  # noqa: E402

NEW_TOKENS, TOP = 64, 128


def read_lines(path):
    """Objects of a JSONL file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def others(kind):
    """Held-out cases of one kind with their expected answers."""
    return [c for c in read_lines(TINY / "heldout_other.jsonl") if c["kind"] == kind]


def conversation(case):
    """Prompt text and answer text of a case."""
    return render(case["messages"], case["tools"], enable_thinking=case["thinking"]), case["answer"]


def encode(tokenizer, text):
    """Ids with special tokens matched."""
    return tokenizer.encode(text, add_special_tokens=False).ids


def cases_f32(tokenizer):
    """Five conversations: drawing, thought and drawing, tool call, follow-up, small talk."""
    plain = {
        "messages": [{"role": "user", "content": "Draw a large red circle."}],
        "tools": None,
        "thinking": False,
        "answer": svg([Item("circle", "red", "large")]) + "<turn|>",
    }
    talk = {
        "messages": [{"role": "user", "content": "Hello!"}],
        "tools": None,
        "thinking": False,
        "answer": "Hello! I draw small SVG pictures. Which shape and color would you like?<turn|>",
    }
    cases = [plain, others("think")[0], others("tool")[0], others("follow")[0], talk]
    return [tuple(encode(tokenizer, t) for t in conversation(c)) for c in cases]


def cases_bf16(tokenizer):
    """Twelve held-out conversations of all kinds."""
    cases = others("think")[1:5] + others("pair")[:4] + others("tool")[1:3] + others("follow")[1:3]
    return [tuple(encode(tokenizer, t) for t in conversation(c)) for c in cases]


def f32_positions(prompt, answer):
    """The first positions, the start and end of the answer, and steps between."""
    total = len(prompt) + len(answer)
    inside = range(len(prompt) + 3, total - 2, max(1, len(answer) // 6))
    return sorted({0, 1, len(prompt) // 2, len(prompt) - 1, len(prompt), *inside, total - 2, total - 1})


def make_f32(tokenizer):
    """Logits, hidden states, router choices and greedy tokens in f32."""
    folder = GOLDENS / "tiny"
    oracle, pairs = Oracle(TINY), cases_f32(tokenizer)
    manifest = {"model": "models/tiny", "dtype": "float32", "attention": "eager", "files": {}}
    sequences = [p + a for p, a in pairs]
    save_runs(folder, sequences, [f32_positions(*pair) for pair in pairs], [oracle.run(s) for s in sequences], manifest)
    prompts = [p for p, _ in pairs] + [p for p, _ in cases_bf16(tokenizer)[::3]]
    runs = [oracle.checked_greedy(p, NEW_TOKENS) for p in prompts]
    greedy = {
        "new_tokens": NEW_TOKENS,
        "prompts": prompts,
        "tokens": [r[0] for r in runs],
        "margins": [round(r[1], 6) for r in runs],
        "router_gaps": [round(r[2], 6) for r in runs],
    }
    greedy["smallest_margin"] = min(greedy["margins"])
    write_json(folder / "greedy.json", greedy)
    manifest["files"]["greedy.json"] = {
        "meaning": "prompts, 64 greedy tokens each (no end token stops), smallest top-1/top-2 margin"
    }
    write_json(folder / "manifest.json", manifest)
    print("tiny f32: smallest margin", greedy["smallest_margin"], "smallest router gap", min(greedy["router_gaps"]))


def top_of(logits):
    """Best tokens by value, then by id, their logits, and log-sum-exp of the others."""
    order = np.argsort(-logits, axis=-1, kind="stable")
    ids = order[:, :TOP]
    kept = np.take_along_axis(logits, ids, axis=-1)
    rest = np.logaddexp.reduce(np.take_along_axis(logits, order[:, TOP:], axis=-1).astype(np.float64), axis=-1)
    half = kept.astype("<f2")
    assert (half.astype(np.float32) == kept).all(), "bf16 logits of this size are exact in f16"
    return ids.astype("<u2"), half, rest.astype("<f4")


def make_bf16(tokenizer):
    """Top logits of the bf16 model at every position, and how far f32 is from it."""
    folder, pairs = GOLDENS / "tiny_bf16", cases_bf16(tokenizer)
    sequences = [p + a for p, a in pairs]
    low = Oracle(TINY, torch.bfloat16)
    logits = np.concatenate([low.run(s).logits for s in sequences])
    high = Oracle(TINY)
    exact = np.concatenate([high.run(s).logits for s in sequences])
    # Row t predicts token t + 1: rows from the prompt's last token on count as answer, the very last predicts nothing.
    answer = np.concatenate([[0] * (len(p) - 1) + [1] * len(a) + [0] for p, a in pairs]).astype("<u1")
    ids, kept, rest = top_of(logits)
    manifest = {
        "model": "models/tiny",
        "dtype": "bfloat16",
        "attention": "eager",
        "files": {},
        "sequences": [{"prompt": len(p), "length": len(p) + len(a)} for p, a in pairs],
    }
    save_array(
        folder, "tokens", np.array(sum(sequences, []), dtype="<i4"), "all sequences one after the other", manifest
    )
    save_array(folder, "top_ids", ids, f"[row, {TOP}]: best tokens at every position, best first, ties by id", manifest)
    save_array(folder, "top_logits", kept, "[row, k]: their logits, exact (bf16 values)", manifest)
    save_array(folder, "rest", rest, "[row]: log-sum-exp of all other logits", manifest)
    save_array(folder, "answer", answer, "[row]: 1 where the row predicts a token of the answer", manifest)
    manifest["f32_against_bf16"] = figures(exact, logits, ids, kept, rest, answer == 1)
    write_json(folder / "manifest.json", manifest)
    print("tiny bf16:", json.dumps(manifest["f32_against_bf16"]))


def figures(exact, logits, ids, kept, rest, answer):
    """Agreement and KL of f32 against bf16, in full and as the stored top-k gives it."""
    out = {}
    for name, rows in (("answers", answer), ("prompts", ~answer)):
        agree, kl = report_logits(exact[rows], logits[rows])
        stored = top_kl(exact[rows], ids[rows], kept[rows], rest[rows]).mean()
        probability = np.exp(log_softmax(logits[rows])).max(-1).mean()
        out[name] = {
            "rows": int(rows.sum()),
            "top1_agreement": round(float(agree), 5),
            "mean_kl": float(f"{kl:.4g}"),
            "mean_kl_from_top": float(f"{stored:.4g}"),
            "mean_top1_probability": round(float(probability), 4),
        }
    return out


def main():
    """Make both folders."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    torch.set_num_threads(1)
    tokenizer = Tokenizer.from_file(str(TINY / "tokenizer.json"))
    for name in ("tiny", "tiny_bf16"):
        shutil.rmtree(GOLDENS / name, ignore_errors=True)
        (GOLDENS / name).mkdir(parents=True)
    make_f32(tokenizer)
    make_bf16(tokenizer)


if __name__ == "__main__":
    main()
