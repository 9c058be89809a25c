#!/usr/bin/env python3
"""The tower of a checkpoint of bf16 safetensors as an mmproj file, as llama.cpp's converter writes it.

Usage: hf_to_mmproj.py FOLDER FILE.gguf [--drop NAME]... [--projector TYPE] [--add NAME]
--drop leaves out keys and tensors; --add puts in a tensor of one zero.
"""
import argparse
import json
import pathlib

from gguf_file import F32, TEXT, U32, Gguf
from hf_to_gguf import encode, tensors_of

TOWER = {"vision_tower.patch_embedder.input_proj.weight": "v.patch_embd.weight",
         "vision_tower.patch_embedder.position_embedding_table": "v.position_embd.weight",
         "vision_tower.std_bias": "v.std_bias", "vision_tower.std_scale": "v.std_scale",
         "embed_vision.embedding_projection.weight": "mm.input_projection.weight",
         "vision_embedder.patch_dense": "v.patch_embd", "vision_embedder.patch_ln1": "v.patch_norm.1",
         "vision_embedder.patch_ln2": "v.patch_norm.2", "vision_embedder.pos_norm": "v.patch_norm.3",
         "vision_embedder.pos_embedding": "v.position_embd.weight"}
LAYER = {"input_layernorm": "ln1", "post_attention_layernorm": "attn_post_norm", "pre_feedforward_layernorm": "ln2",
         "post_feedforward_layernorm": "ffn_post_norm", "self_attn.q_norm": "attn_q_norm",
         "self_attn.k_norm": "attn_k_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
         "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_out", "mlp.gate_proj": "ffn_gate",
         "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down"}
PIXELS = ("v.patch_embd.weight", "v.patch_norm.1.weight", "v.patch_norm.1.bias")


def mmproj_name(name):
    name = name.removeprefix("model.")
    stem, _, end = name.rpartition(".")
    if name in TOWER or stem in TOWER:
        return TOWER[name] if name in TOWER else f"{TOWER[stem]}.{end}"
    prefix = "vision_tower.encoder.layers."
    if not name.startswith(prefix):
        return None
    number, _, rest = stem.removeprefix(prefix).replace(".linear", "").partition(".")
    return f"v.blk.{number}.{LAYER[rest]}.{end}"


def planes(data, columns):
    """bf16 rows with three colours a pixel as rows with a plane a colour."""
    numbers = [data[i:i + 2] for i in range(0, len(data), 2)]
    rows = [numbers[i:i + columns] for i in range(0, len(numbers), columns)]
    return b"".join(b"".join(row[color::3]) for row in rows for color in range(3))


def swapped(shape, data):
    """[count, axes, D] as [axes, count, D]."""
    count, axes, size = shape
    rows = [data[i:i + 2 * size] for i in range(0, len(data), 2 * size)]
    return [axes, count, size], b"".join(b"".join(rows[axis::axes]) for axis in range(axes))


def converted(name, shape, data, is_tower):
    """The tensor as the converter stores it."""
    if name in PIXELS:
        data = planes(data, shape[-1])
    if name == "v.patch_embd.weight" and is_tower:
        side = round((shape[1] / 3) ** 0.5)
        shape = [shape[0], 3, side, side]
    if name == "v.position_embd.weight" and not is_tower:
        shape, data = swapped(shape, data)
    return shape or [1], data


def convert(args):
    folder = pathlib.Path(args.folder)
    vision = json.loads((folder / "config.json").read_text())["vision_config"]
    is_tower = vision["model_type"] == "gemma4_vision"
    out = Gguf()
    out.put("general.architecture", TEXT, "clip")
    out.put("clip.vision.projector_type", TEXT, args.projector or ("gemma4v" if is_tower else "gemma4uv"))
    out.put("clip.vision.block_count", U32, vision.get("num_hidden_layers", 0))
    out.put("clip.vision.attention.layer_norm_epsilon", F32, vision["rms_norm_eps"])
    out.pairs = [pair for pair in out.pairs if pair[0] not in args.drop]
    for name, (shape, data) in tensors_of(folder).items():
        known = mmproj_name(name)
        if known and known not in args.drop:
            shape, data = converted(known, shape, data, is_tower)
            kind = "BF16" if len(shape) > 1 else "F32"
            out.add(known, shape, kind, encode(data, kind))
    for name in args.add:
        out.add(name, [1], "F32", bytes(4))
    out.write(pathlib.Path(args.file))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("file")
    parser.add_argument("--drop", action="append", default=[])
    parser.add_argument("--add", action="append", default=[])
    parser.add_argument("--projector")
    convert(parser.parse_args())
