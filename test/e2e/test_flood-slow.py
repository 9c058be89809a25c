"""What the largest crowds do to memory and to short requests; some minutes."""

import json
import multiprocessing
import os
import time
import unittest

from flood import Holders, allow_files, post, resident
from programs import main
from serving import serving, until
from test_flood import MIB, budget

LARGEST = 8 * MIB - 100


class Held(unittest.TestCase):
    """1,024 clients hold the largest body and read nothing."""

    def held_by(self, data, seconds=10):
        self.assertTrue(allow_files(4096))
        with serving("tiny.bf16") as server:
            used = []
            with Holders(server.address, data, 1024) as holders:
                holders.push(seconds, lambda: used.append(resident(server.child.pid)))
            print(f"{max(used) / MIB:.0f} MiB at most, of {budget(server) / MIB:.0f}")
            self.assertGreater(max(used), 100 * MIB)
            self.assertLessEqual(max(used), 1.1 * budget(server))
            self.assertEqual(server.chat("x", max_tokens=1)[0], 200)

    def test_bodies_that_never_end(self):
        self.held_by(post("/tokenize", {"prompt": "a" * LARGEST})[:-1])

    def test_bodies_of_one_word(self):
        self.held_by(post("/tokenize", {"prompt": "a" * LARGEST}), 30)

    def test_answers_that_nobody_reads(self):
        self.held_by(post("/tokenize", {"prompt": "\x00\x01" * (LARGEST // 12), "return_token_strs": True}), 30)

    def test_texts_that_are_longer_than_their_ids(self):
        self.held_by(post("/detokenize", {"tokens": [108] * 999_000}), 30)

    def test_chats_of_many_values(self):
        body = b'{"messages":[{"role":"user","content":"x"}],"x":[' + b"{}," * 180_000 + b"0]" + b" " * 7_000_000 + b"}"
        self.held_by(post("/v1/chat/completions", body), 30)


def load(server):
    """Tokenizes 8 MB again and again; it does not look into the answers, so that the machine's time is the server's."""
    body = json.dumps({"prompt": "Draw a red circle. " * (LARGEST // 20)}).encode()
    connection = server.connect()
    while True:
        connection.request("POST", "/tokenize", body)
        connection.getresponse().read()


class Short(unittest.TestCase):
    """Short requests while ten clients tokenize 8 MB."""

    def test_short_requests_do_not_wait(self):
        with serving("tiny.bf16") as server:
            others = [multiprocessing.Process(target=load, args=(server,), daemon=True) for _ in range(10)]
            for other in others:
                other.start()
            self.assertTrue(until(lambda: server.metrics("g4rt:http_memory_bytes")[0] > 40 * MIB))
            times = sorted(self.seconds(server) for _ in range(1000))
            busy = os.getloadavg()[0]
            print(f"short requests: p50 {times[500] * 1e3:.1f} ms, p99 {times[990] * 1e3:.1f} ms, load average {busy:.1f}")
            for other in others:
                other.kill()
                other.join()

    def seconds(self, server):
        begin = time.monotonic()
        self.assertEqual(server.chat("x", max_tokens=1)[0], 200)
        return time.monotonic() - begin


if __name__ == "__main__":
    main()
