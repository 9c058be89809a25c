"""What the model says of a prompt's own tokens: prompt_logprobs, and echo with logprobs."""

import json
import threading
import unittest

from programs import TempTest, artifact, logit_rows, main
from serving import DRAW, NO_END, serving

MODEL = "tiny.bf16"
TEXT = "Draw a small red circle, a large blue square and 17 lines: é, ü, 漢字. " * 3
# Steps far smaller than the prompt.
SMALL = ("--threads", 1, "--max-num-seqs", 4, "--max-num-batched-tokens", 24)
DOORS = {
    "/v1/responses": {"input": "x"},
    "/v1/messages": {"messages": [{"role": "user", "content": "x"}], "max_tokens": 2},
    "/completion": {"prompt": "x"},
    "/api/generate": {"prompt": "x", "options": {"prompt_logprobs": 1}},
}


def events(text):
    """The objects of a stream."""
    lines = [line[6:] for line in text.split("\n\n") if line.startswith("data: ")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


class Server(TempTest):
    """One for all of a test's requests."""

    def complete(self, server, **fields):
        body = {"prompt": TEXT, "temperature": 0, "max_tokens": 5, "logit_bias": NO_END, **fields}
        status, answer = server.post("/v1/completions", body)
        self.assertEqual(status, 200, answer)
        return answer

    def ids(self, server, text=TEXT):
        return server.post("/tokenize", {"prompt": text})[1]["tokens"]

    def rows(self, ids):
        return logit_rows(self.eval_logits(artifact(MODEL), ids, "--threads", 1), len(ids))

    def close_to(self, got, want, at):
        self.assertLess(abs(got - want), 2e-5, at)


class PromptLogprobs(Server):
    """Beside the answer."""

    def check(self, listed, ids, rows, count):
        """The list against what eval says of the same ids."""
        self.assertEqual((len(listed), listed[0]), (len(ids), None))
        for i, (entries, row) in enumerate(zip(listed[1:], rows)):
            wanted = dict.fromkeys([ids[i + 1], *row.order[:count]])
            self.assertEqual(list(entries), [str(token) for token in wanted], i)
            for token, entry in entries.items():
                want = row.entry(int(token), entry["decoded_token"])
                self.close_to(entry.pop("logprob"), want.pop("logprob"), (i, token))
                self.assertEqual(entry, want, (i, token))

    def test_they_are_those_of_eval_and_the_answer_stays(self):
        with serving(MODEL, *SMALL) as server:
            ids = self.ids(server)
            rows = self.rows(ids)
            plain = self.complete(server)
            for count in (0, 3, 20):
                with self.subTest(count):
                    answer = self.complete(server, prompt_logprobs=count)
                    [choice] = answer["choices"]
                    self.check(choice.pop("prompt_logprobs"), ids, rows, count)
                    self.assertEqual(choice, plain["choices"][0])
                    self.assertEqual(answer["usage"]["prompt_tokens_details"], {"cached_tokens": 0})

    def test_their_texts_are_the_prompts(self):
        with serving(MODEL, *SMALL) as server:
            [choice] = self.complete(server, prompt=DRAW, prompt_logprobs=0)["choices"]
            [*tokens] = (entry for entries in choice["prompt_logprobs"][1:] for entry in entries.values())
            self.assertEqual("".join(token["decoded_token"] for token in tokens), DRAW)

    def test_a_prompt_of_one_token_has_nothing_to_tell(self):
        with serving(MODEL, *SMALL) as server:
            answer = self.complete(server, prompt=[2], prompt_logprobs=1)
            self.assertEqual(answer["choices"][0]["prompt_logprobs"], [None])

    def test_beside_others_they_are_the_same_and_so_are_the_others(self):
        with serving(MODEL, *SMALL) as server:
            alone = self.complete(server, prompt_logprobs=2)["choices"]
            other = server.chat(DRAW, max_tokens=400, logit_bias=NO_END)[1]["choices"]
            others, mine = [], []
            threads = [
                threading.Thread(target=lambda: others.append(server.chat(DRAW, max_tokens=400, logit_bias=NO_END)))
                for _ in range(3)
            ] + [threading.Thread(target=lambda: mine.append(self.complete(server, prompt_logprobs=2))) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(server.seconds)
            self.assertEqual([answer["choices"] for answer in mine], [alone] * 4)
            self.assertEqual([answer["choices"] for _, answer in others], [other] * 3)

    def test_the_choices_and_prompts_of_a_request_have_their_own(self):
        prompts = ["Draw a red circle.", "Why?"]
        with serving(MODEL, *SMALL) as server:
            alone = [self.complete(server, prompt=prompt, prompt_logprobs=1) for prompt in prompts]
            computed = server.metrics("g4rt:prompt_tokens_total")[0]
            answer = self.complete(server, prompt=prompts, n=3, prompt_logprobs=1, temperature=1, seed=3)
            lists = [choice["prompt_logprobs"] for choice in answer["choices"]]
            wanted = [one["choices"][0]["prompt_logprobs"] for one in alone for _ in range(3)]
            self.assertEqual(lists, wanted)
            # The first choice of each computes all, and the others what the cache does not have yet.
            self.assertGreaterEqual(server.metrics("g4rt:prompt_tokens_total")[0] - computed, sum(map(len, wanted[::3])))

    def test_those_of_a_chat_stand_beside_its_choices(self):
        messages = [{"role": "user", "content": DRAW}]
        with serving(MODEL, *SMALL) as server:
            plain = server.chat(DRAW, max_tokens=8)[1]
            status, answer = server.chat(DRAW, max_tokens=8, prompt_logprobs=2)
            self.assertEqual((status, answer["choices"]), (200, plain["choices"]))
            ids = server.post("/apply-template", {"messages": messages})[1]["tokens"]
            self.check(answer["prompt_logprobs"], ids, self.rows(ids), 2)

    def test_what_cannot_be_given_is_refused_by_name(self):
        with serving(MODEL, *SMALL) as server:
            for fields in (
                {"prompt_logprobs": 1, "stream": True},
                {"prompt_logprobs": -1},
                {"prompt_logprobs": 21},
                {"prompt_logprobs": True},
                {"max_tokens": 0},
            ):
                with self.subTest(fields):
                    status, answer = server.post("/v1/completions", {"prompt": "x", **fields})
                    self.assertEqual((status, answer["error"]["param"]), (400, next(iter(fields))))
            for path, body in DOORS.items():
                with self.subTest(path):
                    status, answer = server.post(path, {"prompt_logprobs": 1, **body})
                    error = answer.get("error")
                    param = error["param"] if isinstance(error, dict) else answer["param"]
                    self.assertEqual((status, param.split(".")[-1]), (400, "prompt_logprobs"), answer)


class Echo(Server):
    """In front of the answer."""

    def test_the_lists_begin_with_the_prompt(self):
        with serving(MODEL, *SMALL) as server:
            ids = self.ids(server)
            rows = self.rows(ids)
            [plain] = self.complete(server, logprobs=2)["choices"]
            [choice] = self.complete(server, logprobs=2, echo=True)["choices"]
        self.assertEqual(choice["text"], TEXT + plain["text"])
        logprobs = choice["logprobs"]
        for name in ("tokens", "token_logprobs", "top_logprobs"):
            self.assertEqual(logprobs[name][len(ids) :], plain["logprobs"][name], name)
        self.assertEqual([logprobs[name][0] for name in ("tokens", "token_logprobs", "top_logprobs")], ["<bos>", None, None])
        for i, row in enumerate(rows[:-1]):
            self.close_to(logprobs["token_logprobs"][i + 1], row.logprob(ids[i + 1]), i)
            self.assertLessEqual(len(logprobs["top_logprobs"][i + 1]), 3)
        # Pieces of a character that is several tokens have none of their own.
        for token, offset in zip(logprobs["tokens"][1:], logprobs["text_offset"][1:]):
            if "\ufffd" not in token:
                self.assertEqual(choice["text"][offset : offset + len(token)], token)

    def test_a_stream_says_the_same(self):
        with serving(MODEL, *SMALL) as server:
            fields = {"prompt": [TEXT, "Why?"], "logprobs": 1, "echo": True, "n": 2, "seed": 4, "temperature": 1}
            whole = self.complete(server, **fields)["choices"]
            chunks = events(self.complete(server, **fields, stream=True))
        streamed = [{"text": "", "logprobs": {name: [] for name in choice["logprobs"]}} for choice in whole]
        for chunk in chunks:
            for choice in chunk["choices"]:
                to = streamed[choice["index"]]
                to["text"] += choice["text"]
                for name, values in choice["logprobs"].items():
                    to["logprobs"][name] += values
        self.assertEqual(streamed, [{"text": choice["text"], "logprobs": choice["logprobs"]} for choice in whole])

    def test_without_tokens_of_its_own_it_is_the_prompt_alone(self):
        with serving(MODEL, *SMALL) as server:
            scored = self.complete(server, echo=True, logprobs=0, max_tokens=1)["choices"][0]
            answer = self.complete(server, echo=True, logprobs=0, max_tokens=0)
            [choice] = answer["choices"]
            self.assertEqual((choice["text"], choice["finish_reason"]), (TEXT, "length"))
            self.assertEqual(answer["usage"]["completion_tokens"], 0)
            for name, values in choice["logprobs"].items():
                self.assertEqual(values, scored["logprobs"][name][:-1], name)
            stream = events(self.complete(server, echo=True, max_tokens=0, stream=True))
            self.assertEqual("".join(chunk["choices"][0]["text"] for chunk in stream), TEXT)


if __name__ == "__main__":
    main()
