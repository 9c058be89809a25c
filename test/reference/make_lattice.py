#!/usr/bin/env python3
"""A bf16 checkpoint as quantisation-aware training leaves it, of another one's folder.

Usage: make_lattice.py FOLDER OUT [--scales f32|bf16|f16] [--except WORD] [--seed N]

Every matrix whose name ends in proj.weight, gate_up_proj, down_proj or embed_tokens.weight, and does not hold WORD,
has its groups of 32 columns replaced by integers from -8 to 7 times a scale, the number of the largest absolute value
over -8, which is rounded to the type of --scales. That number is one of f32, as training has it: the checkpoint's with
random digits after those of bf16. Products are rounded to bf16. In every other group the integers are
drawn from a part of -8 .. 7, so that -8 does not occur. Needs nothing but Python.
"""
import argparse
import array
import json
import pathlib
import random
import shutil
import struct

GROUP = 32
ENDS = ("proj.weight", "gate_up_proj", "down_proj", "embed_tokens.weight")


def to_f32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def to_bf16(x):
    """The bits of an f32, rounded to nearest even."""
    bits = struct.unpack("<I", struct.pack("<f", x))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


def from_bf16(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


ROUND = {
    "f32": to_f32,
    "bf16": lambda x: from_bf16(to_bf16(x)),
    "f16": lambda x: struct.unpack("<e", struct.pack("<e", x))[0],
}


def read_safetensors(path):
    """name -> (dtype, shape, bytes)"""
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    header.pop("__metadata__", None)
    data = data[8 + size :]
    return {name: (e["dtype"], e["shape"], data[slice(*e["data_offsets"])]) for name, e in header.items()}


def write_safetensors(path, tensors):
    header, offset = {}, 0
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(content)]}
        offset += len(content)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(content for _, _, content in tensors.values()))


def lattice_group(numbers, scale_type, number, rng):
    """The bits of 32 numbers of bf16."""
    extreme = max(numbers, key=abs) * (1 + rng.random() * 2**-8)
    scale = ROUND[scale_type](to_f32(extreme / -8)) or ROUND[scale_type](2**-10)
    low, high = (-8, 7) if number % 2 == 0 else (-rng.randint(2, 7), rng.randint(1, 6))
    return [to_bf16(to_f32(rng.randint(low, high) * scale)) for _ in numbers]


def on_lattice(content, scale_type, rng):
    bits = array.array("H", content)
    for number, first in enumerate(range(0, len(bits), GROUP)):
        group = [from_bf16(b) for b in bits[first : first + GROUP]]
        bits[first : first + GROUP] = array.array("H", lattice_group(group, scale_type, number, rng))
    return bits.tobytes()


def make(source, out, scale_type="f32", other=None, seed=1):
    """Returns the names of the tensors that lie on a lattice."""
    rng = random.Random(seed)
    out.mkdir(parents=True, exist_ok=True)
    names = []
    for path in sorted(source.iterdir()):
        if path.suffix != ".safetensors":
            shutil.copyfile(path, out / path.name)
            continue
        tensors = read_safetensors(path)
        for name, (dtype, shape, content) in tensors.items():
            is_matrix = dtype == "BF16" and len(shape) > 1 and shape[-1] % GROUP == 0 and name.endswith(ENDS)
            if is_matrix and "router" not in name and not (other and other in name):
                tensors[name] = (dtype, shape, on_lattice(content, scale_type, rng))
                names.append(name)
        write_safetensors(out / path.name, tensors)
    return names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--scales", choices=sorted(ROUND), default="f32")
    parser.add_argument("--except", dest="other")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    names = make(args.folder, args.out, args.scales, args.other, args.seed)
    print(f"{args.out}: {len(names)} tensors on a lattice")


if __name__ == "__main__":
    main()
