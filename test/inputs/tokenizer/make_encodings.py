#!/usr/bin/env python3
"""Writes encodings.jsonl: texts and the ids that Hugging Face's tokenizers gives.

Usage: make_encodings.py TOKENIZER_JSON_XZ > encodings.jsonl, where the package
`tokenizers` (0.23.3 was used) is installed; test/reference/make.sh runs it. The texts come from a fixed seed.
Each line: text; ids, with added tokens found; plain, the ids without added
tokens, only where they differ.
"""
import json
import lzma
import random
import sys

from tokenizers import Tokenizer

SENTENCES = [
    "The quick brown fox jumps over the lazy dog.",
    "Hello, world!", "a    b\tc\nd\r\ne", "12345", "3.14159e-10 and 1,000,000",
    "你好世界。今天天气怎么样？", "我喜欢学习语言,特别是中文和日本語。", "東京都は日本の首都です。カタカナとひらがな。",
    "안녕하세요, 오늘 날씨가 어때요?", "مرحبا بالعالم، كيف حالك اليوم؟", "אני לומד עברית כל יום.",
    "สวัสดีชาวโลก วันนี้อากาศเป็นอย่างไรบ้าง", "नमस्ते दुनिया, आज मौसम कैसा है?", "Привет, мир! Как дела?",
    "Γειά σου Κόσμε", "Xin chào thế giới, hôm nay thế nào?", "ΑΒΓ ἀρχῇ ἦν ὁ λόγος", "Çok güzel bir gün, değil mi?",
    "naïve café — “quoted” … ½ ¼ µ €100 £5", "e\u0301 vs \u00e9, o\u0308 vs \u00f6", "\ufeffbom \u200bzero\u200dwidth\u00a0nbsp\u3000wide",
    "👨‍👩‍👧‍👦 family, 👩🏽‍💻 coder, 🏳️‍🌈 flag, 🇩🇪🇯🇵🇧🇷", "😀😃😄😁😆", "✌🏿☺️❤️‍🔥", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒻𝓊𝓃 𐍈 𒀀 𓀀",
    "a\0b\x01c", "\x7f\x80\x9f\u2028\u2029", "\ufdd0\uffff\U0010ffff\U000e0001",
]
CODE = [
    "#include <vector>\nint main(int argc, char **argv) {\n  std::vector<int> v{1, 2, 3};\n  return v[0] != argc;\n}\n",
    "def f(x: int) -> int:\n    \"\"\"Doc.\"\"\"\n    return x ** 2 if x > 0 else -x\n\n\nprint(f(3))\n",
    "fn main() {\n\tlet s = String::from(\"hi\");\n\tprintln!(\"{s:?}\");\n}\n",
    "SELECT a.id, COUNT(*) FROM t AS a WHERE a.x >= 10 GROUP BY a.id;\n",
    "{\"key\": [1, 2.5, null, true], \"nested\": {\"a\": \"\\u00e9\"}}",
    "<html><body><h1>Title</h1><p class=\"x\">a &amp; b</p></body></html>",
    "for (( i=0; i<10; i++ )); do echo \"$i\" | tee -a log.txt; done",
    "const g = async () => { await x?.y ?? `t${1 + 1}`; }; // ok",
    "\\begin{equation} \\int_0^\\infty e^{-x^2} dx = \\frac{\\sqrt{\\pi}}{2} \\end{equation}",
    "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Println(\"x\")\n}\n",
]
TAGS = ["<bos>", "<eos>", "<|turn>", "<turn|>", "<|tool>", "<|tool_call>", "<tool_call|>", "<|\"|>", "<|channel>",
        "<channel|>", "<|think|>", "<|image|>", "<|image>", "<unk>", "<pad>", "<mask>", "<unused3>", "[multimodal]",
        "<|tur", "n>", "<|", "|>", "<", ">", "<0x41>", "<turn|", "|turn>"]
RANGES = [(0x20, 0x7e), (0xa0, 0x24f), (0x370, 0x3ff), (0x400, 0x4ff), (0x590, 0x6ff), (0x900, 0x97f), (0xe00, 0xe7f),
          (0x1100, 0x11ff), (0x2000, 0x206f), (0x2190, 0x22ff), (0x3040, 0x30ff), (0x4e00, 0x9fff), (0xac00, 0xd7a3),
          (0xfe00, 0xfe0f), (0x1f300, 0x1faff), (0x1f1e6, 0x1f1ff), (0x20000, 0x2a6df), (0xe0100, 0xe01ef)]
SPACES = [" ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\u2581", "\u00a0", " " * 33, "\n" * 40, "\t" * 35]


def pieces(rng, vocab):
    return "".join(rng.choice(vocab) for _ in range(rng.randint(1, 20))).replace("\u2581", rng.choice(" \u2581 "))


def characters(rng):
    low, high = rng.choice(RANGES)
    return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 30)))


def any_characters(rng):
    points = (rng.randint(0, 0x10ffff) for _ in range(rng.randint(1, 20)))
    return "".join(chr(c) for c in points if not 0xd800 <= c <= 0xdfff)


def latin1_garbage(rng):
    return bytes(rng.randint(0, 255) for _ in range(rng.randint(1, 40))).decode("latin-1")


def white_space(rng):
    words = ["x", "", "Word", "1", "日", ".", "é"]
    return "".join(rng.choice(SPACES) + rng.choice(words) for _ in range(rng.randint(1, 8)))


def tags(rng):
    return "".join(rng.choice([rng.choice(TAGS), rng.choice(TAGS), rng.choice(SENTENCES)[:8], " ", "\n"])
                   for _ in range(rng.randint(1, 8)))


def mixed(rng):
    return "".join(rng.choice(rng.choice([SENTENCES, CODE, TAGS, SPACES])) for _ in range(rng.randint(2, 6)))


def sliced(rng):
    text = rng.choice(SENTENCES + CODE)
    begin = rng.randint(0, len(text) - 1)
    return text[begin:rng.randint(begin, len(text))]


def no_spaces(rng, vocab):
    kind = rng.randint(0, 3)
    size = rng.randint(50, 400)
    if kind == 0:
        return rng.choice("aA0=-_.あ漢😀") * size
    if kind == 1:
        return "".join(rng.choice("ACGT") for _ in range(size))
    if kind == 2:
        return "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/") for _ in range(size))
    return "".join(rng.choice(vocab) for _ in range(size // 8)).replace("\u2581", "")


def texts(vocab):
    rng = random.Random(20260401)
    yield ""
    yield from SENTENCES + CODE + TAGS + SPACES
    yield "漢字かな交じり文" * 300 + "abc" * 1000 + "😀" * 500
    for makers, count in [((pieces, no_spaces), 280), ((characters, any_characters, latin1_garbage), 180),
                          ((white_space, tags, mixed, sliced), 220)]:
        for make in makers:
            for _ in range(count):
                yield make(rng, vocab) if make in (pieces, no_spaces) else make(rng)


def main():
    with lzma.open(sys.argv[1], "rt", encoding="utf-8") as file:
        definition = json.load(file)
    matching = Tokenizer.from_str(json.dumps(definition))
    plain = Tokenizer.from_str(json.dumps({**definition, "added_tokens": []}))
    vocab = sorted(definition["model"]["vocab"])
    for text in texts(vocab):
        line = {"text": text, "ids": matching.encode(text, add_special_tokens=False).ids}
        other = plain.encode(text, add_special_tokens=False).ids
        if other != line["ids"]:
            line["plain"] = other
        print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main()
