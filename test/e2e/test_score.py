"""The trained model through the server: does it draw what it was asked for?"""

import subprocess
import sys
import unittest

from programs import SECONDS, Paths, main
from serving import serving


class Score(unittest.TestCase):
    """models/tiny/score.py counts."""

    def test_nineteen_of_twenty_held_out_drawings_are_right(self):
        for model in ("tiny.bf16", "tiny.f32"):
            with self.subTest(model), serving(model, "--threads", 1) as server:
                command = [sys.executable, "-B", "score.py", "--url", server.url + "/v1", "--least", "0.95", "--verbose"]
                result = subprocess.run(
                    command, cwd=Paths.source / "models/tiny", capture_output=True, text=True, timeout=4 * SECONDS, check=False
                )
                print(f"{model}: {result.stdout.strip()}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("of 200 right", result.stdout)


if __name__ == "__main__":
    main()
