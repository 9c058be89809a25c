#!/usr/bin/env python3
"""Times tokenizer-bench and Hugging Face's tokenizers on the same texts.

Usage: compare.py TOKENIZER_BENCH WORK_DIR, run by the Python of a virtual
environment that has the package `tokenizers`; one thread each. Writes the texts
into WORK_DIR: Python's standard library (code), the texts of
test/inputs/tokenizer (mixed), and 100 kB without a space; prints medians and
a digest of the ids, which must be equal.
"""
import json
import lzma
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer  # noqa: E402  reads the environment when loaded

INPUTS = pathlib.Path(__file__).parents[2] / "test/inputs/tokenizer"
MEGABYTE = 1_000_000


def code():
    library = pathlib.Path(os.__file__).parent
    return "".join(p.read_text("utf-8", "replace") for p in sorted(library.glob("*.py")))[:4 * MEGABYTE]


def mixed():
    lines = lzma.open(INPUTS / "encodings.jsonl.xz", "rt", encoding="utf-8")
    texts = [json.loads(line)["text"] for line in lines]
    rng = random.Random(1)
    out = []
    while sum(map(len, out)) < MEGABYTE:
        rng.shuffle(texts)
        out.extend(texts)
    return " ".join(out)


def no_spaces():
    rng = random.Random(2)
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(100_000))


def digest(ids):
    value = 0
    for token in ids:
        value = (value * 31 + token) % 2**32
    return value


def main():
    bench, work = sys.argv[1], pathlib.Path(sys.argv[2])
    work.mkdir(exist_ok=True)
    definition = work / "tokenizer.json"
    definition.write_bytes(lzma.open(INPUTS / "tokenizer.json.xz").read())
    paths = []
    for make in (code, mixed, no_spaces):
        paths.append(work / f"{make.__name__}.txt")
        paths[-1].write_bytes(make().encode())
    print(subprocess.run([bench, definition, *paths], check=True, capture_output=True, text=True).stdout, end="")
    begin = time.perf_counter()
    tokenizer = Tokenizer.from_file(str(definition))
    print(f"tokenizers: loaded in {time.perf_counter() - begin:.3f} s")
    for path in paths:
        text = path.read_bytes().decode()
        seconds = []
        for _ in range(5):
            begin = time.perf_counter()
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            seconds.append(time.perf_counter() - begin)
        speed = path.stat().st_size / 1e6 / statistics.median(seconds)
        print(f"{path} ids={len(ids)} digest={digest(ids):08x} encode={speed:.2f} MB/s")


if __name__ == "__main__":
    main()
