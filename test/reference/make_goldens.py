"""Goldens of the five small random models: f32, eager attention, no cache."""

import argparse
import random
import shutil

import torch

from families import FAMILIES, SEEDS
from oracle import GOLDENS, ROOT, Oracle, save_runs, write_json

LENGTHS = [1, 2, 7, 17, 40, 150, 330]
PROMPTS = [1, 2, 5, 17, 33, 64, 128, 200, 300]
NEW_TOKENS = 64
# Least distance of the two best logits along greedy runs, and of experts taken and left out:
# with these, identical tokens are a fair demand on any f32 implementation.
LEAST_MARGIN, LEAST_GAP = 5e-3, 1e-4


def draw(rng, length, vocab):
    """Random ids after <bos>; a single id is random too, so that another can be tried."""
    return [2 if length > 1 else rng.randrange(1, vocab)] + [rng.randrange(1, vocab) for _ in range(length - 1)]


def chosen_positions(length):
    """Every position of the short sequences; of the long ones the ends and every ninth or seventeenth."""
    if length <= 40:
        return list(range(length))
    step = 9 if length < 200 else 17
    return sorted({*range(0, length, step), length - 2, length - 1})


def sequences_of(oracle, rng, vocab):
    """Sequences whose router decisions are not near ties, and their runs."""
    out = []
    for length in LENGTHS:
        while True:
            ids = draw(rng, length, vocab)
            run = oracle.run(ids)
            if run.router_gap > LEAST_GAP:
                out.append((ids, run))
                break
    return [ids for ids, _ in out], [run for _, run in out]


def greedy_of(oracle, rng, vocab):
    """Prompts and their greedy continuations with safe margins."""
    out = {"new_tokens": NEW_TOKENS, "prompts": [], "tokens": [], "margins": [], "router_gaps": [], "tries": 0}
    for length in PROMPTS:
        while True:
            prompt = draw(rng, length, vocab)
            tokens, margin, gap = oracle.checked_greedy(prompt, NEW_TOKENS)
            out["tries"] += 1
            # A run that only repeats itself would prove little.
            if margin > LEAST_MARGIN and gap > LEAST_GAP and len(set(tokens)) > NEW_TOKENS // 3:
                break
        out["prompts"].append(prompt)
        out["tokens"].append(tokens)
        out["margins"].append(round(margin, 6))
        out["router_gaps"].append(round(gap, 6) if gap < 1e9 else None)
    out["smallest_margin"] = min(out["margins"])
    return out


def make(name):
    """All files of one model."""
    folder = GOLDENS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    oracle, rng = Oracle(ROOT / "test/inputs/models" / name), random.Random(SEEDS[name])
    vocab = FAMILIES[name]["text_config"]["vocab_size"]
    manifest = {"model": f"test/inputs/models/{name}", "dtype": "float32", "attention": "eager", "files": {}}
    sequences, runs = sequences_of(oracle, rng, vocab)
    save_runs(folder, sequences, [chosen_positions(len(s)) for s in sequences], runs, manifest)
    greedy = greedy_of(oracle, rng, vocab)
    write_json(folder / "greedy.json", greedy)
    manifest["files"]["greedy.json"] = {
        "meaning": "prompts, 64 greedy tokens each (no end token stops), smallest top-1/top-2 margin"
    }
    write_json(folder / "manifest.json", manifest)
    kinds = [len(set(t)) for t in greedy["tokens"]]
    spread = max(float(r.logits.std()) for r in runs)
    print(
        name,
        "margin",
        greedy["smallest_margin"],
        "tries",
        greedy["tries"],
        "distinct",
        kinds,
        "logit std",
        round(spread, 2),
        "gap",
        manifest.get("smallest_router_gap"),
        flush=True,
    )


def main():
    """Make the goldens of all models, or those named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*")
    torch.set_num_threads(1)
    for name in parser.parse_args().names or FAMILIES:
        make(name)


if __name__ == "__main__":
    main()
