"""What searched scales are worth: g4c calibrate, compile and evaluate on models/tiny.

Called with --g4c PROGRAM besides.
"""

import json
import sys

from programs import Paths, artifact, heldout_other, main, run_g4c
from test_policy import PolicyTest


class Search(PolicyTest):
    """On answers, the rows that models/tiny was trained on."""

    def setUp(self):
        super().setUp()
        lines = [{"messages": e["messages"], "enable_thinking": e["thinking"], "answer": e["answer"],
                  **({"tools": e["tools"]} if e["tools"] else {})} for e in heldout_other()]
        self.judged = self.write("judged.jsonl", "".join(json.dumps(line) + "\n" for line in lines[::5]))
        self.seen = self.write("seen.jsonl", "".join(json.dumps(line) + "\n" for line in lines[1::5]))

    def loss(self, path):
        result = run_g4c("evaluate", path, "--reference", artifact("tiny.bf16"), "--text", self.judged, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        (answers,) = (g for g in json.loads(result.stdout)["groups"] if g["row_kind"] == "answer" and not g["category"])
        return answers["kl_mean"]

    def calibrated(self, *flags):
        """The loss with what the other lines say."""
        found = self.folder / "found.safetensors"
        result = run_g4c("calibrate", Paths.source / "models/tiny", "--text", self.seen, "-o", found, *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return self.loss(self.compiled("calibrated.g4", "--weights", "q4", "--scale-search", "--calibration", found))

    def test_what_a_calibration_knows_makes_searched_scales_lose_less(self):
        usual = self.loss(artifact("tiny.q4"))
        searched = self.loss(self.compiled("searched.g4", "--weights", "q4", "--scale-search"))
        weighted = self.calibrated()
        fed = self.calibrated("--moments")
        print(f"mean KL of answers: usual {usual:.3e}, searched {searched:.3e}, weighted {weighted:.3e}, fed back {fed:.3e}",
              file=sys.stderr)
        self.assertLess(searched, 1.02 * usual)
        self.assertLess(weighted, 0.96 * searched)
        self.assertLess(fed, 0.9 * weighted)


if __name__ == "__main__":
    main()
