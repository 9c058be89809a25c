"""Instructions a weight of a PTX loop that multiplies by mma.m16n8k16.

Usage: g4-print-code FILE TARGET | count_instructions.py KERNEL [LIMIT]

Prints, for the loop of the kernel with the most mma, its instructions in all
and by name, and those for each weight of a lane: an mma takes 8 from a lane.
Fails above the limit. Only for kernels of at most 8 tokens, where an mma's weights are its own.
"""
import collections
import re
import sys


def body_of(ptx, kernel):
    found = re.search(r"\.entry " + re.escape(kernel) + r"\(.*?\n\{(.*?)\n\}", ptx, re.S)
    if not found:
        sys.exit(f"no kernel {kernel}")
    return found.group(1).splitlines()


def loops(lines):
    """Blocks from a label to the branch back to it."""
    begins = {}
    for number, line in enumerate(lines):
        label = re.match(r"(\$\w+):", line)
        if label:
            begins[label.group(1)] = number
        target = re.search(r"\bbra(?:\.uni)?\s+(\$\w+);", line)
        if target and target.group(1) in begins:
            yield lines[begins[target.group(1)]:number + 1]


def names(lines):
    """A statement may take several lines; braces and labels end none."""
    text = "\n".join(re.sub(r"//.*|^\$\w+:", "", line) for line in lines)
    for statement in text.split(";"):
        words = re.sub(r"^@!?%p\d+\s+", "", statement.strip(" \t\n{}")).split()
        if words and not words[0].startswith("."):
            yield words[0]


def main():
    counted = [list(names(loop)) for loop in loops(body_of(sys.stdin.read(), sys.argv[1]))]
    loop = max(counted, key=lambda l: sum(n.startswith("mma") for n in l), default=[])
    weights = 8 * sum(name.startswith("mma") for name in loop)
    if weights == 0:
        sys.exit("no loop with an mma")
    for name, count in collections.Counter(loop).most_common():
        print(f"{count:4} {name}")
    rate = len(loop) / weights
    print(f"{len(loop)} instructions, {weights} weights a lane: {rate:.3f} a weight")
    if len(sys.argv) > 2 and rate > float(sys.argv[2]):
        sys.exit(f"more than {sys.argv[2]}")


if __name__ == "__main__":
    main()
