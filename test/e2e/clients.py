"""What the tests of other clients share."""

import unittest

from programs import heldout_other
from serving import Server


def tool_case():
    """A held-out conversation whose next turn calls a tool: its messages and tools, as OpenAI has them."""
    cases = [case for case in heldout_other() if case.get("tools")]
    return next(case for case in cases if case["messages"][-1]["role"] == "user")


class ClientTest(unittest.TestCase):
    """One server for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16")
        cls.addClassCleanup(cls.server.close)
        cls.url = cls.server.url
        cls.case = tool_case()
        cls.functions = [entry["function"] for entry in cls.case["tools"]]
        cls.names = [function["name"] for function in cls.functions]

    def flat_messages(self):
        """The case's messages, for clients that take a system's message elsewhere: it, and the others."""
        messages = self.case["messages"]
        system = "\n".join(message["content"] for message in messages if message["role"] == "system")
        return system, [message for message in messages if message["role"] != "system"]
