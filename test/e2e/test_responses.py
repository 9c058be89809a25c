"""OpenAI's newer API by its own client, and LiteLLM and LangChain, which speak several APIs."""

import json
import os
from typing import Literal

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # litellm asks GitHub for prices otherwise

import langchain_openai
import litellm
import openai
from langchain_core.tools import tool

from clients import ClientTest
from programs import main
from serving import CIRCLE, DRAW


class Responses(ClientTest):
    """OpenAI's newer API by its own client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.client = openai.OpenAI(base_url=cls.url + "/v1", api_key="none", max_retries=0)
        cls.addClassCleanup(cls.client.close)

    def respond(self, **fields):
        return self.client.responses.create(**{"model": "tiny", "input": DRAW, "temperature": 0, **fields})

    def test_a_response_has_text_and_usage(self):
        response = self.respond()
        self.assertIn(CIRCLE, response.output_text)
        self.assertEqual(response.status, "completed")
        usage = response.usage
        self.assertEqual(usage.input_tokens + usage.output_tokens, usage.total_tokens)

    def test_a_stream_adds_up_to_the_response(self):
        with self.client.responses.stream(model="tiny", input=DRAW, temperature=0) as stream:
            text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
            final = stream.get_final_response()
        self.assertEqual(text, final.output_text)
        self.assertEqual(text, self.respond().output_text)

    def test_a_thought_is_an_item_of_its_own(self):
        response = self.respond(reasoning={"effort": "high"})
        self.assertEqual([item.type for item in response.output], ["reasoning", "message"])
        self.assertIn("Circle: center 50,50", response.output[0].content[0].text)
        self.assertIn(CIRCLE, response.output_text)
        self.assertGreater(response.usage.output_tokens_details.reasoning_tokens, 5)

    def test_a_response_goes_on_from_the_one_before(self):
        first = self.respond(input="Draw a small green triangle.")
        second = self.respond(input="Make it red.", previous_response_id=first.id)
        self.assertIn('fill="red"', second.output_text)
        self.assertIn("<polygon", second.output_text)
        self.assertEqual(self.client.responses.retrieve(first.id).output_text, first.output_text)
        self.client.responses.delete(first.id)
        with self.assertRaises(openai.BadRequestError) as raised:
            self.respond(previous_response_id=first.id)
        self.assertEqual(raised.exception.param, "previous_response_id")

    def test_a_tool_is_called_and_answered(self):
        tools = [{"type": "function", **function} for function in self.functions]
        system, messages = self.flat_messages()
        response = self.respond(input=messages, instructions=system, tools=tools, tool_choice="required")
        call = next(item for item in response.output if item.type == "function_call")
        self.assertIn(call.name, self.names)
        self.assertIsInstance(json.loads(call.arguments), dict)
        result = {"type": "function_call_output", "call_id": call.call_id, "output": "12"}
        after = self.respond(input=[result], previous_response_id=response.id, tools=tools)
        self.assertEqual(after.status, "completed")

    def test_json_obeys_its_schema(self):
        schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
        text = {"format": {"type": "json_schema", "name": "n", "schema": schema, "strict": True}}
        self.assertEqual(list(json.loads(self.respond(text=text).output_text)), ["a"])

    def test_a_cut_response_is_incomplete(self):
        response = self.respond(max_output_tokens=3)
        self.assertEqual((response.status, response.incomplete_details.reason), ("incomplete", "max_output_tokens"))

    def test_what_is_wrong_is_named(self):
        for fields in ({"temperature": -1}, {"input": []}, {"max_output_tokens": 0}, {"tools": [{"type": "web_search"}]}):
            with self.subTest(fields), self.assertRaises(openai.BadRequestError) as raised:
                self.respond(**fields)
            self.assertTrue(raised.exception.param.startswith(next(iter(fields))), raised.exception.param)


class LiteLlm(ClientTest):
    """LiteLLM, by way of three of its providers."""

    def ask(self, model, **fields):
        message = {"role": "user", "content": DRAW}
        return litellm.completion(
            **{"model": model, "messages": [message], "api_key": "none", "temperature": 0, "max_tokens": 400, **fields}
        )

    def test_every_provider_gets_the_same_text(self):
        texts = {
            model: self.ask(model, api_base=base).choices[0].message.content
            for model, base in (
                ("openai/tiny", self.url + "/v1"),
                ("anthropic/tiny", self.url),
                ("ollama_chat/tiny", self.url),
            )
        }
        self.assertEqual(len(set(texts.values())), 1, texts)
        self.assertIn(CIRCLE, texts["openai/tiny"])

    def test_a_stream_is_the_text_in_pieces(self):
        base = self.url + "/v1"
        chunks = list(self.ask("openai/tiny", api_base=base, stream=True))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        self.assertEqual(text, self.ask("openai/tiny", api_base=base).choices[0].message.content)

    def test_a_long_prompt_is_known_as_one(self):
        message = {"role": "user", "content": "a b c " * 1500}
        with self.assertRaises(litellm.ContextWindowExceededError):
            self.ask("openai/tiny", api_base=self.url + "/v1", messages=[message])


@tool
def paint(colour: Literal["red", "green"]) -> str:
    """Paints the wall."""
    return colour


class LangChain(ClientTest):
    """LangChain's client of OpenAI's two APIs."""

    def model(self, **fields):
        return langchain_openai.ChatOpenAI(base_url=self.url + "/v1", api_key="none", model="tiny", temperature=0, max_retries=0, **fields)

    def test_both_apis_give_the_same_text(self):
        for fields in ({}, {"use_responses_api": True}):
            model = self.model(**fields)
            answer = model.invoke(DRAW)
            self.assertIn(CIRCLE, answer.text)
            text = "".join(chunk.text for chunk in model.stream(DRAW))
            self.assertEqual(text, answer.text)

    def test_a_tool_is_called(self):
        call = self.model().bind_tools([paint], tool_choice="paint").invoke("Paint the wall red.").tool_calls[0]
        self.assertEqual(call["name"], "paint")
        self.assertIn(call["args"]["colour"], ("red", "green"))


if __name__ == "__main__":
    main()
