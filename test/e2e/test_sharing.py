"""What sessions-bench says of models/tiny: how much is computed, and that answers are equal. No time is judged."""

import re
import subprocess
import unittest

from programs import SECONDS, artifact, main, take_option


class Sharing(unittest.TestCase):
    """One run, all figures."""

    bench = ""  # the program

    @classmethod
    def setUpClass(cls):
        command = [cls.bench, artifact("tiny.bf16"), "--agents", "10", "--prompt", "1024", "--chat", "20", "--pool", "16"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=5 * SECONDS, check=False)
        cls.said = done.stdout + done.stderr

    def number(self, pattern):
        found = re.search(pattern, self.said)
        self.assertTrue(found, self.said)
        return float(found[1])

    def test_ten_agents_compute_their_prompt_once(self):
        # Nine of ten find all of it, 1,024 of 1,056 tokens.
        self.assertEqual(self.number(r"(\d+) of 10560 prompt tokens cached"), 9 * 1024)
        self.assertEqual(self.number(r"cached \(.*\), (\d+) computed"), 1024 + 10 * 32)

    def test_a_turn_of_a_chat_computes_its_own_tokens_and_the_last_one_before(self):
        self.assertEqual(self.number(r"20 turns of 40 new tokens: a turn computed (\d+) at most"), 41)

    def test_with_a_third_of_the_pages_all_end_with_the_same_answers(self):
        self.assertGreater(self.number(r"(\d+) preempted"), 0)
        self.assertEqual(self.number(r"(\d+) answers equal"), 16)


if __name__ == "__main__":
    Sharing.bench = take_option("--bench")
    main()
