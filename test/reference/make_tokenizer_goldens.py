"""Writes 2,000 test strings with the ids that Hugging Face tokenizers gives for them."""

import argparse
import json
import lzma
import random
import time
from pathlib import Path

from tokenizers import Tokenizer

import string_seeds as seeds

ROOT = Path(__file__).resolve().parents[2]
INPUTS = ROOT / "test/inputs/tokenizer"
ALL = seeds.PROSE + seeds.CJK + seeds.SCRIPTS + seeds.EMOJI + seeds.CODE + seeds.PROMPTS
WHITE = [
    " ",
    "  ",
    "   ",
    "    ",
    "\n",
    "\n\n",
    "\n\n\n",
    "\t",
    "\t\t",
    "\r\n",
    "\r",
    "\u00a0",
    "\u3000",
    "\u2028",
    "\u200b",
    "\v",
    "\f",
]


def code_point(rng):
    """Any code point but a surrogate; the lower planes more often."""
    while True:
        c = rng.randrange(rng.choice([0x80, 0x300, 0x3000, 0x10000, 0x20000, 0x110000]))
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def pieces(rng, source, low, high, joint=("", " ", "\n", ", ")):
    """Some texts of a source joined."""
    return rng.choice(joint).join(rng.choice(source) for _ in range(rng.randint(low, high)))


def cut(rng, text):
    """A random slice: words and code are cut in the middle."""
    start = rng.randrange(len(text) + 1)
    return text[start : start + rng.randint(1, 200)]


def garbage(rng):
    """Random bytes read as UTF-8 with replacement characters, or mangled real text."""
    if rng.random() < 0.5:
        return rng.randbytes(rng.randint(1, 120)).decode("utf-8", "replace")
    raw = bytearray(rng.choice(ALL).encode())
    for _ in range(rng.randint(1, 5)):
        raw[rng.randrange(len(raw))] = rng.randrange(256)
    return raw.decode("utf-8", "replace")


def controls(rng):
    """Control characters and NUL among letters."""
    return "".join(
        rng.choice([chr(rng.randrange(32)), "\x7f", "a", "b ", "\x00", "\u0085"]) for _ in range(rng.randint(1, 30))
    )


def white(rng):
    """Runs of white space, up to far beyond the longest token, between words."""
    out = ""
    for _ in range(rng.randint(1, 6)):
        out += rng.choice(["", "a", "word", ".", "1"]) + rng.choice(WHITE) * rng.choice(
            [1, 2, 3, 5, 8, 16, 30, 31, 32, 33, 63, 100]
        )
    return out


def unbroken(rng):
    """Long text without spaces."""
    kind = rng.randrange(5)
    length = rng.randint(50, 600)
    if kind == 0:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length))
    if kind == 1:
        return "".join(rng.choice("0123456789abcdef") for _ in range(length))
    if kind == 2:
        return rng.choice(["a", "ab", "=", "-", "=-", "0", "é", "你", "😀", "lol", "ha"]) * length
    if kind == 3:
        return "".join(
            rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") for _ in range(length)
        )
    return pieces(rng, ALL, 3, 9, ("",)).replace(" ", "").replace("\n", "")


def special(rng):
    """Strings of special tokens, whole or almost, inside text."""
    return "".join(
        rng.choice([rng.choice(seeds.SPECIAL), rng.choice(seeds.PROSE)[: rng.randint(0, 12)], " ", "\n", "<", "|", ">"])
        for _ in range(rng.randint(1, 12))
    )


def digits(rng):
    """Numbers in many forms."""
    forms = [
        "{}",
        "-{}",
        "{}.{}",
        "{},{}",
        "{}e-{}",
        "0x{:x}",
        "{}%",
        "${}",
        "{}/{}",
        "v{}.{}",
        "{}:{}",
        "({})",
        "{}th",
    ]
    return " ".join(
        rng.choice(forms).format(rng.randrange(10 ** rng.randint(1, 12)), rng.randrange(1000))
        for _ in range(rng.randint(1, 8))
    )


