"""Requests as bytes: each gets the status that is right for it, and an error names what is wrong."""

import unittest

from programs import main
from raw import GROUPS, answer_of, statuses
from serving import Server


class Raw(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16")
        cls.addClassCleanup(cls.server.close)

    def check(self, group):
        for wanted, data, *words in GROUPS[group]:
            with self.subTest(data[:200]):
                answer = answer_of(self.server.address, data)
                found = [status for status in statuses(answer, data.startswith(b"HEAD")) if status != 100]
                self.assertEqual(found[:1], [wanted] if wanted else [])
                for word in words:
                    self.assertIn(word.encode(), answer)

    def test_lines(self):
        self.check("lines")

    def test_fields(self):
        self.check("fields")

    def test_bodies(self):
        self.check("bodies")

    def test_texts(self):
        self.check("texts")

    def test_doors(self):
        self.check("doors")

    def test_there_are_many(self):
        self.assertGreaterEqual(sum(map(len, GROUPS.values())), 220)


if __name__ == "__main__":
    main()
