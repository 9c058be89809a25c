"""Prompts that begin alike: what is computed once, and that no answer changes by it."""

import concurrent.futures
import unittest

from programs import main
from serving import serving

# Many windows of 64 positions.
LONG = "Draw a small red circle and a large blue square. " * 40


class Sessions(unittest.TestCase):
    """Each answer is compared with that of a server without a prefix cache."""

    def ask(self, server, messages, **fields):
        """Its choices, with log-probabilities to the last bit, and usage."""
        body = {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 40, "logprobs": True, **fields}
        status, answer = server.post("/v1/chat/completions", body)
        self.assertEqual(status, 200, answer)
        return answer["choices"], answer["usage"]

    def cached(self, usage):
        return usage["prompt_tokens_details"]["cached_tokens"]

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


if __name__ == "__main__":
    main()
