"""The three small models that see pictures: their files, and what transformers makes of pictures and prompts."""

import argparse
import math
import shutil

import numpy as np
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.models.gemma4.image_processing_gemma4 import get_aspect_ratio_preserving_size
from transformers.models.gemma4_unified.image_processing_gemma4_unified import patches_merge

from families import GENERATION
from make_models import random_value, rounded, save_weights, write_json
from oracle import GOLDENS, ROOT, Oracle, save_array
from pictures import Prompt, picture_run
from precise import f64
from vision_families import BOI, BUDGETS, EOI, GRIDS, IMAGE, QUADRATIC_LIMIT, SEEDS, VISION

# As released files call what transformers has renamed in memory.
UNIFIED = {
    "embed_vision.multimodal_embedder.": "embed_vision.",
    "embed_vision.patch_": "vision_embedder.patch_",
    "embed_vision.pos_": "vision_embedder.pos_",
}
KEPT_CELLS = 6  # of a picture


def file_name(name):
    """The name of a tensor in a released file."""
    for old, new in UNIFIED.items():
        if old in name:
            return name.replace(old, new)
    return name


def vision_value(name, shape, rng):
    """A random tensor of sensible scale; clips bite, and no bias is zero."""

    def normal(mean, std):
        return torch.randn(shape, generator=rng) * std + mean

    last = name.rsplit(".", 1)[-1]
    if last in ("input_min", "output_min", "input_max", "output_max"):
        bound = torch.rand(shape, generator=rng) * 0.8 + 0.7
        return -bound if last.endswith("min") else bound
    if last == "std_scale" or ".patch_ln" in name and last == "weight":
        return normal(1, 0.2)
    if last in ("std_bias", "bias"):
        return normal(0, 0.5)
    if last in ("position_embedding_table", "pos_embedding"):
        return normal(0, 0.4)
    return random_value(name, shape, rng)


def write_model(name):
    """config.json, generation_config.json and the weights."""
    folder = ROOT / "test/inputs/models" / name
    folder.mkdir(parents=True, exist_ok=True)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(**VISION[name]))
    shapes = {file_name(n): tuple(t.shape) for n, t in model.state_dict().items() if n != "lm_head.weight"}
    rng = torch.Generator().manual_seed(SEEDS[name])
    save_weights(folder, {n: rounded(vision_value(n, s, rng)) for n, s in shapes.items()}, 1)
    write_json(folder / "config.json", VISION[name])
    write_json(folder / "generation_config.json", GENERATION)


def pixels(count, size):
    """[count, size] of 0 to 1, whole 255ths: a formula, so that a test can have them without a file."""
    i, c = np.arange(count)[:, None], np.arange(size)[None, :]
    return torch.tensor((i * 7919 + c * 104729 + (i * c) % 4093 * 31) % 256 / 255.0)


