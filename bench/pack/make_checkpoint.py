#!/usr/bin/env python3
"""Writes a bf16 checkpoint of any size, of weights that nobody trained, to measure what `g4c compile` does with it.

    bench/pack/make_checkpoint.py build/bin/g4c test/inputs/configs/gemma-4-26b-a4b OUT --layers 6 --tokenizer FILE

Names and shapes are those that g4c asks the configuration for (--compile-to import); --layers cuts the model to its first layers.
FILE is a tokenizer.json, packed by xz if it ends in .xz. Each tensor is one block of normally distributed numbers again and
again, from another place on: that is made as fast as a disk writes. 6 layers of the 26B are 10.8 GB.
"""

import argparse
import array
import json
import lzma
import random
import re
import struct
import subprocess
from pathlib import Path

WEIGHT = re.compile(r'g4\.weight @\S+ : !g4q\.weight<\[([0-9, ]+)\], .*parts \["([^"]+)"\] {synthetic = array<f32: (\S+), (\S+)>}')
BLOCK = (1 << 18) - 3  # numbers: no multiple of a row, so that rows differ


def cut_config(folder, layers):
    """config.json with so many layers."""
    config = json.loads((folder / "config.json").read_text())
    text = config.get("text_config", config)
    if layers:
        text["num_hidden_layers"] = layers
        text["layer_types"] = text["layer_types"][:layers]
    return config


def wanted_tensors(g4c, folder):
    """(name, shape, center, half width) of every tensor that the model has."""
    ir = subprocess.run([g4c, "compile", folder, "--compile-to", "import", "--progress", "none"], check=True, stdout=subprocess.PIPE, text=True).stdout
    for shape, name, center, half in WEIGHT.findall(ir):
        yield name, [int(size) for size in shape.split(",")], float(center), float(half)


def bf16(numbers):
    """Cut, not rounded."""
    words = array.array("f", numbers).tobytes()
    out = bytearray(len(words) // 2)
    out[0::2], out[1::2] = words[2::4], words[3::4]
    return bytes(out)


def write_tensor(file, count, block, start):
    done = 0
    while done < count:
        piece = min(count - done, BLOCK - start)
        file.write(block[2 * start : 2 * (start + piece)])
        done, start = done + piece, 0


def write_safetensors(path, tensors, seed):
    rng = random.Random(seed)
    normals = [rng.gauss(0, 3**-0.5) for _ in range(BLOCK)]
    header, end = {"__metadata__": {"format": "pt"}}, 0
    sizes = []
    for name, shape, _, _ in tensors:
        count = 1
        for size in shape:
            count *= size
        sizes.append(count)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + 2 * count]}
        end += 2 * count
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for (_, _, center, half), count in zip(tensors, sizes):
            write_tensor(file, count, bf16(center + half * x for x in normals), rng.randrange(BLOCK))
    return end


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("g4c")
    parser.add_argument("config", type=Path, help="folder with config.json")
    parser.add_argument("out", type=Path)
    parser.add_argument("--layers", type=int, default=0, help="0: all")
    parser.add_argument("--tokenizer", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "config.json").write_text(json.dumps(cut_config(args.config, args.layers), indent=1))
    read = lzma.open if args.tokenizer.suffix == ".xz" else open
    with read(args.tokenizer, "rb") as file:
        (args.out / "tokenizer.json").write_bytes(file.read())
    size = write_safetensors(args.out / "model.safetensors", list(wanted_tensors(args.g4c, args.out)), args.seed)
    print(f"{size / 1e9:.2f} GB of tensors")


if __name__ == "__main__":
    main()
