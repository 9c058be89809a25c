"""Token ids of a text by the plainest reading of a tokenizer.json: byte-pair encoding, merge by merge."""

import json
import re


class PlainTokenizer:
    """For texts whose every character has a token."""

    def __init__(self, path):
        table = json.loads(path.read_text())
        self.vocab = table["model"]["vocab"]
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(table["model"]["merges"])}
        self.added = {token["content"]: token["id"] for token in table["added_tokens"]}

    def encode(self, text):
        """Spellings of added tokens are the tokens."""
        pieces = re.split("(" + "|".join(map(re.escape, self.added)) + ")", text)
        ids = []
        for piece in pieces:
            ids += [self.added[piece]] if piece in self.added else self.merge(piece)
        return ids

    def merge(self, text):
        """The pair of the lowest rank first, the leftmost of equals."""
        words = list(text.replace(" ", "\u2581"))
        while True:
            ranks = [(self.ranks[pair], i) for i, pair in enumerate(zip(words, words[1:])) if pair in self.ranks]
            if not ranks:
                return [self.vocab[word] for word in words]
            at = min(ranks)[1]
            words[at : at + 2] = [words[at] + words[at + 1]]
