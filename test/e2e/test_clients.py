"""Anthropic's, Ollama's and llama-server's clients speak to g4rt serve as to their own servers."""

import json

import anthropic
import ollama

from clients import ClientTest
from programs import main
from serving import CIRCLE, DRAW


class Anthropic(ClientTest):
    """Anthropic's own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = anthropic.Anthropic(base_url=cls.url, api_key="none", max_retries=0)
        cls.addClassCleanup(cls.client.close)

    def fields(self, **fields):
        message = {"role": "user", "content": DRAW}
        return {"model": "tiny", "max_tokens": 400, "messages": [message], "extra_body": {"temperature": 0}, **fields}

    def ask(self, **fields):
        return self.client.messages.create(**self.fields(**fields))

    def tools(self):
        names = {"parameters": "input_schema"}
        keys = ("name", "description", "parameters")
        return [{names.get(key, key): function[key] for key in keys if key in function} for function in self.functions]

    def test_a_message_has_text_reason_and_usage(self):
        message = self.ask()
        self.assertIn(CIRCLE, message.content[0].text)
        self.assertEqual((message.stop_reason, message.role, message.model), ("end_turn", "assistant", "tiny"))
        self.assertGreater(message.usage.output_tokens, 5)

    def test_a_stream_adds_up_to_the_message(self):
        with self.client.messages.stream(**self.fields()) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        self.assertEqual(text, self.ask().content[0].text)
        self.assertEqual(final.content[0].text, text)
        self.assertEqual(final.stop_reason, "end_turn")

    def test_thinking_is_a_block(self):
        fields = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
        message = self.ask(**fields)
        self.assertEqual([block.type for block in message.content], ["thinking", "text"])
        self.assertIn("Circle: center 50,50", message.content[0].thinking)
        with self.client.messages.stream(**self.fields(**fields)) as stream:
            final = stream.get_final_message()
        self.assertEqual(final.content[0].thinking, message.content[0].thinking)
        self.assertEqual(final.content[1].text, message.content[1].text)
        # What it said is taken back.
        history = [
            {"role": "user", "content": DRAW},
            {"role": "assistant", "content": [block.model_dump() for block in message.content]},
            {"role": "user", "content": "Make it blue."},
        ]
        self.assertIn("blue", self.ask(messages=history).content[0].text)

    def test_a_tool_is_called_and_answered(self):
        system, messages = self.flat_messages()
        fields = {"system": system, "messages": messages, "tools": self.tools(), "tool_choice": {"type": "any"}}
        message = self.ask(**fields)
        self.assertEqual(message.stop_reason, "tool_use")
        call = next(block for block in message.content if block.type == "tool_use")
        self.assertIn(call.name, self.names)
        self.assertIsInstance(call.input, dict)
        with self.client.messages.stream(**self.fields(**fields)) as stream:
            streamed = next(block for block in stream.get_final_message().content if block.type == "tool_use")
        self.assertEqual((streamed.name, streamed.input), (call.name, call.input))
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "12"}
        history = [
            *messages,
            {"role": "assistant", "content": [block.model_dump() for block in message.content]},
            {"role": "user", "content": [result]},
        ]
        self.assertEqual(self.ask(system=system, messages=history, tools=self.tools()).role, "assistant")

    def test_a_stop_sequence_is_named(self):
        message = self.ask(stop_sequences=[" viewBox"])
        self.assertEqual((message.stop_reason, message.stop_sequence), ("stop_sequence", " viewBox"))

    def test_tokens_are_counted(self):
        message = {"role": "user", "content": DRAW}
        count = self.client.messages.count_tokens(model="tiny", messages=[message])
        usage = self.ask(max_tokens=1).usage
        self.assertEqual(count.input_tokens, usage.input_tokens + usage.cache_read_input_tokens)

    def test_a_prefill_is_gone_on_with(self):
        whole = self.ask().content[0].text
        start = whole[: whole.index(" viewBox")]
        messages = [{"role": "user", "content": DRAW}, {"role": "assistant", "content": start}]
        self.assertEqual(start + self.ask(messages=messages).content[0].text, whole)

    def test_errors_are_anthropics(self):
        with self.assertRaises(anthropic.BadRequestError) as raised:
            self.ask(extra_body={"top_p": 7})
        self.assertEqual(raised.exception.body["error"]["param"], "top_p")
        with self.assertRaises(anthropic.NotFoundError):
            self.ask(model="claude")


class Ollama(ClientTest):
    """Ollama's own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = ollama.Client(host=cls.url)

    def chat(self, **fields):
        message = {"role": "user", "content": DRAW}
        return self.client.chat(**{"model": "tiny", "messages": [message], "options": {"temperature": 0}, **fields})

    def test_a_chat_is_answered_whole_and_in_lines(self):
        answer = self.chat()
        self.assertIn(CIRCLE, answer.message.content)
        self.assertEqual((answer.done, answer.done_reason), (True, "stop"))
        self.assertGreater(answer.eval_count, 5)
        lines = list(self.chat(stream=True))
        self.assertEqual("".join(line.message.content for line in lines), answer.message.content)
        self.assertEqual([line.done for line in lines], [False] * (len(lines) - 1) + [True])

    def test_a_thought_is_told_apart(self):
        message = self.chat(think=True).message
        self.assertIn("Circle: center 50,50", message.thinking)
        self.assertIn(CIRCLE, message.content)

    def test_a_tool_is_called(self):
        answer = self.chat(messages=self.case["messages"], tools=self.case["tools"])
        call = answer.message.tool_calls[0].function
        self.assertIn(call.name, self.names)
        self.assertIsInstance(call.arguments, dict)
        history = [*self.case["messages"], answer.message, {"role": "tool", "tool_name": call.name, "content": "12"}]
        self.assertEqual(self.chat(messages=history, tools=self.case["tools"]).message.role, "assistant")

    def test_json_obeys_its_schema(self):
        schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
        self.assertIn("a", json.loads(self.chat(format=schema).message.content))

    def test_a_prompt_is_answered(self):
        answer = self.client.generate(model="tiny:latest", prompt=DRAW, options={"temperature": 0})
        self.assertEqual(answer.response, self.chat().message.content)
        short = self.client.generate(model="tiny", prompt=DRAW, options={"temperature": 0, "num_predict": 3})
        self.assertEqual((short.done_reason, short.eval_count), ("length", 3))

    def test_the_model_is_listed_and_shown(self):
        self.assertEqual([model.model for model in self.client.list().models], ["tiny:latest"])
        self.assertEqual([model.model for model in self.client.ps().models], ["tiny:latest"])
        self.assertIn("tools", self.client.show("tiny").capabilities)

    def test_errors_have_their_status(self):
        for fields, status in (({"model": "other"}, 404), ({"options": {"top_p": 7}}, 400)):
            with self.subTest(fields), self.assertRaises(ollama.ResponseError) as raised:
                self.chat(**fields)
            self.assertEqual(raised.exception.status_code, status)


class LlamaServer(ClientTest):
    """What llama-server's clients, which have no package, ask."""

    PROMPT = f"<|turn>user\n{DRAW}<turn|>\n<|turn>model\n<|channel>thought\n<channel|>"

    def test_a_text_goes_on(self):
        body = {"prompt": self.PROMPT, "n_predict": 200, "temperature": 0}
        status, answer = self.server.post("/completion", body)
        self.assertEqual(status, 200)
        self.assertIn(CIRCLE, answer["content"])
        self.assertEqual(answer["stop_type"], "eos")
        self.assertGreater(answer["timings"]["predicted_per_second"], 0)

    def test_the_server_says_what_holds(self):
        self.assertEqual(self.server.get("/props")[1]["model_alias"], "tiny")
        slots = self.server.get("/slots")[1]
        self.assertEqual(len(slots), self.server.get("/props")[1]["total_slots"])


if __name__ == "__main__":
    main()
