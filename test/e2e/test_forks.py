"""Several answers to one prompt, and several prompts of one request."""

import unittest

from programs import main
from serving import NO_END, serving

PROMPT = "Draw a small red circle and a large blue square. " * 20


class Forks(unittest.TestCase):
    """Answers without an end, so that all of their tokens can be seen."""

    def ask(self, server, **fields):
        body = {"model": "tiny", "prompt": PROMPT, "temperature": 1, "seed": 5, "max_tokens": 12, "logit_bias": NO_END}
        status, answer = server.post("/v1/completions", {**body, **fields})
        self.assertEqual(status, 200, answer)
        return answer

    def test_the_best_of_sixteen_are_those_with_the_likeliest_tokens(self):
        with serving("tiny.bf16") as server:
            every = self.ask(server, n=16, logprobs=0)
            best = self.ask(server, n=3, best_of=16)
            [likeliest] = self.ask(server, best_of=16, logprobs=0)["choices"]
            computed = server.metrics("g4rt:prompt_tokens_total")[0]

        def mean(choice):
            logprobs = choice["logprobs"]["token_logprobs"]
            return sum(logprobs) / len(logprobs)

        ranked = sorted(every["choices"], key=mean, reverse=True)
        self.assertGreater(mean(ranked[0]), mean(ranked[-1]))
        self.assertEqual([choice["text"] for choice in best["choices"]], [choice["text"] for choice in ranked[:3]])
        self.assertEqual([choice["index"] for choice in best["choices"]], [0, 1, 2])
        self.assertEqual({choice["logprobs"] for choice in best["choices"]}, {None})
        self.assertEqual(likeliest, {**ranked[0], "index": 0})
        for usage in (every["usage"], best["usage"]):
            self.assertEqual(usage["completion_tokens"], 16 * 12)
        # The prompt once, and its last token for each other answer.
        self.assertEqual(computed, every["usage"]["prompt_tokens"] + 47)

    def test_each_prompt_of_several_is_answered_as_if_alone_and_what_they_share_is_computed_once(self):
        prompts = [PROMPT + end for end in ("Draw it.", "Why?", "Draw a circle instead.")]
        with serving("tiny.bf16") as server:
            every = self.ask(server, prompt=prompts, n=2, echo=True)
            hits = server.metrics("g4rt:prefix_cache_hits_total")[0]
        with serving("tiny.bf16", "--no-enable-prefix-caching") as none:
            alone = [self.ask(none, prompt=prompt, n=2, echo=True) for prompt in prompts]
        choices = [choice for answer in alone for choice in answer["choices"]]
        for i, choice in enumerate(choices):
            choice["index"] = i
        self.assertEqual(every["choices"], choices)
        self.assertTrue(choices[2]["text"].startswith(prompts[1]))
        for key in ("prompt_tokens", "completion_tokens"):
            self.assertEqual(every["usage"][key], sum(answer["usage"][key] for answer in alone))
        # Five of six answers find the common begin.
        self.assertGreater(hits, 0.8 * 5 * min(answer["usage"]["prompt_tokens"] for answer in alone))


if __name__ == "__main__":
    main()