def very_long(rng):
    """Some ten thousand characters and more."""
    length = rng.choice([10000, 20000, 40000])
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(["a", "ab", " ", "\n", "x ", "的", "\x00"]) * (length // 2)
    if kind == 1:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(length))
    text = "" if kind == 2 else rng.choice(seeds.CODE)
    while len(text) < length:
        text += rng.choice(ALL) + rng.choice(["", " ", "\n"])
    return text


MAKERS = [
    (lambda r: pieces(r, seeds.PROSE, 1, 4), 260),
    (lambda r: pieces(r, seeds.CJK, 1, 5), 160),
    (lambda r: pieces(r, seeds.SCRIPTS, 1, 4), 200),
    (lambda r: pieces(r, seeds.EMOJI + ["a", " ", "ok"], 1, 8), 130),
    (lambda r: pieces(r, seeds.CODE, 1, 2), 200),
    (lambda r: cut(r, pieces(r, ALL, 2, 4)), 260),
    (garbage, 140),
    (controls, 90),
    (white, 140),
    (unbroken, 100),
    (special, 160),
    (digits, 60),
    (lambda r: "".join(code_point(r) for _ in range(r.randint(1, 60))), 73),
    (very_long, 12),
]


def strings():
    """The 2,000 strings: fixed ones first, then made ones in a random but fixed order."""
    rng = random.Random(5)
    fixed = [
        "",
        " ",
        "\n",
        "\x00",
        "\ufffd",
        "\ufeff",
        "a    b\tc\nd\r\ne",
        "12345",
        "a\x00b\x01c",
        "before <|image|> after",
        "é",
        "e\u0301",
        "\u0301",
        " a",
        "a ",
        "  a  ",
    ][:15]
    made = [maker(rng) for maker, count in MAKERS for _ in range(count)]
    rng.shuffle(made)
    out = fixed + made
    assert len(out) == 2000, len(out)
    return out


def load(path, matched=True):
    """A tokenizer; without added tokens the special strings are ordinary text."""
    raw = path.read_bytes()
    raw = (lzma.decompress(raw) if path.suffix == ".xz" else raw).decode("utf-8")
    if matched:
        return Tokenizer.from_str(raw)
    document = json.loads(raw)
    document["added_tokens"] = []
    return Tokenizer.from_str(json.dumps(document))


def write(path, texts, tokenizer_path):
    """One JSON object a line: text, ids, and ids with special strings as plain text."""
    matched, plain = load(tokenizer_path), load(tokenizer_path, matched=False)
    began = time.process_time()
    ids = [matched.encode(t, add_special_tokens=False).ids for t in texts]
    seconds = time.process_time() - began
    plain_ids = [plain.encode(t, add_special_tokens=False).ids for t in texts]
    with lzma.open(path, "wt", encoding="utf-8", preset=9, newline="\n") as out:
        for text, a, b in zip(texts, ids, plain_ids, strict=True):
            # Equal lists are stored once.
            row = {"text": text, "ids": a} if a == b else {"text": text, "ids": a, "plain_ids": b}
            out.write(json.dumps(row, separators=(",", ":")) + "\n")
    size, count = sum(len(t.encode()) for t in texts), sum(map(len, ids))
    print(
        f"{path.name}: {len(texts)} strings, {size} bytes, {count} tokens; Hugging Face tokenizers, one thread: "
        f"{seconds:.3f} s, {size / seconds / 1e6:.2f} MB/s, {count / seconds / 1e6:.2f} M tokens/s; "
        f"{sum(a != b for a, b in zip(ids, plain_ids, strict=True))} strings differ as plain text"
    )


def main():
    """Write both files."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    texts = strings()
    write(INPUTS / "strings.jsonl.xz", texts, INPUTS / "tokenizer.json.xz")
    tiny = sorted(random.Random(6).sample(range(len(texts)), 300))
    write(
        INPUTS / "strings_tiny.jsonl.xz",
        [texts[i] for i in tiny if len(texts[i]) < 12000],
        ROOT / "models/tiny/tokenizer.json",
    )


if __name__ == "__main__":
    main()
