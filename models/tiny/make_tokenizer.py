"""Makes tokenizer.json: a small BPE in the form of Gemma's, with Gemma's special tokens at Gemma's ids."""

import argparse
import json
import pydoc_data.topics
import random

from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

from data import sample

VOCAB = 2048
SPACE = "\u2581"
CONTROL = {
    0: "<pad>",
    1: "<eos>",
    2: "<bos>",
    3: "<unk>",
    4: "<mask>",
    46: "<|tool>",
    47: "<tool|>",
    98: "<|think|>",
    105: "<|turn>",
    106: "<turn|>",
}
# These seven are visible text in the real tokenizer, hence not "special".
VISIBLE = {
    48: "<|tool_call>",
    49: "<tool_call|>",
    50: "<|tool_response>",
    51: "<tool_response|>",
    52: '<|"|>',
    100: "<|channel>",
    101: "<channel|>",
}
NEWLINES, SPACES, LONGEST_RUN, BYTES, FIRST = 107, 138, 31, 238, 494
CHARS = [SPACE] + [chr(c) for c in range(33, 127)] + list("\täöüÄÖÜßéèêàáâçñóôúíï°×–—’“”…•€")
# Merges stay inside these pieces; digits stay single as in Gemma.
PIECES = SPACE + r"?\p{L}+|\p{N}|" + SPACE + r"+|\n+|[^\p{L}\p{N}\n" + SPACE + r"]+"
TAGS = Regex(r"<\|?[a-z_]+\|>|<\|[a-z_]+>|<\|\"\|>|<bos>")


def corpus(count):
    """Training conversations, and English with some code so that other text is not cut to letters."""
    rng = random.Random(7)
    for _ in range(count):
        case = sample(rng)
        yield case["prompt"] + case["answer"]
    for _, text in sorted(pydoc_data.topics.topics.items()):
        yield text


def trained_merges(count):
    """Merges of a BPE trained inside the pieces."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(TAGS, "removed"), pre_tokenizers.Split(Regex(PIECES), "isolated")]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=count + len(CHARS) + 300, initial_alphabet=CHARS, limit_alphabet=len(CHARS), show_progress=False
    )
    lines = (text.replace(" ", SPACE) for text in corpus(20000))
    tokenizer.train_from_iterator(lines, trainer)
    return json.loads(tokenizer.to_str())["model"]["merges"]


def run_merges(char):
    """Every way to join two runs, so that any run up to the longest becomes one token."""
    return [[char * left, char * (length - left)] for length in range(2, LONGEST_RUN + 1) for left in range(1, length)]


def usable(merges, known, room):
    """The first merges whose parts exist, until the room is filled; returns merges and new tokens."""
    kept, new = [], []
    for left, right in merges:
        joined = left + right
        if left not in known or right not in known or set(joined) == {SPACE}:
            continue
        if joined not in known:
            if len(new) == room:
                break
            new.append(joined)
            known.add(joined)
        kept.append([left, right])
    return kept, new


def low_ids():
    """The first 494 entries in the real layout; what Gemma uses otherwise is <unusedN> here."""
    fixed = {**CONTROL, **VISIBLE}
    fixed.update({NEWLINES + n: "\n" * (n + 1) for n in range(LONGEST_RUN)})
    fixed.update({SPACES + n: SPACE * (n + 2) for n in range(LONGEST_RUN - 1)})
    fixed.update({BYTES + b: f"<0x{b:02X}>" for b in range(256)})
    names, unused = [], 0
    for i in range(FIRST):
        if i not in fixed:
            fixed[i] = f"<unused{unused}>"
            unused += 1
        names.append(fixed[i])
    return names


def added_token(i, content, special):
    """One entry of added_tokens."""
    return {
        "id": i,
        "content": content,
        "single_word": False,
        "lstrip": False,
        "rstrip": False,
        "normalized": False,
        "special": special,
    }


def document(names, merges):
    """A whole tokenizer.json for a vocabulary list and its merges."""
    added = [(i, t, True) for i, t in CONTROL.items()] + [(i, t, False) for i, t in VISIBLE.items()]
    space = {"String": " "}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [added_token(*a) for a in sorted(added)],
        "normalizer": {"type": "Replace", "pattern": space, "content": SPACE},
        "pre_tokenizer": {"type": "Split", "pattern": space, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(names)},
            "merges": run_merges("\n") + run_merges(SPACE) + merges,
        },
    }


def build():
    """The tiny model's tokenizer."""
    room = VOCAB - FIRST - len(CHARS)
    kept, new = usable(trained_merges(room), set(CHARS), room)
    names = low_ids() + new + CHARS
    assert len(set(names)) == len(names) == VOCAB
    return document(names, kept)


def main():
    """Write tokenizer.json."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", default="tokenizer.json")
    with open(parser.parse_args().out, "w", encoding="utf-8") as out:
        json.dump(build(), out, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
