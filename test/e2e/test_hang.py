"""Engines that hang where it takes long to tell, and one that is only slow; some minutes."""

import os
import signal
import threading
import time
import unittest

from programs import artifact, main, process
from serving import free_port, hold_engine, serving

SECONDS = 1800  # a loaded machine
EXIT_DEVICE = 5


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
        """The engine runs half a millisecond of thirteen seconds: it is slow, but works."""
        text = "a circle and a square, " * 40  # a step of some tens of milliseconds
        with serving("tiny.f32", "--threads", 1, "--max-num-batched-tokens", 1024) as server:
            answers = []
            asker = threading.Thread(target=lambda: answers.append(self.ask(server, text)))
            pid = server.engine_pid()
            os.kill(pid, signal.SIGSTOP)
            asker.start()
            start = time.monotonic()
            while asker.is_alive():
                os.kill(pid, signal.SIGCONT)
                time.sleep(0.0005)
                os.kill(pid, signal.SIGSTOP)
                asker.join(13)
            seconds = time.monotonic() - start
            os.kill(pid, signal.SIGCONT)
            print(f"a request of {seconds:.0f} s: {answers}")
            self.assertGreater(seconds, 120)
            self.assertEqual(answers, [200])
            self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])

    def ask(self, server, text):
        server.seconds = SECONDS
        return server.post("/v1/completions", {"model": "tiny", "max_tokens": 1, "prompt": text})[0]


if __name__ == "__main__":
    main()
