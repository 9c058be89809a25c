"""OpenAI's own client, as an application would use it."""

import asyncio
import json
import unittest

import openai

from programs import Paths, heldout_other, main
from serving import CIRCLE, DRAW, Server


def heldout(count):
    """Messages of held-out drawings."""
    with open(Paths.source / "models/tiny/heldout.jsonl", encoding="utf-8") as lines:
        return [json.loads(line)["messages"] for _, line in zip(range(count), lines)]


def user(text):
    return [{"role": "user", "content": text}]


class ClientTest(unittest.TestCase):
    """One server for all tests of a class."""

    model, flags = "tiny.bf16", ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.model, *cls.flags)
        cls.addClassCleanup(cls.server.close)
        address = {"base_url": cls.server.url + "/v1", "api_key": "none", "max_retries": 0}
        cls.client = openai.OpenAI(**address)
        cls.addClassCleanup(cls.client.close)
        cls.address = address

    def ask(self, text=DRAW, **fields):
        return self.client.chat.completions.create(
            **{"model": "tiny", "messages": user(text), "temperature": 0, **fields}
        )

    def stream(self, **fields):
        return list(self.ask(stream=True, **fields))


def text_of(chunks):
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


class Chat(ClientTest):
    """Chat completions."""

    def test_an_answer_has_text_reason_and_usage(self):
        answer = self.ask()
        choice, usage = answer.choices[0], answer.usage
        self.assertIn(CIRCLE, choice.message.content)
        self.assertEqual((choice.finish_reason, choice.message.role, answer.model), ("stop", "assistant", "tiny"))
        self.assertEqual(usage.prompt_tokens + usage.completion_tokens, usage.total_tokens)
        self.assertGreater(usage.prompt_tokens, 5)

    def test_a_stream_is_the_answer_in_pieces(self):
        answer = self.ask()
        chunks = self.stream(stream_options={"include_usage": True})
        self.assertEqual(text_of(chunks), answer.choices[0].message.content)
        self.assertGreater(len(chunks), 10)
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        reasons = [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices]
        self.assertEqual((reasons[-1], set(reasons[:-1])), ("stop", {None}))
        self.assertEqual(chunks[-1].usage, answer.usage)

    def test_the_models_list_has_the_model(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["tiny"])
        self.assertEqual(self.client.models.retrieve("tiny").id, "tiny")

    def test_a_stop_string_ends_the_text_before_it(self):
        whole = self.ask().choices[0].message.content
        for stop in (" viewBox", "</title>", "large red"):
            choice = self.ask(stop=[stop, "never"]).choices[0]
            self.assertEqual(choice.message.content, whole[: whole.index(stop)])
            self.assertEqual(choice.finish_reason, "stop")
            self.assertEqual(text_of(self.stream(stop=stop)), whole[: whole.index(stop)])

    def test_max_tokens_cuts_an_answer(self):
        answer = self.ask(max_tokens=7)
        self.assertEqual(answer.choices[0].finish_reason, "length")
        self.assertEqual(answer.usage.completion_tokens, 7)
        self.assertEqual(self.ask(max_completion_tokens=3).usage.completion_tokens, 3)

    def test_logprobs_are_of_the_tokens_of_the_answer(self):
        answer = self.ask(logprobs=True, top_logprobs=3, max_tokens=12)
        tokens = answer.choices[0].logprobs.content
        self.assertEqual(len(tokens), 12)
        self.assertEqual("".join(token.token for token in tokens), answer.choices[0].message.content)
        for token in tokens:
            self.assertEqual(len(token.top_logprobs), 3)
            self.assertLessEqual(token.logprob, 0)
            self.assertEqual(token.top_logprobs[0].token, token.token)  # greedy
            self.assertEqual(token.top_logprobs[0].logprob, token.logprob)

    def test_a_seed_repeats_a_random_answer(self):
        fields = {"temperature": 2, "top_p": 1, "max_tokens": 40, "extra_body": {"top_k": 0}}
        texts = [self.ask(seed=seed, **fields).choices[0].message.content for seed in (1, 1, 2)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_a_thought_is_no_content(self):
        fields = {"extra_body": {"chat_template_kwargs": {"enable_thinking": True}}}
        message = self.ask(**fields).choices[0].message
        self.assertIn("Circle: center 50,50", message.reasoning_content)
        self.assertTrue(message.content.startswith("<svg"))
        self.assertIn(CIRCLE, message.content)
        self.assertEqual(text_of(self.stream(**fields)), message.content)

    def test_a_tool_is_called_with_json(self):
        cases = [case for case in heldout_other() if case.get("tools")]
        case = next(case for case in cases if case["messages"][-1]["role"] == "user")
        choice = self.ask(messages=case["messages"], tools=case["tools"]).choices[0]
        self.assertEqual(choice.finish_reason, "tool_calls")
        call = choice.message.tool_calls[0].function
        self.assertIn(call.name, [tool["function"]["name"] for tool in case["tools"]])
        self.assertIsInstance(json.loads(call.arguments), dict)

    def test_a_follow_up_changes_the_drawing(self):
        first = self.ask("Draw a small green triangle.").choices[0].message.content
        messages = [*user("Draw a small green triangle."), {"role": "assistant", "content": first}, *user("Make it red.")]
        self.assertIn('fill="red"', self.ask(messages=messages).choices[0].message.content)


class Completions(ClientTest):
    """Text completions."""

    PROMPT = f"<bos><|turn>user\n{DRAW}<turn|>\n<|turn>model\n<|channel>thought\n<channel|>"

    def complete(self, **fields):
        return self.client.completions.create(
            **{"model": "tiny", "prompt": self.PROMPT, "temperature": 0, "max_tokens": 200, **fields}
        )

    def test_text_goes_on(self):
        choice = self.complete().choices[0]
        self.assertIn(CIRCLE, choice.text)
        self.assertEqual(choice.finish_reason, "stop")

    def test_a_prompt_is_scored(self):
        """As evaluations do it: the prompt in front, and none or one token of its own."""
        for most in (0, 1):
            [choice] = self.complete(echo=True, logprobs=2, max_tokens=most).choices
            scores = choice.logprobs
            self.assertEqual(scores.token_logprobs[0], None)
            for best, score in zip(scores.top_logprobs[1:], scores.token_logprobs[1:]):
                self.assertLessEqual(score, max(best.values()))
            self.assertEqual("".join(scores.tokens), choice.text)
            beside = self.complete(max_tokens=1, extra_body={"prompt_logprobs": 0}).choices[0].prompt_logprobs
            told = [entry["logprob"] for entries in beside[1:] for entry in entries.values()]
            self.assertEqual(told, scores.token_logprobs[1 : len(beside)])

    def test_a_stream_is_the_text_in_pieces(self):
        pieces = [chunk.choices[0].text for chunk in self.complete(stream=True)]
        self.assertEqual("".join(pieces), self.complete().choices[0].text)


class Errors(ClientTest):
    """The client raises what its users expect."""

    def test_an_unknown_model(self):
        with self.assertRaises(openai.NotFoundError) as raised:
            self.ask(model="gpt-7")
        self.assertEqual(raised.exception.code, "model_not_found")

    def test_a_prompt_that_is_too_long(self):
        for stream in (False, True):
            with self.assertRaises(openai.BadRequestError) as raised:
                self.ask("a b c " * 1500, stream=stream)
            self.assertEqual(raised.exception.code, "context_length_exceeded")

    def test_numbers_that_cannot_be(self):
        for fields in ({"temperature": -1}, {"top_p": 2}, {"max_tokens": -3}, {"max_tokens": 0}, {"top_logprobs": 99, "logprobs": True}):
            with self.subTest(fields), self.assertRaises(openai.BadRequestError) as raised:
                self.ask(**fields)
            self.assertIn(raised.exception.param, fields)

    def test_no_messages(self):
        with self.assertRaises(openai.BadRequestError):
            self.ask(messages=[])


class Together(ClientTest):
    """Many at once."""

    model = "tiny.f32"

    async def stream_text(self, client, messages, **fields):
        stream = await client.chat.completions.create(model="tiny", messages=messages, stream=True, **fields)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    async def answers(self, requests, is_together):
        async with openai.AsyncOpenAI(**self.address) as client:
            streams = [self.stream_text(client, messages, **fields) for messages, fields in requests]
            if is_together:
                return await asyncio.gather(*streams)
            return [await stream for stream in streams]

    def test_sixteen_streams_are_what_they_are_alone(self):
        requests = [(messages, {"temperature": 0}) for messages in heldout(8)]
        requests += [
            (messages, {"temperature": 1.5, "seed": seed, "max_tokens": 60 + 5 * seed})
            for seed, messages in enumerate(heldout(8))
        ]
        alone = asyncio.run(self.answers(requests, is_together=False))
        for _ in range(3):
            self.assertEqual(asyncio.run(self.answers(requests, is_together=True)), alone)
        self.assertEqual(len(set(alone[:8])), 8)

    def test_forty_requests_wait_for_their_turn(self):
        requests = [(messages, {"temperature": 0}) for messages in heldout(40)]
        texts = asyncio.run(self.answers(requests, is_together=True))
        self.assertTrue(all(text.startswith("<svg") for text in texts))


if __name__ == "__main__":
    main()
