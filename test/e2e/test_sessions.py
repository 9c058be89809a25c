"""Prompts that begin alike: what is computed once, and that no answer changes by it."""

import concurrent.futures
import contextlib
import http.client
import os
import signal
import time
import unittest

from programs import TempTest, artifact, main, run
from serving import serving, until

# Many windows of 64 positions.
LONG = "Draw a small red circle and a large blue square. " * 40


class Asking(unittest.TestCase):
    def ask(self, server, messages, **fields):
        """Its choices, with log-probabilities to the last bit, and usage."""
        body = {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 40, "logprobs": True, **fields}
        status, answer = server.post("/v1/chat/completions", body)
        self.assertEqual(status, 200, answer)
        return answer["choices"], answer["usage"]

    def cached(self, usage):
        return usage["prompt_tokens_details"]["cached_tokens"]


class Sessions(Asking):
    """Each answer is compared with that of a server without a prefix cache."""

    def test_the_same_long_prompt_again_is_computed_but_for_its_last_token(self):
        messages = [{"role": "user", "content": LONG}]
        with serving("tiny.bf16") as server:
            first, usage = self.ask(server, messages)
            self.assertEqual(self.cached(usage), 0)
            self.assertGreater(usage["prompt_tokens"], 300)
            again, usage = self.ask(server, messages)
            self.assertEqual(self.cached(usage), usage["prompt_tokens"] - 1)
            self.assertEqual(again, first)
            queries, hits, ours = server.metrics(
                "vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total", "g4rt:prefix_cache_hits_total"
            )
            self.assertEqual(queries, 2 * usage["prompt_tokens"])
            self.assertEqual(hits, self.cached(usage))
            self.assertEqual(ours, hits)

    def test_without_the_cache_nothing_is_found_and_the_answer_is_the_same(self):
        with serving("tiny.bf16") as cache, serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            for text in (LONG, LONG, LONG + "Draw it."):
                messages = [{"role": "user", "content": text}]
                expected, usage = self.ask(none, messages)
                self.assertEqual(self.cached(usage), 0)
                self.assertEqual(self.ask(cache, messages)[0], expected)

    def test_a_turn_of_a_chat_finds_all_of_the_turns_before(self):
        """But the begin of the last answer: the template writes an empty thought before a new one alone."""
        with serving("tiny.bf16") as cache, serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            messages, before = [], 0
            for turn in range(8):
                messages.append({"role": "user", "content": f"Draw a red circle, number {turn}."})
                choices, usage = self.ask(cache, messages, max_tokens=200)
                self.assertEqual(choices, self.ask(none, messages, max_tokens=200)[0])
                if turn:
                    self.assertGreaterEqual(self.cached(usage), before - 8)
                before = usage["prompt_tokens"]
                messages.append(choices[0]["message"])

    def test_agents_that_share_a_prompt_at_once_compute_it_once(self):
        def messages(number):
            return [{"role": "system", "content": LONG}, {"role": "user", "content": f"Number {number}: draw a circle."}]

        with serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            expected = [self.ask(none, messages(i)) for i in range(10)]
        with serving("tiny.bf16") as server, concurrent.futures.ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda i: self.ask(server, messages(i)), range(10)))
        self.assertEqual([choices for choices, _ in answers], [choices for choices, _ in expected])
        prompts = sum(usage["prompt_tokens"] for _, usage in answers)
        cached = sum(self.cached(usage) for _, usage in answers)
        self.assertGreater(cached, 0.8 * prompts)

    def test_choices_share_the_prompt_and_each_is_the_answer_to_its_seed(self):
        messages = [{"role": "user", "content": LONG}]
        with serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            expected = [self.ask(none, messages, temperature=1, seed=5 + i)[0][0] for i in range(8)]
        with serving("tiny.bf16") as server:
            choices, usage = self.ask(server, messages, temperature=1, seed=5, n=8)
            computed = server.metrics("g4rt:prompt_tokens_total")[0]
        for i, choice in enumerate(choices):
            self.assertEqual(choice, {**expected[i], "index": i})
        self.assertGreater(len({choice["message"]["content"] for choice in choices}), 1)
        self.assertEqual(computed, usage["prompt_tokens"] + 7)

    def test_salts_share_nothing(self):
        messages = [{"role": "user", "content": LONG}]
        with serving("tiny.bf16") as server:
            first, _ = self.ask(server, messages, cache_salt="a")
            other, usage = self.ask(server, messages, cache_salt="b")
            self.assertEqual(self.cached(usage), 0)
            self.assertEqual(other, first)
            self.assertGreater(self.cached(self.ask(server, messages, cache_salt="a")[1]), 0)


