"""What README.md shows is what works: every block of shell and Python is run, and those of PAGES.

Called with --venv FOLDER besides. tools/quickstart.sh runs without serving, where the build is at the place that it builds;
tools/check.sh, which runs this test, is only looked at.
"""

import os
import re
import subprocess
import unittest

from programs import SECONDS, Paths, main, take_option
from serving import Server

PAGES = ["docs/memory.md"]
FENCE = re.compile(r"^```(sh|python)\n(.*?)^```", re.M | re.S)


class Readme(unittest.TestCase):
    """In the order of the page."""

    venv = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server("tiny.bf16")
        cls.addClassCleanup(cls.server.close)

    def blocks(self, language, page="README.md"):
        text = (Paths.source / page).read_text("utf-8")
        return [block for kind, block in FENCE.findall(text) if kind == language]

    def execute(self, command):
        result = subprocess.run(
            command, cwd=Paths.source, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=10 * SECONDS, check=False
        )
        self.assertEqual(result.returncode, 0, f"{command}: {result.stdout}{result.stderr}")
        return result.stdout

    def here(self, block):
        """A block with the address of the test's server."""
        self.assertNotIn("localhost", block)
        return block.replace("127.0.0.1:8000", self.server.address.netloc)

    def test_shell_blocks(self):
        blocks = self.blocks("sh")
        self.assertGreater(len(blocks), 4)
        in_place = os.path.dirname(Paths.g4rt) == str(Paths.source / "build/bin")
        for block in blocks:
            with self.subTest(block):
                if block == "tools/check.sh\n":
                    self.assertTrue(os.access(Paths.source / "tools/check.sh", os.X_OK))
                elif "tools/" in block or "build/" in block:
                    if in_place:
                        self.execute(["bash", "-ec", block.replace("quickstart.sh", "quickstart.sh --no-serve")])
                else:
                    self.assertIn("<circle", self.execute(["bash", "-ec", self.here(block)]))

    def test_pages(self):
        in_place = os.path.dirname(Paths.g4rt) == str(Paths.source / "build/bin")
        for page in PAGES:
            blocks = self.blocks("sh", page)
            self.assertGreater(len(blocks), 0)
            for block in blocks if in_place else []:
                with self.subTest(block):
                    self.execute(["bash", "-ec", block])

    def test_python_blocks(self):
        for block in self.blocks("python"):
            self.assertIn("</svg>", self.execute([f"{self.venv}/bin/python", "-c", self.here(block)]))


if __name__ == "__main__":
    Readme.venv = take_option("--venv")
    main()
