"""What the end-to-end tests share: the programs, their files, and the way to run a test file.

Every test file is called with --g4rt PROGRAM --artifacts FOLDER --source ROOT, those of the compiler with --g4c PROGRAM
besides, then what unittest takes.
"""

import argparse
import array
import ast
import contextlib
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SECONDS = 60  # more than any command here needs on a slow machine


class Paths:
    """Filled by main()."""

    g4rt: str
    g4c: str | None
    artifacts: Path
    source: Path


def artifact(name):
    """A compiled model: 'tiny.bf16'."""
    return str(Paths.artifacts / f"{name}.g4")


def run(*arguments, **options):
    """g4rt with these arguments, to its end."""
    command = [Paths.g4rt, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False, **options)


def run_g4c(*arguments):
    """g4c with these arguments, to its end; it has longer than g4rt."""
    command = [Paths.g4c, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=5 * SECONDS, check=False)


class TempTest(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def eval_logits(self, path, ids, *flags):
        """All values of g4rt eval's logits, of one sequence of ids or of several."""
        out = self.folder / "logits.npy"
        result = run("eval", path, "--tokens", self.write("ids.json", json.dumps(ids)), "--logits", out, *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return read_npy(out)[1]

    def assert_refused(self, result, code, *words):
        """One line on stderr with all of these words, nothing on stdout."""
        self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
        for word in words:
            self.assertIn(str(word), result.stderr)


def read_npy(path):
    """Shape and values of a .npy file of f32 or i32."""
    data = Path(path).read_bytes()
    if data[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError(f"{path}: not a .npy file of version 1.0")
    size = struct.unpack("<H", data[8:10])[0]
    head = ast.literal_eval(data[10 : 10 + size].decode())
    values = array.array({"<f4": "f", "<i4": "i"}[head["descr"]], data[10 + size :])
    return head["shape"], values


class LogitRow:
    """A row of logits, as g4rt eval gives it."""

    def __init__(self, logits):
        self.logits = logits
        top = max(logits)
        self.norm = top + math.log(math.fsum(math.exp(x - top) for x in logits))
        self.order = sorted(range(len(logits)), key=lambda i: (-logits[i], i))

    def logprob(self, token):
        return self.logits[token] - self.norm

    def entry(self, token, text):
        return {"logprob": self.logprob(token), "rank": self.order.index(token) + 1, "decoded_token": text}


def logit_rows(values, count):
    """The rows of an array of so many."""
    size = len(values) // count
    return [LogitRow(values[i * size : (i + 1) * size]) for i in range(count)]


def heldout_other():
    """The held-out cases of models/tiny that think, draw a pair, call a tool or follow up."""
    with open(Paths.source / "models/tiny/heldout_other.jsonl", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def percentile(values, share):
    """On a straight line between two values, as numpy.percentile has it."""
    values = sorted(values)
    at = share * (len(values) - 1)
    below = math.floor(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (at - below)


def unknown_flags(flags):
    """Those that g4rt serve does not have."""
    shown = run("serve", "--help=all")
    if shown.returncode:
        raise RuntimeError(shown.stderr)
    return [flag for flag in flags if flag not in shown.stdout]


def copy_changed(source, target, offset, flip):
    """A copy of a file with the bits `flip` of one byte turned over."""
    shutil.copyfile(source, target)
    with open(target, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ flip]))


@contextlib.contextmanager
def process(*arguments, **options):
    """A g4rt that runs beside the test; killed if it outlives it."""
    command = [Paths.g4rt, *map(str, arguments)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def take_option(name):
    """The value of an option of the test file's own, which main() then does not see."""
    at = sys.argv.index(name)
    value = sys.argv[at + 1]
    del sys.argv[at : at + 2]
    return value


def main():
    """Runs the tests of the file that calls it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--g4rt", required=True)
    parser.add_argument("--g4c", type=os.path.abspath)
    parser.add_argument("--artifacts", required=True, type=Path)
    parser.add_argument("--source", required=True, type=Path)
    known, rest = parser.parse_known_args()
    Paths.g4rt, Paths.artifacts = os.path.abspath(known.g4rt), known.artifacts.resolve()
    Paths.g4c = known.g4c
    Paths.source = known.source.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
