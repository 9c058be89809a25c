"""A server that asks for keys."""

import contextlib
import json
import os
import signal
import tempfile
import unittest

import openai

from programs import artifact, main, run
from serving import serving, until


def bearer(key):
    return {"Authorization": f"Bearer {key}"}


LONG = "Draw a small red circle and a large blue square. " * 20


class Limits(unittest.TestCase):
    """What a key may have, by its line of the file."""

    KEYS = "few requests=1\nslow tokens-per-minute=50\nmate cache=team\nbuddy cache=team\nlone weight=0.5\nother\n"

    def ask(self, server, key, **fields):
        """Status, Retry-After and JSON of a chat."""
        body = {"model": "tiny", "messages": [{"role": "user", "content": LONG}], "max_tokens": 4, **fields}
        with contextlib.closing(server.connect()) as connection:
            connection.request("POST", "/v1/chat/completions", json.dumps(body), bearer(key))
            reply = connection.getresponse()
            return reply.status, reply.headers["Retry-After"], json.loads(reply.read())

    def cached(self, server, key, **fields):
        status, _, answer = self.ask(server, key, **fields)
        self.assertEqual(status, 200, answer)
        return answer["usage"]["prompt_tokens_details"]["cached_tokens"]

    def test_each_key_has_what_its_line_says(self):
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write(self.KEYS)
            file.flush()
            with serving("tiny.bf16", "--api-key-file", file.name) as server:
                self.check_requests(server)
                self.check_tokens(server)
                self.check_prompts(server)

    def check_requests(self, server):
        status, seconds, answer = self.ask(server, "few", n=2)
        self.assertEqual((status, answer["error"]["code"]), (429, "rate_limit_exceeded"))
        self.assertGreaterEqual(int(seconds), 1)
        self.assertTrue(until(lambda: self.ask(server, "few")[0] == 200))

    def check_tokens(self, server):
        self.assertEqual(self.ask(server, "slow")[0], 200)
        status, seconds, answer = self.ask(server, "slow")
        self.assertEqual((status, answer["error"]["code"]), (429, "rate_limit_exceeded"))
        # The prompt alone had several minutes' tokens.
        self.assertGreater(int(seconds), 60)

    def check_prompts(self, server):
        """Nobody finds what another key's prompt left, unless both ask for that."""
        self.assertEqual(self.cached(server, "lone"), 0)
        self.assertGreater(self.cached(server, "lone"), 100)
        self.assertEqual(self.cached(server, "mate"), 0)
        self.assertGreater(self.cached(server, "buddy"), 100)
        self.assertEqual(self.cached(server, "other"), 0)
        self.assertEqual(self.cached(server, "lone", cache_salt="ours"), 0)
        self.assertGreater(self.cached(server, "other", cache_salt="ours"), 100)

    def test_limits_of_all_keys_are_flags(self):
        with serving("tiny.bf16", "--api-key", "one", "--key-requests", 1, "--key-tokens-per-minute", 9) as server:
            self.assertEqual(self.ask(server, "one", n=2)[0], 429)
            self.assertTrue(until(lambda: self.ask(server, "one")[0] == 429))


class Keys(unittest.TestCase):
    """Who is let in, by which key."""

    def status(self, server, path, headers=None):
        return server.request("GET", path, headers=headers)[0]

    def test_clients_need_a_key_and_administrators_theirs(self):
        with serving("tiny.bf16", "--api-key", "one", "--api-key=two", "--admin-key", "boss7") as server:
            for key in ("one", "two", "boss7"):
                self.assertEqual(self.status(server, "/v1/models", bearer(key)), 200)
                self.assertEqual(self.status(server, "/v1/models", {"X-Api-Key": key}), 200)
            for headers in ({}, bearer("three"), bearer(""), {"X-Api-Key": "on"}):
                self.assertEqual(self.status(server, "/v1/models", headers), 401)
                self.assertEqual(self.status(server, "/nothing", headers), 401)
                self.assertEqual(self.status(server, "/metrics", headers), 401)
                self.assertEqual(self.status(server, "/health", headers), 200)
            self.assertEqual(self.status(server, "/metrics", bearer("one")), 403)
            self.assertEqual(self.status(server, "/metrics", bearer("boss7")), 200)
            self.assertEqual(self.status(server, "/nothing", bearer("one")), 404)
            # Neither the log nor the engine's command line knows them.
            with open(f"/proc/{server.engine_pid()}/cmdline", encoding="utf-8") as words:
                self.assertNotIn("key", words.read())
            self.assertNotIn("boss7", server.stderr() + server.banner)

    def test_openais_client_sends_its_key(self):
        with serving("tiny.bf16", "--api-key", "one") as server:
            for key, is_right in (("one", True), ("two", False)):
                with openai.OpenAI(base_url=server.url + "/v1", api_key=key, max_retries=0) as client:
                    if is_right:
                        self.assertEqual([model.id for model in client.models.list()], ["tiny"])
                    else:
                        with self.assertRaises(openai.AuthenticationError) as raised:
                            client.models.list()
                        self.assertEqual(raised.exception.code, "invalid_api_key")

    def test_a_file_of_keys_is_read_again(self):
        with tempfile.NamedTemporaryFile("w+") as file:

            def write(text):
                file.seek(0)
                file.truncate()
                file.write(text)
                file.flush()

            write("# ours\none\n")
            with serving("tiny.bf16", "--api-key-file", file.name) as server:
                self.assertEqual(self.status(server, "/v1/models", bearer("one")), 200)
                write("two\n")
                server.child.send_signal(signal.SIGHUP)
                self.assertTrue(until(lambda: "keys_read" in server.stderr()))
                self.assertEqual(self.status(server, "/v1/models", bearer("one")), 401)
                self.assertEqual(self.status(server, "/v1/models", bearer("two")), 200)
                # A file that is no such file changes nothing.
                for number, text in enumerate(("", "t w o\n"), 1):
                    write(text)
                    server.child.send_signal(signal.SIGHUP)
                    self.assertTrue(until(lambda: server.stderr().count("keys_kept") == number))
                    self.assertEqual(self.status(server, "/v1/models", bearer("two")), 200)

    def test_flags_that_cannot_be(self):
        cases = [
            (("--api-key", "a b"), "--api-key: a key needs"),
            (("--api-key-file", os.devnull), "--api-key-file: /dev/null"),
            (("--api-key-file", "/missing"), "--api-key-file: /missing"),
            (("--api-key", "one", "--insecure-no-auth"), "--insecure-no-auth, --api-key"),
            (("--host", "0.0.0.0"), "without a key"),
            (("--host", "0.0.0.0", "--admin-key", "boss7"), "without a key"),
        ]
        for flags, message in cases:
            ended = run("serve", artifact("tiny.bf16"), "--port", 0, *flags)
            self.assertEqual(ended.returncode, 2, flags)
            self.assertIn(message, ended.stderr)
            self.assertNotIn("a b", ended.stderr)

    def test_other_machines_may_come_with_a_key(self):
        with serving("tiny.bf16", "--host", "0.0.0.0", "--api-key", "one") as server:
            self.assertNotIn("WITHOUT A KEY", server.banner)


if __name__ == "__main__":
    main()