class SessionFiles(Asking, TempTest):
    """What a server that was restarted knows."""

    def serve(self, *flags):
        return serving("tiny.bf16", "--session-dir", self.folder / "sessions", *flags)

    def chats(self):
        return [[{"role": "user", "content": f"Number {i}. {LONG}"}] for i in range(10)]

    def files(self):
        return sorted((self.folder / "sessions").rglob("*.g4s"))

    def test_chats_go_on_after_a_restart_without_prefill_of_what_is_known(self):
        chats, before = self.chats(), []
        with self.serve() as server:
            for messages in chats:
                choices, usage = self.ask(server, messages)
                before.append((choices, usage["prompt_tokens"]))
            self.assertEqual(server.stop(), 0)
        with self.serve() as server:
            for messages, (choices, num_tokens) in zip(chats, before):
                again, usage = self.ask(server, messages)
                self.assertEqual(again, choices)
                self.assertEqual(self.cached(usage), num_tokens - 1)
            self.assertEqual(server.metrics("g4rt:prompt_tokens_total"), [len(chats)])
            restored, refused = server.metrics(
                "g4rt:session_restored_tokens_total", "g4rt:session_files_refused_total"
            )
            self.assertGreater(restored, 0)
            self.assertEqual(refused, 0)

    def test_after_kill_nothing_half_written_is_restored(self):
        messages = self.chats()[0]
        with self.serve() as server:
            choices, usage = self.ask(server, messages)
            self.assertTrue(until(lambda: server.metrics("g4rt:num_session_files")[0] > 0))
            server.child.kill()
            server.child.wait()
        with self.serve() as server:
            again, usage = self.ask(server, messages)
            self.assertEqual(again, choices)
            self.assertEqual(server.metrics("g4rt:session_files_refused_total"), [0])

    def ask_until_killed(self, server, messages):
        """Whatever comes of it."""
        with contextlib.suppress(OSError, http.client.HTTPException, AssertionError):
            self.ask(server, messages)

    def test_killed_at_any_time_while_files_are_written_nothing_half_written_is_restored(self):
        chats = self.chats()
        with serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            expected = [self.ask(none, messages)[0] for messages in chats]
        for number in range(6):
            with self.serve() as server, concurrent.futures.ThreadPoolExecutor(10) as pool:
                asked = [pool.submit(self.ask_until_killed, server, messages) for messages in chats]
                time.sleep(0.1 * (number + 1))
                os.kill(server.engine_pid(), signal.SIGKILL)
                if number % 2 == 0:
                    server.child.kill()
                concurrent.futures.wait(asked)
                server.child.kill()
        with self.serve() as server:
            self.assertEqual([self.ask(server, messages)[0] for messages in chats], expected)
            restored, refused = server.metrics(
                "g4rt:session_restored_tokens_total", "g4rt:session_files_refused_total"
            )
        self.assertGreater(restored, 0)
        self.assertEqual(refused, 0)

    def test_damaged_files_are_refused_and_the_prompt_is_computed(self):
        messages = self.chats()[0]
        with self.serve() as server:
            choices, _ = self.ask(server, messages)
            self.assertEqual(server.stop(), 0)
        for i, file in enumerate(self.files()):
            data = bytearray(file.read_bytes())
            data[0 if i % 2 else len(data) // 2] ^= 1
            file.write_bytes(data)
        with self.serve() as server:
            again, usage = self.ask(server, messages)
            self.assertEqual(again, choices)
            self.assertEqual(self.cached(usage), 0)
            self.assertGreater(server.metrics("g4rt:session_files_refused_total")[0], 0)

    def test_a_slot_is_saved_restored_and_erased_by_name(self):
        messages = self.chats()[0]
        with self.serve("--max-num-seqs", 1) as server:
            choices, usage = self.ask(server, messages)
            num_tokens = usage["total_tokens"] - 1  # the last one is chosen and not computed
            status, saved = server.post("/slots/0?action=save", {"filename": "mine"})
            self.assertEqual((status, saved["n_saved"]), (200, num_tokens))
            self.assertEqual((self.folder / "sessions" / "mine").stat().st_size, saved["n_written"])
            self.assertEqual(server.post("/slots/0?action=erase", {}), (200, {"id_slot": 0, "n_erased": num_tokens}))
            self.assertEqual(server.post("/slots/0?action=save", {"filename": "other"})[0], 400)
            for name in ("../mine", "/mine", ".mine", "", "a/b"):
                self.assertEqual(server.post("/slots/0?action=save", {"filename": name})[0], 400, name)
            for slot in (-1, 1):
                self.assertEqual(server.post(f"/slots/{slot}?action=save", {"filename": "other"})[0], 400)
        for file in self.files():
            file.unlink()
        with self.serve("--max-num-seqs", 1) as server:
            self.assertEqual(server.post("/slots/0?action=restore", {"filename": "other"})[0], 400)
            status, restored = server.post("/slots/0?action=restore", {"filename": "mine"})
            self.assertEqual((status, restored["n_restored"]), (200, num_tokens))
            again, usage = self.ask(server, messages)
            self.assertEqual(again, choices)
            self.assertEqual(self.cached(usage), usage["prompt_tokens"] - 1)

    def test_files_take_no_more_than_they_may(self):
        with self.serve("--session-bytes", "1MiB") as server:
            for messages in self.chats():
                self.ask(server, messages)
            self.assertLessEqual(server.metrics("g4rt:session_bytes")[0], 1 << 20)
            self.assertEqual(server.stop(), 0)
        self.assertTrue(self.files())
        self.assertLessEqual(sum(file.stat().st_size for file in self.files()), 1 << 20)

    def test_a_folder_that_cannot_be_is_said_at_once(self):
        file = self.write("file", "")
        for flags in (("--session-dir", file), ("--session-dir", self.folder, "--no-enable-prefix-caching")):
            done = run("serve", artifact("tiny.bf16"), "--port", "0", *flags)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("session", done.stderr)


if __name__ == "__main__":
    main()
