"""--max-size and --max-kl: formats that are chosen by what they lose.

Called with --g4c PROGRAM besides.
"""

import json
import re

from programs import heldout_other, main, run_g4c
from test_policy import PolicyTest

MIB = 1 << 20


class BudgetTest(PolicyTest):
    def least(self, result):
        """What a refusal says can be had."""
        self.assert_refused(result, 3, "the least possible is ")
        return re.search(r"the least possible is (\S+)", result.stderr)[1]


class Size(BudgetTest):
    def test_the_file_is_as_large_as_it_may_be(self):
        for size in (6.5 * MIB, 9 * MIB):
            with self.subTest(size):
                taken = self.compiled("a.g4", "--max-size", int(size)).stat().st_size
                self.assertLessEqual(taken, size)
                self.assertGreater(taken, 0.97 * size)

    def test_a_large_size_changes_nothing(self):
        path = self.compiled("a.g4", "--max-size", "1GiB")
        self.assertEqual(path.read_bytes(), self.compiled("b.g4").read_bytes())

    def test_the_least_that_a_refusal_names_can_be_had(self):
        path, result = self.compile("a.g4", "--max-size", "1MiB")
        least = int(self.least(result))
        self.assertFalse(path.exists())
        self.assertEqual(self.compiled("b.g4", "--max-size", least).stat().st_size, least)
        _, result = self.compile("c.g4", "--max-size", least - 1)
        self.assertEqual(int(self.least(result)), least)

    def test_the_same_size_twice_gives_the_same_bytes(self):
        first, second = (self.compiled(name, "--max-size", "7MiB") for name in ("a.g4", "b.g4"))
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_it_chooses_instead_of_a_policy(self):
        _, result = self.compile("a.g4", "--max-size", "7MiB", "--weights", "q4")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--weights", result.stderr)


class Loss(BudgetTest):
    """Mean KL on answers that the model was not trained on."""

    def text(self):
        lines = []
        for case in heldout_other()[::8]:
            if "answer" in case and not case.get("tools"):
                lines.append(json.dumps({"messages": case["messages"], "answer": case["answer"]}))
        self.assertGreater(len(lines), 3)
        return self.write("text.jsonl", "\n".join(lines))

    def kl(self, path):
        label = json.loads(run_g4c("inspect", path, "--json").stdout)["label"]
        self.assertEqual(label["reference"], "bf16")
        return label["rows"]["answer"]["kl_mean"]

    def test_the_smallest_file_that_keeps_it(self):
        text = self.text()
        sizes = []
        for most in (1e-3, 2e-5):
            path = self.compiled("a.g4", "--max-kl", most, "--label", text)
            self.assertLessEqual(self.kl(path), most)
            sizes.append(path.stat().st_size)
        self.assertLess(sizes[0], sizes[1])

    def test_what_cannot_be_kept_is_refused_with_the_least(self):
        text = self.text()
        _, result = self.compile("a.g4", "--max-kl", 1e-5, "--max-size", "5MiB", "--label", text)
        self.least(result)
        path, result = self.compile("a.g4", "--max-kl", 1e-3)
        self.assertEqual(result.returncode, 2)
        self.assertIn("--label", result.stderr)
        self.assertFalse(path.exists())


if __name__ == "__main__":
    main()
