"""Which replica has computed which beginnings of prompts, as far as the one who routes can know: by what it sent where.

A prompt is cut into blocks of equal size; the key of a block is a hash of it and of all blocks before it, so two prompts
share as many keys as they share whole blocks. Plain text is compared and no tokens: a server that has the same text has the
same tokens, and nobody needs a tokenizer here.
"""

import hashlib
import json
from collections import OrderedDict

BLOCK_BYTES = 64
MOST_BLOCKS = 8192  # of one prompt: what two prompts share beyond half a megabyte decides nothing


def prompt_text(body):
    """The part of a request that becomes the prompt, so that a conversation that goes on begins as it did before."""
    if "messages" in body:
        tools = json.dumps(body.get("tools"), sort_keys=True)
        return tools + "".join(json.dumps(message, sort_keys=True) for message in body["messages"])
    return json.dumps(body.get("prompt"))


def block_keys(text):
    """A key for each whole block of a text."""
    data = text.encode()
    keys, chain = [], hashlib.blake2b(digest_size=16)
    for end in range(BLOCK_BYTES, min(len(data), BLOCK_BYTES * MOST_BLOCKS) + 1, BLOCK_BYTES):
        chain.update(data[end - BLOCK_BYTES : end])
        keys.append(chain.copy().digest())
    return keys


class PrefixTable:
    """For each key the replicas that have it. Holds `most_keys`; those that were not used for longest go first."""

    def __init__(self, most_keys=1_000_000):
        self.most_keys = most_keys
        self.replicas_of = OrderedDict()

    def lengths(self, keys):
        """How many of a prompt's blocks, from its begin, each replica has; those that have none are left out."""
        lengths = {}
        for length, key in enumerate(keys, 1):
            holders = self.replicas_of.get(key, ())
            still = [replica for replica in holders if lengths.get(replica, 0) == length - 1]
            if not still:
                break
            lengths.update(dict.fromkeys(still, length))
        return lengths

    def add(self, keys, replica):
        """The replica gets a prompt with these keys."""
        for key in reversed(keys):  # so that the begin of a prompt outlives its end
            self.replicas_of.setdefault(key, set()).add(replica)
            self.replicas_of.move_to_end(key)
        while len(self.replicas_of) > self.most_keys:
            self.replicas_of.popitem(last=False)

    def forget(self, replica):
        """The replica is gone, with all that it had computed."""
        for key in [key for key, holders in self.replicas_of.items() if replica in holders]:
            self.replicas_of[key].discard(replica)
            if not self.replicas_of[key]:
                del self.replicas_of[key]
