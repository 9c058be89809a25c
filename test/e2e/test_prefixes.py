"""deploy/ray's table of prefixes: which replica knows how much of a prompt."""

import sys
import unittest

from programs import Paths, main


class Prefixes(unittest.TestCase):
    """The table alone; Ray is not needed."""

    @classmethod
    def setUpClass(cls):
        sys.path.insert(0, str(Paths.source / "deploy/ray"))
        import prefixes

        cls.prefixes, cls.block = prefixes, prefixes.BLOCK_BYTES

    def keys(self, *blocks):
        """Of a text of whole blocks, a letter each, and what follows them."""
        return self.prefixes.block_keys("".join(letter * self.block for letter in blocks) + "rest")

    def test_a_key_stands_for_all_before_it(self):
        one, other, late = self.keys("a", "b"), self.keys("a", "c", "b"), self.keys("x", "b")
        self.assertEqual((len(one), len(other)), (2, 3))
        self.assertEqual(one[0], other[0])
        self.assertEqual(len({one[1], other[1], other[2], late[1]}), 4)
        self.assertEqual(self.prefixes.block_keys("é" * (self.block // 2 - 1)), [])

    def test_the_length_is_that_of_the_whole_begin(self):
        table = self.prefixes.PrefixTable()
        table.add(self.keys("a", "b", "c"), "one")
        table.add(self.keys("a", "x"), "two")
        self.assertEqual(table.lengths(self.keys("a", "b", "d")), {"one": 2, "two": 1})
        self.assertEqual(table.lengths(self.keys("b", "c")), {})
        self.assertEqual(table.lengths([]), {})

    def test_a_conversation_that_goes_on_begins_as_it_did(self):
        messages = [{"role": "user", "content": "word " * 100}]
        before = self.prefixes.block_keys(self.prefixes.prompt_text({"messages": messages}))
        messages += [{"content": "answer", "role": "assistant"}, {"role": "user", "content": "and now?" * 20}]
        after = self.prefixes.block_keys(self.prefixes.prompt_text({"messages": messages}))
        self.assertGreater(len(after), len(before))
        self.assertEqual(after[: len(before)], before)
        with_tools = self.prefixes.block_keys(self.prefixes.prompt_text({"messages": messages, "tools": [{}]}))
        self.assertNotEqual(with_tools[0], after[0])

    def test_a_replica_that_is_gone_is_forgotten(self):
        table = self.prefixes.PrefixTable()
        for name in ("one", "two"):
            table.add(self.keys("a"), name)
        table.add(self.keys("b"), "one")
        table.forget("one")
        self.assertEqual(table.lengths(self.keys("a")), {"two": 1})
        self.assertEqual(table.lengths(self.keys("b")), {})
        self.assertEqual(len(table.replicas_of), 1)

    def test_what_was_not_used_for_longest_goes_first_and_begins_go_last(self):
        table = self.prefixes.PrefixTable(most_keys=3)
        table.add(self.keys("a", "b"), "one")
        table.add(self.keys("x", "y"), "one")
        self.assertEqual(table.lengths(self.keys("a", "b")), {"one": 1})
        self.assertEqual(table.lengths(self.keys("x", "y")), {"one": 2})


if __name__ == "__main__":
    main()
