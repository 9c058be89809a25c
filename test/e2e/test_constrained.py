"""Answers that are held to a form, as OpenAI's client asks for them."""

import json
import re
import unittest

import openai

from programs import main
from serving import DRAW, Server, held_engine
from test_openai import ClientTest

SHAPE = {
    "type": "object",
    "properties": {
        "kind": {"enum": ["circle", "square"]},
        "size": {"type": "integer", "minimum": 1, "maximum": 99},
        "tags": {"type": "array", "items": {"type": "string", "maxLength": 8}, "maxItems": 2},
    },
    "required": ["kind", "size"],
    "additionalProperties": False,
}
PLACE = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "required": ["x", "y"]}


def tool(name, parameters):
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


TOOLS = [tool("draw_shape", SHAPE), tool("move.to", PLACE)]


def is_shape(value):
    return (
        set(value) <= set(SHAPE["properties"])
        and value["kind"] in ("circle", "square")
        and isinstance(value["size"], int)
        and 1 <= value["size"] <= 99
        and len(value.get("tags", [])) <= 2
        and all(len(tag) <= 8 for tag in value.get("tags", []))
    )


def is_place(value):
    return set(value) == {"x", "y"} and all(isinstance(number, int) for number in value.values())


CHECKS = {"draw_shape": is_shape, "move.to": is_place}


