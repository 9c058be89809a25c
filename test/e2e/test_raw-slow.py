"""A hundred thousand requests that are wrong in ways that nobody thought of; half a minute.

With another program, such as one with sanitizers: test_raw-slow.py --g4rt PATH.
"""

import concurrent.futures
import os
import random
import socket
import unittest

from programs import main
from raw import GROUPS, statuses
from serving import Server, until

NUM = 100_000
CASES = [case[1] for group in GROUPS.values() for case in group if len(case[1]) < 4000]
BITS = [b"\r\n", b"\r\n\r\n", b"\n", b"\x00", b" ", b":", b"0\r\n\r\n", b"Host: localhost\r\n", b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n", b"{", b"}", b'"', b"[", b",", b"\xff", b"\\u0000", b"99999999999999999999", b"HTTP/1.1"]  # fmt: skip


def mutated(number):
    """The same bytes for the same number."""
    chance = random.Random(number)
    data = bytearray(chance.choice(CASES))
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            data[at:at] = chance.choice(BITS)
        elif kind == 1:
            data[at : at + chance.randint(1, 8)] = b""
        elif kind == 2:
            data[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 3:
            data[at:at] = data[at : at + chance.randint(1, 40)]
        elif kind == 4:
            data[at:] = chance.choice(CASES)[at:]
        else:
            data += chance.choice(CASES)
    return bytes(data)


def answer_of(address, data):
    """Like a client that leaves when nothing comes: what is not whole is not waited for."""
    with socket.create_connection((address.hostname, address.port), timeout=20) as client:
        answer = b""
        try:
            client.sendall(data)
            client.settimeout(0.02)
            try:
                answer = client.recv(65536)
            except TimeoutError:
                pass
            client.settimeout(20)
            client.shutdown(socket.SHUT_WR)
            while part := client.recv(65536):
                answer += part
        except (ConnectionResetError, BrokenPipeError, OSError):
            pass  # closed before all of it was sent
    return answer


def is_right(status):
    return 100 <= status < 500 or status in (503, 505)


class Mutated(unittest.TestCase):
    def test_a_hundred_thousand(self):
        server = Server("tiny.bf16")
        self.addCleanup(server.close)
        server.chat("x", max_tokens=1)
        files = f"/proc/{server.child.pid}/fd"
        before = len(os.listdir(files))
        found = {}

        def ask(number):
            data = mutated(number)
            answer = answer_of(server.address, data)
            try:
                return number, statuses(answer, data.startswith(b"HEAD"))
            except (ValueError, IndexError):
                return number, []  # cut where the client left

        with concurrent.futures.ThreadPoolExecutor(16) as clients:
            for number, answers in clients.map(ask, range(NUM), chunksize=100):
                for status in answers:
                    found[status] = found.get(status, 0) + 1
                    self.assertTrue(is_right(status), f"{status} for number {number}: {mutated(number)[:500]}")
        print(dict(sorted(found.items())))
        self.assertGreater(found[400], NUM // 10)
        self.assertGreater(found[200], NUM // 100)
        self.assertTrue(until(lambda: server.num_open() == 0))
        self.assertTrue(until(lambda: len(os.listdir(files)) <= before))
        self.assertEqual(server.chat("x", max_tokens=1)[0], 200)
        self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])


if __name__ == "__main__":
    main()
