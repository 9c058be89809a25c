#!/usr/bin/env python3
"""Checks the habits that a file name or a line count can show.

Usage: check_tree.py ROOT. Prints one line a finding; exits 1 if any.
  guards  every header's guard is G4_ and its path
  tests   every pass has test/<folder of its Passes.td>/<flag>.mlir, and every .cpp of
          runtime/ has test/runtime/<folder>/<File>Test.cpp
  sizes   no source file is longer than MAX_LINES
  words   nothing that reads as a leftover
"""
import pathlib
import re
import sys

MAX_LINES = {".h": 300, ".cpp": 600, ".td": 500, ".py": 300, ".sh": 200}
CODE = ("dialects", "compiler", "codegen", "runtime", "models", "tools", "bench", "test")
LEFTOVER = re.compile(r"\b(FIXME|XXX|HACK)\b|TODO(?!\(#\d+\))")


def sizes(rel, text):
    limit = MAX_LINES.get(rel.suffix)
    lines = text.count("\n")
    if limit and lines > limit:
        yield f"{rel}: {lines} lines, {limit} at most"


def guards(rel, text):
    if rel.suffix != ".h":
        return
    guard = "G4_" + re.sub(r"[/.-]", "_", str(rel)).upper()
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield f"{rel}: its guard must be {guard}"


def tests(root, rel, text):
    if rel.name == "Passes.td":
        for flag in re.findall(r':\s*\w*Pass<"([^"]+)"', text):
            test = pathlib.Path("test") / rel.parent / f"{flag}.mlir"
            if not (root / test).exists():
                yield f"{rel}: pass {flag} has no {test}"
    if rel.parts[0] == "runtime" and rel.suffix == ".cpp":
        test = pathlib.Path("test") / rel.parent / f"{rel.stem}Test.cpp"
        if not (root / test).exists():
            yield f"{rel}: no {test}"


def leftovers(rel, text):
    if rel.name == "check_tree.py":
        return
    for number, line in enumerate(text.splitlines(), 1):
        if LEFTOVER.search(line):
            yield f"{rel}:{number}: finish it or name its issue: {line.strip()}"


def findings(root):
    for top in CODE:
        for path in sorted((root / top).rglob("*")):
            rel = path.relative_to(root)
            if path.suffix not in (*MAX_LINES, ".fbs", ".txt", ".cmake"):
                continue
            text = path.read_text()
            yield from sizes(rel, text)
            yield from guards(rel, text)
            yield from tests(root, rel, text)
            yield from leftovers(rel, text)


def main():
    found = list(findings(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "tree: nothing found")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
