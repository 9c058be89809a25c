#!/usr/bin/env python3
"""Blocks of GGUF against the gguf package: random ones, with scales from end to end of f16.

Usage: gguf_blocks.py make FOLDER [--rows N] [--seed N]   writes every_type.gguf and every_type.npy
       gguf_blocks.py check PROGRAM [--rows N] [--seed N] compares PROGRAM, build/test/bin/g4-dump-rows,
                                                          with the package on a file that is not kept
FOLDER of the suite is ../inputs/gguf, with the defaults. Needs gguf and numpy (requirements.txt).
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np

COLUMNS = 256
# In name order; the offsets of the f16 scales in a block.
SCALES = {"BF16": [], "F16": [], "F32": [], "IQ4_NL": [0], "IQ4_XS": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q4_K": [0, 2],
          "Q5_0": [0], "Q5_1": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "Q8_0": [0]}
# +-0, least, greatest below 2^-14, 2^-14, 1, greatest, infinite, NaN.
EXTREME = np.array([0x0000, 0x8000, 0x0001, 0x8001, 0x03FF, 0x0400, 0x3C00, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7E00],
                   np.uint16)


def random_rows(name, rows, rng):
    """[rows, bytes of a row]; every other block has ordinary scales."""
    elements, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    count = rows * COLUMNS // elements
    blocks = rng.integers(0, 256, (count, size), np.uint8)
    for shift, offset in enumerate(SCALES[name]):
        ordinary = rng.normal(0, 0.01, count).astype(np.float16).view(np.uint16)
        extreme = EXTREME[(np.arange(count) // 2 + 5 * shift) % len(EXTREME)]
        scales = np.where(np.arange(count) % 2, ordinary, extreme)
        blocks[:, offset:offset + 2] = scales[:, None].view(np.uint8)
    return blocks.reshape(rows, -1)


def make(folder, rows, seed):
    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(folder / "every_type.gguf", "none")
    expected = []
    for name in SCALES:
        kind = gguf.GGMLQuantizationType[name]
        data = random_rows(name, rows, rng)
        if name in ("F32", "F16"):
            data = data.view(np.float32 if name == "F32" else np.float16)
        writer.add_tensor(name, data, raw_dtype=None if data.dtype != np.uint8 else kind)
        with np.errstate(all="ignore"):
            expected.append(gguf.quants.dequantize(data, kind).astype(np.float32).reshape(rows, COLUMNS))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    np.save(folder / "every_type.npy", np.stack(expected))
    return np.stack(expected)


def check(program, rows, seed):
    """Exits with an error where a bit differs; one NaN is as good as another."""
    with tempfile.TemporaryDirectory() as folder:
        expected = make(pathlib.Path(folder), rows, seed)
        out = subprocess.run([program, f"{folder}/every_type.gguf"], stdout=subprocess.PIPE, check=True).stdout
    ours = np.frombuffer(out, np.float32).reshape(expected.shape)
    same = (ours.view(np.uint32) == expected.view(np.uint32)) | (np.isnan(ours) & np.isnan(expected))
    for name, numbers in zip(SCALES, same):
        print(f"{name:7} {numbers.size} numbers, {numbers.size - numbers.sum()} differ")
    sys.exit(0 if same.all() else 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["make", "check"])
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    {"make": make, "check": check}[arguments.mode](arguments.path, arguments.rows, arguments.seed)
