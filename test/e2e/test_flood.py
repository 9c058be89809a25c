"""More clients, larger requests and odder flags than g4rt serve is made for."""

import asyncio
import re
import unittest

from flood import Holders, allow_files, chat, crowd, post, resident
from programs import TempTest, artifact, main, run
from serving import serving

MIB = 1 << 20


def budget(server):
    """What the server says at start that it takes, in bytes."""
    number, unit = re.search(r'http listening .* memory="([\d.]+) (\w+)"', server.stderr()).groups()
    return float(number) * {"MiB": MIB, "GiB": 1024 * MIB}[unit]


class Flags(TempTest):
    """Flags that contradict each other end the start."""

    def refuse(self, *flags, words):
        self.assert_refused(run("serve", artifact("tiny.bf16"), "--port", 0, *flags), 2, *words)

    def test_a_list_of_names_and_everybody(self):
        self.refuse("--host", "0.0.0.0", "--insecure-no-auth", "--allowed-host", "a", words=["--allowed-host", "--insecure-no-auth"])

    def test_names_that_no_request_can_give(self):
        for name in ("http://a", "a:80", "", "a b"):
            self.refuse("--allowed-host", name, words=["--allowed-host", "needs a name"])

    def test_memory_that_does_not_suffice(self):
        self.refuse("--http-memory", "100M", words=["100.0 MiB", "needs"])

    def test_fewer_connections_than_requests(self):
        self.refuse("--max-connections", 100, words=["100", "1088", "max-queued-requests"])


class Crowd(unittest.TestCase):
    """Every client gets an answer."""

    def test_two_thousand_clients_at_once(self):
        if not allow_files(4096):
            self.skipTest("needs 4096 open files")
        with serving("tiny.bf16") as server:
            answers = asyncio.run(crowd(server.address, [chat(max_tokens=2)] * 2000))
            self.assertNotIn(None, answers)
            statuses = {status for status, _ in answers}
            self.assertLessEqual(statuses, {200, 429, 503})
            self.assertIn(200, statuses)
            for status, head in answers:
                if status != 200:
                    self.assertIn("\r\nRetry-After: ", head)
            self.assertEqual(server.chat("x", max_tokens=1)[0], 200)


class Budget(unittest.TestCase):
    """Clients that hold what they can."""

    def test_bodies_that_never_end_shut_nobody_out(self):
        data = post("/tokenize", {"prompt": "a" * (8 * MIB - 100)})[:-1]
        large = post("/tokenize", {"prompt": "a " * MIB})
        with serving("tiny.bf16", "--http-memory", "800M") as server:
            with Holders(server.address, data, 120) as holders:
                used = []
                holders.push(2, lambda: used.append(resident(server.child.pid)))
                print(f"120 bodies of 8 MiB: {max(used) / MIB:.0f} MiB of {budget(server) / MIB:.0f}")
                self.assertGreater(max(used), 100 * MIB)
                self.assertLessEqual(max(used), 1.1 * budget(server))
                # Short requests are served, and one that is nearly as large as theirs.
                answers = asyncio.run(crowd(server.address, [chat(max_tokens=1)] * 50 + [large]))
                self.assertEqual({answer and answer[0] for answer in answers}, {200})


if __name__ == "__main__":
    main()