class Constrained(ClientTest):
    """The model was never told to answer so."""

    def ask(self, text=DRAW, **fields):
        return super().ask(text, **{"max_tokens": 400, **fields})

    def both(self, **fields):
        """The choice of a whole answer, which a stream of the same request equals."""
        choice = self.ask(**fields).choices[0]
        content, calls, reason = "", [], None
        for chunk in self.ask(stream=True, **fields):
            delta = chunk.choices[0].delta
            content += delta.content or ""
            for part in delta.tool_calls or []:
                if part.index == len(calls):
                    calls.append([part.function.name, ""])
                calls[part.index][1] += part.function.arguments or ""
            reason = chunk.choices[0].finish_reason or reason
        self.assertEqual(content, choice.message.content or "")
        self.assertEqual(
            calls, [[call.function.name, call.function.arguments] for call in choice.message.tool_calls or []]
        )
        self.assertEqual(reason, choice.finish_reason)
        return choice

    def calls_of(self, choice):
        """The checked calls of a choice, whose answer ended with them."""
        self.assertEqual(choice.finish_reason, "tool_calls")
        for call in choice.message.tool_calls:
            self.assertTrue(CHECKS[call.function.name](json.loads(call.function.arguments)), call)
        return choice.message.tool_calls

    def test_a_schema_is_obeyed(self):
        form = {"type": "json_schema", "json_schema": {"name": "shape", "schema": SHAPE, "strict": True}}
        for fields in ({}, *({"temperature": 2, "seed": seed} for seed in range(1, 9))):
            with self.subTest(fields):
                choice = self.both(response_format=form, **fields)
                self.assertEqual(choice.finish_reason, "stop")
                self.assertTrue(is_shape(json.loads(choice.message.content)))

    def test_a_schema_of_a_deep_list_is_obeyed_by_a_text_completion(self):
        schema = {"type": "array", "items": {"type": "array", "items": {"type": "boolean"}, "maxItems": 2}, "maxItems": 3}
        answer = self.client.completions.create(
            model="tiny", prompt="[", temperature=1.5, seed=3, max_tokens=200, extra_body={"guided_json": schema}
        )
        value = json.loads(answer.choices[0].text)
        self.assertTrue(all(entry in (True, False) for inner in value for entry in inner))

    def test_any_object_is_json(self):
        choice = self.both(response_format={"type": "json_object"}, max_tokens=1500)
        self.assertTrue(choice.message.content.lstrip().startswith("{"))
        if choice.finish_reason == "stop":
            self.assertIsInstance(json.loads(choice.message.content), dict)

    def test_choices_expressions_and_grammars_are_obeyed(self):
        grammar = 'root ::= word ("-" word){1,2}\nword ::= "ab" | "cd"'
        cases = [
            ({"guided_choice": ["yes", "no, never"]}, "yes|no, never"),
            ({"guided_regex": r"[A-F]{3}-\d\d"}, r"[A-F]{3}-\d\d"),
            ({"structured_outputs": {"regex": "(x|yz){1,9}!"}}, "(x|yz){1,9}!"),
            ({"guided_grammar": grammar}, "(ab|cd)(-(ab|cd)){1,2}"),
            ({"grammar": grammar}, "(ab|cd)(-(ab|cd)){1,2}"),
        ]
        for body, expression in cases:
            with self.subTest(body):
                choice = self.both(extra_body=body)
                self.assertRegex(choice.message.content, f"^(?:{expression})$")
                self.assertEqual(choice.finish_reason, "stop")

    def test_a_thought_is_free_and_the_content_is_not(self):
        form = {"type": "json_schema", "json_schema": {"name": "shape", "schema": SHAPE}}
        choice = self.both(response_format=form, extra_body={"chat_template_kwargs": {"enable_thinking": True}})
        self.assertIn("center", choice.message.reasoning_content)
        self.assertTrue(is_shape(json.loads(choice.message.content)))

    def test_a_required_call_is_made_and_obeys(self):
        for fields in ({}, *({"temperature": 2, "seed": seed} for seed in range(1, 9))):
            with self.subTest(fields):
                choice = self.both(
                    tools=TOOLS, tool_choice="required", parallel_tool_calls=False, extra_body={"top_k": 0}, **fields
                )
                self.assertEqual(len(self.calls_of(choice)), 1)
                self.assertFalse(choice.message.content)

    def test_a_named_call_is_the_one(self):
        for name in CHECKS:
            choice = self.both(tools=TOOLS, tool_choice={"type": "function", "function": {"name": name}})
            self.assertEqual([call.function.name for call in self.calls_of(choice)], [name])

    def test_no_call_where_none_may_be(self):
        choice = self.both(tools=TOOLS, tool_choice="none")
        self.assertEqual((choice.finish_reason, choice.message.tool_calls), ("stop", None))

    def test_an_unknown_choice_or_tool_is_refused(self):
        for choice in ("any", {"type": "function", "function": {"name": "other"}}):
            with self.assertRaises(openai.BadRequestError) as raised:
                self.ask(tools=TOOLS, tool_choice=choice)
            self.assertIn("tool_choice", raised.exception.param)

    def test_a_keyword_that_cannot_be_obeyed_is_named(self):
        for keyword, value in (("not", {}), ("patternProperties", {}), ("uniqueItems", True), ("if", {})):
            schema = {"type": "object", "properties": {"a": {keyword: value}}}
            form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
            with self.assertRaises(openai.BadRequestError) as raised:
                self.ask(response_format=form)
            self.assertEqual(
                raised.exception.param, f"response_format.json_schema.schema.properties.a.{keyword}"
            )

    def test_a_thought_ends_when_its_tokens_do(self):
        def thought(**fields):
            message = self.ask(**fields).choices[0].message
            self.assertIn("<svg", message.content)
            return getattr(message, "reasoning_content", "") or ""

        whole = thought(reasoning_effort="high")
        cut = thought(reasoning_effort="high", extra_body={"thinking_budget": 5})
        self.assertTrue(whole.startswith(cut))
        self.assertLess(len(cut), len(whole))
        self.assertEqual(thought(reasoning_effort="none"), "")
        self.assertEqual(thought(extra_body={"chat_template_kwargs": {"enable_thinking": True}}), whole)

    def test_a_thought_ends_when_it_is_asked_to(self):
        whole = self.ask(reasoning_effort="high").choices[0].message.reasoning_content
        self.assertTrue(whole)
        # The engine finds both messages before it has computed anything.
        with held_engine(self.server):
            stream = self.client.chat.completions.with_raw_response.create(
                model="tiny", messages=[{"role": "user", "content": DRAW}], temperature=0,
                reasoning_effort="high", stream=True,
            )  # fmt: skip
            answer = self.server.post(f"/v1/requests/{stream.headers['x-request-id']}/end_thinking", {})
            self.assertEqual((answer[0], answer[1]["answers"]), (200, 1))
        deltas = [chunk.choices[0].delta for chunk in stream.parse()]
        self.assertEqual("".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas), "")
        self.assertTrue("".join(delta.content or "" for delta in deltas))


class Defaults(unittest.TestCase):
    """What the server says of thinking where a request does not."""

    def test_the_server_can_make_models_think(self):
        for flags in (("--reasoning", "on"), ("--default-chat-template-kwargs", '{"enable_thinking": true}')):
            server = Server("tiny.bf16", *flags)
            self.addCleanup(server.close)
            status, answer = server.chat(DRAW)
            self.assertEqual(status, 200)
            self.assertTrue(re.search("center", answer["choices"][0]["message"]["reasoning_content"]))
            answer = server.chat(DRAW, reasoning_effort="none")[1]
            self.assertNotIn("reasoning_content", answer["choices"][0]["message"])


if __name__ == "__main__":
    main()