class Tower:
    """A model's way from patches to soft tokens."""

    def __init__(self, name, dtype):
        self.oracle, self.dtype = Oracle(ROOT / "test/inputs/models" / name, dtype), dtype
        vision = VISION[name]["vision_config"]
        self.patch, self.pool = vision["patch_size"], vision["pooling_kernel_size"]
        self.is_unified = VISION[name]["model_type"] == "gemma4_unified"

    def grid(self, size, budget):
        """Rows and columns of patches of a picture of this size."""
        height, width = get_aspect_ratio_preserving_size(*size, self.patch, budget * self.pool**2, self.pool)
        return height // self.patch, width // self.patch

    @torch.no_grad()
    def soft_tokens(self, grids):
        """Of pictures of these grids, whose rows lie one after the other: one array a picture."""
        unit = self.pool if self.is_unified else 1
        side, first, out = self.patch * unit, 0, []
        counts = [rows * columns // unit**2 for rows, columns in grids]
        values = pixels(sum(counts), 3 * side * side).to(self.dtype)
        for (rows, columns), count in zip(grids, counts):
            part = values[None, first : first + count]
            y, x = np.divmod(np.arange(count), columns // unit)
            positions = torch.tensor(np.stack([x, y], -1))[None]
            features = self.oracle.model.model.get_image_features(part, positions, return_dict=True)
            out.append(features.pooler_output[0].numpy())
            first += count
        return out


def check_merge():
    """A cell's pixels are those of its square of the picture, row by row: what the unified model calls a patch."""
    rng, patch, pool = np.random.default_rng(1), 4, 3
    image = torch.tensor(rng.random((2 * pool * patch, 3 * pool * patch, 3)))

    def cut(side):
        blocks = image.unfold(0, side, side).unfold(1, side, side).permute(0, 1, 3, 4, 2)
        return blocks.reshape(-1, side * side * 3)

    y, x = np.divmod(np.arange(6 * 9), 9)
    merged, places = patches_merge(cut(patch)[None], torch.tensor(np.stack([x, y], -1))[None], 6)
    assert torch.equal(merged[0], cut(patch * pool)) and places[0].tolist() == [[i % 3, i // 3] for i in range(6)]


def steps_of(name, tower):
    """The grids of each step: three pictures, then one for each budget."""
    limit = 1120 if tower.is_unified else QUADRATIC_LIMIT
    return [GRIDS] + [[tower.grid(size, budget)] for size, budget in BUDGETS if budget <= limit]


def make_soft(name, precise, folder, manifest):
    """Soft tokens of some cells of each picture, and how far f32 is from them."""
    single = Tower(name, torch.float32)
    kept, worst, manifest["steps"] = [], 0.0, []
    for grids in steps_of(name, precise):
        with f64():
            exact = precise.soft_tokens(grids)
        for a, b in zip(exact, single.soft_tokens(grids)):
            worst = max(worst, float(np.abs(a - b).max() / np.abs(a).max()))
        cells = [sorted({*range(0, len(a), math.ceil(len(a) / KEPT_CELLS)), len(a) - 1}) for a in exact]
        kept += [a[c] for a, c in zip(exact, cells)]
        manifest["steps"].append({"grids": grids, "cells": cells})
    meaning = "soft tokens [cell, text channels] of the cells of each picture of each step, in that order"
    save_array(folder, "soft", np.concatenate(kept).astype(np.float32), meaning, manifest)
    manifest["f32 against f64"] = worst


def prompt_of(counts):
    """A prompt with a picture at its very start, two side by side, and one at its very end."""
    ids = [IMAGE] * counts[0] + [EOI, 2, 9, 17, 30, BOI] + [IMAGE] * counts[1] + [EOI, BOI] + [IMAGE] * counts[2]
    return ids + [EOI, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, BOI] + [IMAGE] * counts[1]


def make(name):
    """All files of one model."""
    write_model(name)
    folder = GOLDENS / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    manifest = {"model": f"test/inputs/models/{name}", "dtype": "float64", "files": {}}
    tower = Tower(name, torch.float64)
    make_soft(name, tower, folder, manifest)
    with f64():
        soft = tower.soft_tokens(GRIDS)
        order = [0, 1, 2, 1]
        prompt = Prompt.of(prompt_of([len(s) for s in soft]), IMAGE, np.concatenate([soft[i] for i in order]))
        run = picture_run(tower.oracle, prompt)
    save_array(folder, "logits", run.logits.astype(np.float32), "logits of the prompt [row, vocabulary]", manifest)
    manifest["prompt"] = {**prompt.facts(), "pictures": order}
    write_json(folder / "manifest.json", manifest)
    print(name, "f32 against f64", manifest["f32 against f64"], flush=True)


def main():
    """Make all of them, or those named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*")
    torch.set_num_threads(1)
    check_merge()
    for name in parser.parse_args().names or VISION:
        make(name)


if __name__ == "__main__":
    main()
