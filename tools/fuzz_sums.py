#!/usr/bin/env python3
"""Says how many inputs each fuzz program had, and the sum; fails where a program has not ended by itself, or the sum is too small.

Usage: fuzz_sums.py LOG LEAST, where LOG is what `ctest --verbose` wrote.
"""

import re
import sys


def read_runs(lines):
    """Of each program that began, the inputs of all of its runs, and whether all of these ended by themselves."""
    names, runs, open_runs = {}, {}, set()
    for line in lines:
        if begun := re.match(r"\s*Start\s+(\d+): fuzz-(\S+)", line):
            if begun[2] == "seeds":
                continue
            names[begun[1]] = begun[2].removesuffix("-slow")
            runs.setdefault(names[begun[1]], 0)
            open_runs.add(begun[1])
        elif (done := re.match(r"(\d+): Done (\d+) runs", line)) and done[1] in open_runs:
            runs[names[done[1]]] += int(done[2])
            open_runs.remove(done[1])
    return runs, sorted({names[number] for number in open_runs})


def main():
    path, least = sys.argv[1], int(sys.argv[2])
    with open(path, encoding="utf-8", errors="replace") as lines:
        runs, ended = read_runs(lines)
    for name, count in sorted(runs.items()):
        print(f"{name:<18} {count:>12,}{'  ended by an input' if name in ended else ''}")
    total = sum(runs.values())
    print(f"{'inputs in all':<18} {total:>12,}, at least {least:,} are needed")
    return 1 if ended or total < least else 0


if __name__ == "__main__":
    sys.exit(main())
