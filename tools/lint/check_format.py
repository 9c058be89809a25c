#!/usr/bin/env python3
"""Checks that C++ is written as .clang-format says.

Usage: check_format.py ROOT. Prints one line a file that differs; exits 1 if any.
Another major version of clang-format breaks some lines elsewhere, so only one will do.
"""
import pathlib
import subprocess
import sys

from check_tree import CODE

CLANG_FORMAT = "clang-format-22"


def main():
    root = pathlib.Path(sys.argv[1])
    files = sorted(f for folder in CODE for kind in ("h", "cpp") for f in (root / folder).rglob(f"*.{kind}"))
    if not files:
        sys.exit(f"format: {root} has no C++ under {', '.join(CODE)}")
    # One line a difference, of the form FILE:LINE:COLUMN: error: ...
    run = subprocess.run([CLANG_FORMAT, "--dry-run", "--Werror", "--fno-color-diagnostics", *files], capture_output=True, text=True)
    lines = [line for line in run.stderr.splitlines() if ": error: " in line]
    differing = sorted({line.split(":", 1)[0] for line in lines})
    for name in differing:
        print(f"format: {pathlib.Path(name).relative_to(root)} differs: {CLANG_FORMAT} -i mends it")
    if run.returncode and not differing:
        sys.exit(f"format: {CLANG_FORMAT} failed: {run.stderr[:500]}")
    if differing:
        sys.exit(1)
    print(f"format: {len(files)} files as .clang-format says")


if __name__ == "__main__":
    main()
