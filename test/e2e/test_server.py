"""g4rt serve over plain HTTP: start, odd clients, the end."""

import contextlib
import json
import resource
import signal
import socket
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from programs import SECONDS, Paths, TempTest, main, run
from serving import DRAW, NO_END, Server, serving, until

READY_SECONDS = 0.3  # the promise, with the file in the page cache


def long_answer(tokens):
    """A chat request for so many tokens."""
    messages = [{"role": "user", "content": DRAW}]
    return {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": tokens, "logit_bias": NO_END, "stream": True}


def content(answer):
    """The text of a chat answer."""
    return answer[1]["choices"][0]["message"]["content"]


def stream_text(text):
    """The content and the last finish reason of a stream's text; whether it says that it is done."""
    joined, reason = "", None
    events = [line[6:] for line in text.split("\n") if line.startswith("data: ")]
    for event in events:
        for choice in json.loads(event).get("choices", []) if event != "[DONE]" else []:
            joined += choice["delta"].get("content") or ""
            reason = choice["finish_reason"] or reason
    return joined, reason, bool(events) and events[-1] == "[DONE]"


class Start(TempTest):
    """From exec to the first answer."""

    def test_it_is_ready_at_once(self):
        seconds = []
        for _ in range(5):
            with serving("tiny.bf16") as server:
                self.assertEqual(server.get("/ready")[0], 200)
                seconds.append(time.monotonic() - server.start)
                self.assertEqual(server.stop(), 0)
        print("exec to /ready, seconds:", " ".join(f"{s:.3f}" for s in sorted(seconds)))
        self.assertLessEqual(min(seconds), READY_SECONDS)

    def test_the_banner_tells_what_is_served(self):
        with serving("tiny.bf16", "--max-num-seqs", 3, "--max-model-len", "1k", "--served-model-name", "other") as server:
            for pattern in (
                r"artifact +\S+tiny\.bf16\.g4, [\d.]+ MiB, digest [0-9a-f]{16}\n",
                r"variant +\S+: \S",
                r"KV cache +[\d.]+ [KM]iB +3 sessions x 1024 tokens\n",
                r"total +[\d.]+ MiB",
            ):
                self.assertRegex(server.banner, pattern)
            self.assertNotIn("WITHOUT A KEY", server.banner)
            command = next(line for line in server.banner.splitlines() if "curl" in line)
            reply = subprocess.run(command.strip() + " -sS", shell=True, capture_output=True, text=True, timeout=SECONDS, check=True)
            self.assertEqual(json.loads(reply.stdout)["model"], "other")

    def test_its_sizes_are_known_before_the_first_step(self):
        with serving("tiny.bf16", "--max-num-seqs", 3) as server:
            slots, pages = server.metrics("g4rt:num_slots", "g4rt:num_kv_pages")
            self.assertEqual(slots, 3)
            self.assertGreater(pages, 0)

    def test_a_max_tokens_beyond_the_context_is_cut_or_refused(self):
        for flags, status in (((), 200), (("--strict",), 400)):
            with self.subTest(flags), serving("tiny.bf16", "--max-model-len", 64, *flags) as server:
                self.assertEqual(server.chat("Hi", max_tokens=64)[0], status)
                self.assertEqual(server.chat("Hi", max_tokens=8)[0], 200)
                self.assertEqual(server.chat("Hi", max_tokens=-1)[0], 200)

    def test_a_port_that_is_taken_is_named(self):
        with serving("tiny.bf16") as server:
            path = Paths.artifacts / "tiny.bf16.g4"
            self.assert_refused(run("serve", path, "--port", server.address.port), 2, server.address.port, "in use")

    def test_the_log_has_no_prompt(self):
        with serving("tiny.bf16", "--log-level", "debug") as server:
            self.assertEqual(server.chat(DRAW)[0], 200)
            self.assertEqual(server.stop(signal.SIGINT), 0)
            self.assertRegex(server.stderr(), r"serve ready model=tiny")
            self.assertNotIn("circle", server.stderr())


class Requests(unittest.TestCase):
    """What is wrong is said, and the server goes on."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16")
        cls.addClassCleanup(cls.server.close)

    def tearDown(self):
        self.assertEqual(self.server.get("/health")[0], 200)

    def refuse(self, body, code, status=400, path="/v1/chat/completions"):
        got, reply = self.server.post(path, body)
        self.assertEqual((got, reply["error"]["code"]), (status, code), reply)
        self.assertEqual(set(reply["error"]), {"message", "type", "param", "code"})
        return reply["error"]

    def test_bodies_that_are_no_request(self):
        for body in ("", "{", "[1]", "nul", '{"a":1}}', "[" * 5000, b'{"model":"\xff"}', b'{"messages":"\xed\xa0\x80"}'):
            with self.subTest(body[:20]):
                status, reply = self.server.post("/v1/chat/completions", body)
                self.assertEqual(status, 400, reply)
                self.assertIn(reply["error"]["code"], ("invalid_json", "invalid_value"))

    def test_numbers_that_cannot_be(self):
        good = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": 1}
        wrong = [-1, -(2**63), 2**31, 2**63, 2**64, 1e300, "1", [], {}, True]
        for field in ("max_tokens", "temperature", "top_p", "top_logprobs", "presence_penalty", "n", "stop"):
            for value in wrong:
                if (field, value) in (("n", True), ("stop", "1"), ("temperature", True)):
                    continue
                with self.subTest(f"{field}={value}"):
                    status, reply = self.server.post("/v1/chat/completions", {**good, "logprobs": True, field: value})
                    if status == 200:
                        self.assertIn((field, value), [("presence_penalty", -1), ("max_tokens", -1), ("max_tokens", 2**31), ("stop", [])])
                    else:
                        self.assertEqual(status, 400, reply)
                        self.assertTrue(reply["error"]["param"].startswith(field), reply)

    def test_requests_for_what_is_not_there(self):
        good = {"model": "tiny", "messages": [{"role": "user", "content": "x"}]}
        self.refuse({**good, "model": "none"}, "model_not_found", 404)
        self.refuse({**good, "messages": []}, "invalid_value")
        self.refuse({**good, "messages": [{"role": "user", "content": "a b " * 2000}]}, "context_length_exceeded")
        self.refuse(good, "unknown_url", 404, "/v1/nothing")
        self.assertEqual(self.server.get("/v1/chat/completions")[0], 405)
        self.assertEqual(self.server.request("GET", "/health", headers={"Host": "elsewhere.example"})[0], 403)

    def test_a_key_of_the_template_is_named(self):
        good = {"model": "tiny", "messages": [{"role": "user", "content": "x"}]}
        for key in ("enable_thinking", "preserve_thinking"):
            error = self.refuse({**good, "chat_template_kwargs": {key: 7}}, "invalid_value")
            self.assertEqual(error["param"], f"chat_template_kwargs.{key}")

    def exchange(self, data):
        """What the server says to these bytes, until it closes."""
        with socket.create_connection((self.server.address.hostname, self.server.address.port), SECONDS) as peer:
            try:
                peer.sendall(data)
                peer.shutdown(socket.SHUT_WR)
                return b"".join(iter(lambda: peer.recv(65536), b""))
            except OSError:  # closed in its face
                return b""

    def test_clients_that_talk_garbage(self):
        line = b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for data in (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
            bytes(range(256)) * 300,
            b"GET / HTTP/9.9\r\n\r\n",
            b"GET /health HTTP/1.1\r\n" + b"X: y\r\n" * 10000 + b"\r\n",
            b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n",
            line + b"Content-Length: -1\r\n\r\n{}",
            line + b"Content-Length: 99999999999999999999\r\n\r\n{}",
            line + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            line + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
            line + b"Content-Length: 50\r\n\r\n{",
            b"\r\n" * 1000,
            b"\x00" * 1000,
        ):
            with self.subTest(data[:40]):
                answer = self.exchange(data)
                if answer:
                    self.assertRegex(answer, rb"^HTTP/1\.1 (4\d\d|50[15]) ")
                self.assertEqual(self.server.get("/health")[0], 200)


class Load(unittest.TestCase):
    """Many requests, clients that leave."""

    def test_clients_that_leave_free_their_places(self):
        with serving("tiny.f32", "--threads", 1) as server:
            expected = content(server.chat(DRAW))
            peers = [server.connect() for _ in range(32)]
            for peer in peers:
                peer.request("POST", "/v1/chat/completions", json.dumps(long_answer(1900)))
            peers[0].getresponse().read(1000)  # in the middle of a stream
            self.assertTrue(until(lambda: server.num_begun() == len(peers) + 1))
            for peer in peers:
                peer.close()
            start = time.monotonic()
            self.assertEqual(content(server.chat(DRAW)), expected)
            self.assertTrue(until(lambda: server.num_open() == 0, 10))
            print(f"32 clients left: idle after {time.monotonic() - start:.2f} s")
            cancelled = server.metrics('g4rt:requests_finished_total{reason="cancelled"}')[0]
            self.assertGreater(cancelled, 0)  # not all: some may have ended before the last one came


    def test_silent_clients_shut_nobody_out(self):
        with serving("tiny.bf16") as server, contextlib.ExitStack() as silent:
            resource.prlimit(server.child.pid, resource.RLIMIT_NOFILE, (40, 40))  # fewer than there are clients
            for _ in range(100):
                silent.enter_context(socket.create_connection((server.address.hostname, server.address.port), SECONDS))
            begin = time.monotonic()
            self.assertIn("<svg", content(server.chat(DRAW)))
            self.assertLess(time.monotonic() - begin, 30)  # the silent ones may stay for a minute


class End(unittest.TestCase):
    """SIGTERM and SIGINT."""

    def begin(self, server, count, tokens):
        """So many streams that have begun, on threads."""
        pool = ThreadPoolExecutor(count)
        self.addCleanup(pool.shutdown)
        before = server.num_begun()
        answers = [pool.submit(server.post, "/v1/chat/completions", long_answer(tokens)) for _ in range(count)]
        self.assertTrue(until(lambda: server.num_begun() == before + count))
        return answers

    def test_what_has_begun_is_finished(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with serving("tiny.f32", "--threads", 1) as server:
                alone = stream_text(server.post("/v1/chat/completions", long_answer(600))[1])
                self.assertEqual(alone[1:], ("length", True))
                answers = self.begin(server, 24, 600)
                self.assertEqual(server.stop(number), 0)
                for answer in answers:
                    self.assertEqual(stream_text(answer.result()[1]), alone)

    def test_what_is_late_is_cut_and_told_so(self):
        with serving("tiny.f32", "--threads", 1, "--shutdown-timeout", 0) as server:
            answers = self.begin(server, 24, 1900)
            self.assertEqual(server.stop(), 1)
            cut = [text for _, text in (answer.result() for answer in answers) if not stream_text(text)[2]]
            self.assertGreater(len(cut), 0)
            for text in cut:
                self.assertIn('data: {"error":', text)

    def test_no_request_is_taken_while_it_drains(self):
        with serving("tiny.f32", "--threads", 1) as server:
            peer = server.connect()
            peer.request("GET", "/health")  # a connection that is open already
            peer.getresponse().read()
            self.begin(server, 32, 600)
            server.child.send_signal(signal.SIGTERM)
            self.assertTrue(until(lambda: "draining" in server.stderr()))
            try:
                peer.request("POST", "/v1/chat/completions", json.dumps(long_answer(5)))
                self.assertEqual(peer.getresponse().status, 503)
            except OSError:
                pass  # closed: it was told in another way
            self.assertEqual(server.child.wait(SECONDS), 0)


if __name__ == "__main__":
    main()
