"""Writes the five small random models as Hugging Face folders under test/inputs/models."""

import argparse
import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoConfig, AutoModelForCausalLM

from families import FAMILIES, GENERATION, SEEDS, SHARDS, UNUSED_KV

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models/tiny"))
from make_tokenizer import FIRST, SPACE, document, low_ids  # noqa: E402  (the path is set above)

CHARS = [SPACE, "t", "h", "e", "a", "n", "i", "s", "r"]
MERGES = [
    ["t", "h"],
    [SPACE, "th"],
    [SPACE + "th", "e"],
    ["a", "n"],
    ["i", "n"],
    ["e", "r"],
    [SPACE, "a"],
    ["h", "e"],
    ["r", "e"],
]


def tokenizer(vocab_size):
    """A valid BPE of the wanted size: control tokens, bytes, a few letters and merges."""
    room = vocab_size - FIRST - len(CHARS)
    merges = MERGES[:room]
    names = low_ids() + [a + b for a, b in merges] + CHARS
    assert len(names) == vocab_size
    return document(names, merges)


def random_value(name, shape, rng):
    """A random tensor of sensible scale; no factor is exactly one."""

    def normal(mean, std):
        return torch.randn(shape, generator=rng) * std + mean

    if name.endswith("layer_scalar"):
        return torch.rand(shape, generator=rng) * 0.7 + 0.5
    if name.endswith(("q_norm.weight", "k_norm.weight")):
        # The attention scale is 1: these keep scores at a few units.
        return normal(1, 0.2) * 1.3 * shape[0] ** -0.25
    if name.endswith("per_expert_scale"):
        return torch.rand(shape, generator=rng) * 0.8 + 0.6
    if name.endswith("language_model.norm.weight"):
        # Sets the size of the logits, and with it the margins of greedy decoding.
        return normal(14, 2.0)
    if name.endswith("embed_tokens.weight"):
        # Half the usual size: otherwise the tied head makes greedy runs repeat their last token.
        return normal(0, 0.5 * shape[-1] ** -0.5)
    if "norm" in name or name.endswith("router.scale"):
        return normal(1, 0.2)
    if name.endswith("router.proj.weight"):
        return normal(0, 2.0)
    return normal(0, shape[-1] ** -0.5)


def rounded(tensor):
    """The nearest values that bf16 holds exactly."""
    return tensor.to(torch.bfloat16)


def tensors_of(name):
    """All tensors of a model in file order, under the names of the released files."""
    config = AutoConfig.for_model(**FAMILIES[name])
    with torch.device("meta"):
        shapes = {
            n: t.shape
            for n, t in AutoModelForCausalLM.from_config(config).state_dict().items()
            if n != "lm_head.weight"
        }
    if name in UNUSED_KV:
        shapes = with_unused(shapes, config.text_config)
    rng = torch.Generator().manual_seed(SEEDS[name])
    return {n: rounded(random_value(n, tuple(s), rng)) for n, s in shapes.items()}


def with_unused(shapes, config):
    """Adds k/v tensors to the layers that share K/V; they are ignored when loading."""
    out, first = dict(shapes), config.num_hidden_layers - config.num_kv_shared_layers
    for i in range(first, config.num_hidden_layers):
        twin = config.layer_types[:first].index(config.layer_types[i])
        for part in ("k_proj.weight", "v_proj.weight", "k_norm.weight"):
            prefix = "model.language_model.layers."
            out[f"{prefix}{i}.self_attn.{part}"] = shapes[f"{prefix}{twin}.self_attn.{part}"]
    return out


def save_weights(folder, tensors, count):
    """One file, or several with an index."""
    for old in folder.glob("model*.safetensors*"):
        old.unlink()
    if count == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, size = list(tensors), sum(t.numel() * t.element_size() for t in tensors.values())
    cuts = [names[len(names) * i // count : len(names) * (i + 1) // count] for i in range(count)]
    places = {}
    for i, part in enumerate(cuts):
        file = f"model-{i + 1:05d}-of-{count:05d}.safetensors"
        save_file({n: tensors[n] for n in part}, folder / file, metadata={"format": "pt"})
        places.update(dict.fromkeys(part, file))
    write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": size}, "weight_map": places})


def write_json(path, content):
    """Readable JSON with a final newline."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main():
    """Write all models, or those named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("names", nargs="*", default=list(FAMILIES))
    for name in parser.parse_args().names or FAMILIES:
        folder = ROOT / "test/inputs/models" / name
        folder.mkdir(parents=True, exist_ok=True)
        tensors = tensors_of(name)
        save_weights(folder, tensors, SHARDS[name])
        write_json(folder / "config.json", FAMILIES[name])
        write_json(folder / "generation_config.json", GENERATION)
        write_json(folder / "tokenizer.json", tokenizer(FAMILIES[name]["text_config"]["vocab_size"]))
        print(name, sum(t.numel() for t in tensors.values()), "elements in", len(tensors), "tensors")


if __name__ == "__main__":
    main()
