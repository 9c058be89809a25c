"""tools/demo_svg.sh: sixteen agents from a terminal, and a gallery of what they drew."""

import re
import subprocess
import unittest
import xml.etree.ElementTree as ET
from urllib.parse import unquote

from programs import SECONDS, Paths, TempTest, main
from serving import serving


class Demo(TempTest):
    def run_demo(self, server, *flags):
        gallery = self.folder / "gallery.html"
        command = [Paths.source / "tools/demo_svg.sh", "--url", server.url, "--gallery", gallery, *flags]
        result = subprocess.run(command, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout, gallery.read_text(encoding="utf-8")

    def test_sixteen_agents_draw_sixteen_drawings(self):
        with serving("tiny.bf16", "--max-num-seqs", 16) as server:
            said, gallery = self.run_demo(server, "--agents", "16")
        self.assertIn("16 of 16 agents done, 16 drawings", said)
        drawings = [unquote(url) for url in re.findall(r'src="data:image/svg\+xml,([^"]*)"', gallery)]
        self.assertEqual(len(drawings), 16)
        for drawing in drawings:
            root = ET.fromstring(drawing)
            self.assertTrue(root.tag.endswith("svg"), drawing)
            self.assertGreater(len(list(root)), 0, drawing)
        self.assertGreater(len(set(drawings)), 12)  # each was asked for another one

    def test_every_scenario_runs(self):
        with serving("tiny.bf16") as server:
            for scenario in ("svg", "translate", "code", "ascii"):
                said, gallery = self.run_demo(server, "--agents", "2", "--scenario", scenario)
                self.assertIn("2 of 2 agents done", said)
                self.assertEqual(gallery.count("<figure>"), 2, scenario)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
