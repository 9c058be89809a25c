#!/usr/bin/env python3
"""tools/fuzz_sums.py on logs of ctest."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).parents[2] / "tools/fuzz_sums.py"
GOOD = """      Start  1: fuzz-seeds
1: Done 5 runs in 1 second(s)
      Start  2: fuzz-value
2: Done 300000 runs in 15 second(s)
      Start 12: fuzz-value-slow
12: Done 2700000 runs in 101 second(s)
      Start  3: fuzz-call
3: Done 12 runs in 1 second(s)
"""


class Sums(unittest.TestCase):
    def sums(self, log, least):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(log)
            file.flush()
            done = subprocess.run([sys.executable, PROGRAM, file.name, str(least)], capture_output=True, text=True, check=False)
        return done.returncode, [" ".join(line.split()) for line in done.stdout.splitlines()]

    def test_runs_of_a_program_are_added(self):
        code, lines = self.sums(GOOD, 3_000_012)
        self.assertEqual((code, lines[:2]), (0, ["call 12", "value 3,000,000"]))
        self.assertIn("3,000,012", lines[2])

    def test_too_few_are_an_error(self):
        self.assertEqual(self.sums(GOOD, 3_000_013)[0], 1)

    def test_a_program_that_an_input_has_ended_is_named(self):
        code, lines = self.sums(GOOD.replace("3: Done 12 runs", "3: SUMMARY: AddressSanitizer"), 1)
        self.assertEqual((code, lines[0]), (1, "call 0 ended by an input"))


if __name__ == "__main__":
    unittest.main()
