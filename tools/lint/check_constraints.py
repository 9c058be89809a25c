#!/usr/bin/env python3
"""Checks that every op and every numbered constraint of a dialect is tested.

Usage: check_constraints.py ROOT. Prints one line a finding; exits 1 if any.
  ops          every op has test/dialects/<folder>/<op-in-kebab-case>.mlir
  verified     a constraint of a .td (rms_norm_c2) is named in a .cpp beside it
  tested       a symbol @rms_norm_c2 or @rms_norm_c2_<case> stands in a chunk of
               test/dialects/<folder>/ that expects an error
  known        no test or verifier names a constraint that no .td has
"""
import pathlib
import re
import sys

NUMBERED = re.compile(r"^\s+([a-z]\w*_c\d+):", re.M)
NAMED = re.compile(r"\b([a-z]\w*?_c\d+)\b")
OP = re.compile(r'def \w+ : G4\w?_Op<"([a-z_]+)"')
CHUNK = re.compile(r"^// -----$", re.M)


def read(folder, suffix):
    return {path: path.read_text() for path in sorted(folder.glob(f"*{suffix}"))}


def failing_symbols(text):
    """The constraints that symbols of chunks with an expected error name."""
    for chunk in CHUNK.split(text):
        if "expected-error" in chunk:
            yield from re.findall(r"@([a-z]\w*?_c\d+)(?:_\w+)?\b", chunk)
            yield from re.findall(r'sym_name = "([a-z]\w*?_c\d+)', chunk)


def dialect_findings(root, folder):
    tests = root / "test" / folder.relative_to(root)
    declared, ops = {}, []
    for path, text in read(folder, ".td").items():
        declared.update((name, path.relative_to(root)) for name in NUMBERED.findall(text))
        ops += [(op, path.relative_to(root)) for op in OP.findall(text)]
    verified = set().union(*(NAMED.findall(t) for t in read(folder, ".cpp").values()))
    tested = set().union(*(failing_symbols(t) for t in read(tests, ".mlir").values()))
    for op, path in ops:
        test = tests / f"{op.replace('_', '-')}.mlir"
        if not test.exists():
            yield f"{path}: op {op} has no {test.relative_to(root)}"
    for name, path in declared.items():
        if name not in verified:
            yield f"{path}: {name} is in no verifier"
        if name not in tested:
            yield f"{path}: no test in {tests.relative_to(root)} expects @{name} to fail"
    for name in sorted((verified | tested) - set(declared)):
        yield f"{folder.relative_to(root)}: {name} is not declared in a .td"


def main():
    root = pathlib.Path(sys.argv[1])
    folders = [path for path in sorted((root / "dialects").iterdir()) if path.is_dir()]
    found = [line for folder in folders for line in dialect_findings(root, folder)]
    print("\n".join(found) or "constraints: nothing found")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
