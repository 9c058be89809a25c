#!/usr/bin/env python3
"""Checks that what a Markdown page names is in the tree.

Usage: check_docs.py ROOT. Prints one line a finding; exits 1 if any.
  links     a relative link, and the heading behind its #, exist
  paths     `folder/File.ext` or `folder/` in backticks exists, seen from the
            root or from the page
  commands  in a ```sh block, a command that is a path of the repository exists
A path with one of < * { is a placeholder, and one below build is made: both are
left alone. So is one whose first folder is in neither place: it is none of ours.
"""
import pathlib
import re
import sys

SKIP = {".git", "build", "build-runtime", "build-asan", "build-fuzz"}
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"(?:\.\./)*[\w.-]+/[\w./-]*")
MADE = re.compile(r"^(?:\./)?build[\w-]*(?:/|$)")


def pages(root):
    for path in sorted(root.rglob("*.md")):
        if not any(part in SKIP or part.startswith("build-") for part in path.relative_to(root).parts[:-1]):
            yield path


def anchors(text):
    """The names that headings have as targets of links."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
            for title in re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.M)}


def links(page, text):
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = page.parent / name if name else page
        if not other.exists():
            yield f"link to {target}: no such file"
        elif anchor and other.suffix == ".md" and anchor not in anchors(other.read_text("utf-8")):
            yield f"link to {target}: no such heading"


def is_missing(bases, path):
    """Whether a path begins with a folder of a base, and is below none of them."""
    first = path.split("/")[0]
    ours = any((base / first).is_dir() for base in bases)
    return ours and not any((base / path).exists() for base in bases)


def paths(root, page, text):
    for code in CODE.findall(FENCE.sub("", text)):
        name = code.split("#")[0]
        if not PATH.fullmatch(name) or MADE.match(name):
            continue
        if is_missing((root, page.parent), name):
            yield f"`{code}`: no such file"


def commands(root, text):
    for language, block in FENCE.findall(text):
        if language != "sh":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = re.sub(r"^(\s*\w+=\S*\s+)+", "", line).split()
            if not words or words[0].startswith("#"):
                continue
            shown = words[1:2] if words[0] in ("python", "python3", "bash") else words[:1]
            for word in shown:
                name = word.removeprefix("./")
                if PATH.fullmatch(name) and not MADE.match(name) and is_missing((root,), name):
                    yield f"command {word}: no such file"


def findings(root):
    for page in pages(root):
        text = page.read_text("utf-8")
        for check in (links(page, text), paths(root, page, text), commands(root, text)):
            for finding in check:
                yield f"{page.relative_to(root)}: {finding}"


def main():
    found = list(findings(pathlib.Path(sys.argv[1]).resolve()))
    print("\n".join(found) or "docs: nothing found")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
