"""Engines that hang where it takes long to tell, and one that is only slow; some minutes."""

import os
import signal
import struct
import threading
import time
import unittest

from programs import artifact, main, process
from serving import free_port, hold_engine, serving

SECONDS = 1800  # a loaded machine
NUM_TEXTS = 12
EXIT_DEVICE = 5


class SignsOfLife:
    """An engine's heartbeat, as its server sees it."""

    def __init__(self, pid):
        self.file = os.open(f"/proc/{pid}/fd/4", os.O_RDONLY)  # kChildHeartbeat

    def count(self):
        page = os.pread(self.file, 4096, 0)
        return sum(struct.unpack_from("<Q", page, at)[0] for at in range(0, len(page), 64))


class Hang(unittest.TestCase):
    """HangWatch.h has the times."""

    def test_an_engine_that_hangs_while_it_loads_is_noticed(self):
        with process("serve", artifact("tiny.f32"), "--port", free_port(), "--step-timeout", 1) as child:
            start = time.monotonic()
            hold_engine(child.pid)
            _, errors = child.communicate(timeout=SECONDS)
            print(f"noticed after {time.monotonic() - start:.0f} s")
            self.assertEqual(child.returncode, EXIT_DEVICE, errors)
            self.assertIn("hangs", errors)

    def test_a_step_of_two_minutes_is_not_taken_for_a_hang(self):
        """The engine runs until it gives a sign of life, once in two seconds: it is slow, but works, and /health says so."""
        texts = ["a circle and a square, " * 80] * NUM_TEXTS  # a step of some seconds, with a million signs
        flags = ("--threads", 1, "--max-num-seqs", NUM_TEXTS, "--max-num-batched-tokens", 1024 * NUM_TEXTS, "--no-enable-prefix-caching")
        with serving("tiny.f32", *flags) as server:
            answers, healths = [], []
            pid = server.engine_pid()
            signs = SignsOfLife(pid)
            os.kill(pid, signal.SIGSTOP)
            asker = threading.Thread(target=lambda: answers.append(self.ask(server, texts)))
            asker.start()
            start = time.monotonic()
            while asker.is_alive() and time.monotonic() - start < 125:
                before = signs.count()
                os.kill(pid, signal.SIGCONT)
                while signs.count() == before:  # without a pause: a step is short
                    self.assertIsNone(server.child.poll())
                os.kill(pid, signal.SIGSTOP)
                asker.join(2)
                healths.append(server.get("/health")[0])
            seconds = time.monotonic() - start
            os.kill(pid, signal.SIGCONT)
            asker.join()
            print(f"a request of {seconds:.0f} s: {answers}, {len(healths)} looks at /health")
            self.assertGreater(seconds, 120)
            self.assertEqual(answers, [200])
            self.assertEqual(set(healths), {200})
            self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])

    def ask(self, server, texts):
        server.seconds = SECONDS
        return server.post("/v1/completions", {"model": "tiny", "max_tokens": 1, "prompt": texts})[0]


if __name__ == "__main__":
    main()
