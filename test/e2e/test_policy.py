"""Policy files, searched scales and the formats of a file, through g4c.

Called with --g4c PROGRAM besides.
"""

import json
import os
import subprocess
import sys

from programs import SECONDS, Paths, TempTest, artifact, main

POLICY = """base: int4
rules:
  - {class: attention, format: int8}
  - class: attention
    layers: 1-2
    format: bf16
  - {class: experts, layers: 3, format: int8-g32}
"""


class PolicyTest(TempTest):
    g4c = ""

    def run_g4c(self, *arguments):
        command = [self.g4c, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=3 * SECONDS, check=False)

    def compile(self, name, *flags, model="models/tiny"):
        path = self.folder / name
        return path, self.run_g4c("compile", Paths.source / model, "-o", path, "--progress", "none", *flags)

    def compiled(self, name, *flags, model="models/tiny"):
        path, result = self.compile(name, *flags, model=model)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return path

    def formats(self, path):
        """Weight -> what inspect calls its format."""
        shown = json.loads(self.run_g4c("inspect", path, "--json").stdout)
        return {weight["name"]: weight["format"] for weight in shown["weights"]}


class File(PolicyTest):
    def test_each_weight_has_the_format_of_the_last_rule_that_fits(self):
        path = self.compiled("a.g4", "--weights", self.write("p.yaml", POLICY))
        formats = self.formats(path)
        self.assertEqual([formats[f"layers.{i}.attn.o"] for i in range(4)], ["int8", "bf16", "bf16", "int8"])
        self.assertEqual([formats[f"layers.{i}.experts.down"] for i in range(2, 5)], ["int4", "int8-g32", "int4"])
        self.assertEqual({formats[f"layers.{i}.mlp.down"] for i in range(6)}, {"int4"})
        self.assertEqual(formats["layers.0.router.proj"], "f32")

    def test_the_same_policy_twice_gives_the_same_bytes(self):
        policy = self.write("p.yaml", POLICY + "scales: search\n")
        first, second = (self.compiled(name, "--weights", policy) for name in ("a.g4", "b.g4"))
        self.assertEqual(first.read_bytes(), second.read_bytes())

    def test_what_is_wrong_is_named_with_its_line(self):
        for text, line, word in (("base: q4\nrules:\n  - {class: heads, format: int8}\n", 3, "heads"),
                                 ("base: q4\nrules:\n  - class: mlp\n    format: int5\n", 4, "int5"),
                                 ("base: q5\n", 1, "q5"), ("rules: [", 1, ""), ("", 1, "base"),
                                 ("\0\0", 1, ""), ("rules:\n  - {class: norm, format: int4}\n", 2, "norm")):
            with self.subTest(text):
                path, result = self.compile("a.g4", "--weights", self.write("p.yaml", text))
                self.assert_refused(result, 3, f"p.yaml: line {line}: ", word)
                self.assertFalse(path.exists())

    def test_a_name_that_is_none_is_a_mistake_of_the_command_line(self):
        _, result = self.compile("a.g4", "--weights", "q99")
        self.assertEqual(result.returncode, 2)
        self.assertIn("q4-qat", result.stderr)


class Search(PolicyTest):
    """On answers, the rows that models/tiny was trained on."""

    def setUp(self):
        super().setUp()
        sys.path.insert(0, str(Paths.source / "models/tiny"))
        with open(Paths.source / "models/tiny/heldout_other.jsonl", encoding="utf-8") as file:
            examples = [json.loads(line) for line in file]
        lines = [{"messages": e["messages"], "enable_thinking": e["thinking"], "answer": e["answer"],
                  **({"tools": e["tools"]} if e["tools"] else {})} for e in examples]
        self.judged = self.write("judged.jsonl", "".join(json.dumps(line) + "\n" for line in lines[::5]))
        self.seen = self.write("seen.jsonl", "".join(json.dumps(line) + "\n" for line in lines[1::5]))

    def loss(self, path):
        result = self.run_g4c("evaluate", path, "--reference", artifact("tiny.bf16"), "--text", self.judged, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        (answers,) = (g for g in json.loads(result.stdout)["groups"] if g["row_kind"] == "answer" and not g["category"])
        return answers["kl_mean"]

    def calibrated(self, *flags):
        """The loss with what the other lines say."""
        found = self.folder / "found.safetensors"
        result = self.run_g4c("calibrate", Paths.source / "models/tiny", "--text", self.seen, "-o", found, *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return self.loss(self.compiled("calibrated.g4", "--weights", "q4", "--scale-search", "--calibration", found))

    def test_what_a_calibration_knows_makes_searched_scales_lose_less(self):
        usual = self.loss(self.compiled("usual.g4", "--weights", "q4"))
        searched = self.loss(self.compiled("searched.g4", "--weights", "q4", "--scale-search"))
        weighted = self.calibrated()
        fed = self.calibrated("--moments")
        print(f"mean KL of answers: usual {usual:.3e}, searched {searched:.3e}, weighted {weighted:.3e}, fed back {fed:.3e}",
              file=sys.stderr)
        self.assertLess(searched, 1.02 * usual)
        self.assertLess(weighted, 0.96 * searched)
        self.assertLess(fed, 0.9 * weighted)


class Stored(PolicyTest):
    """--weights auto of a GGUF file."""

    def gguf(self, kind, *flags):
        path = self.folder / f"{kind}.gguf"
        script = Paths.source / "test/support/hf_to_gguf.py"
        subprocess.run([sys.executable, script, Paths.source / "models/tiny", path, "--type", kind, *flags], check=True,
                       timeout=SECONDS)
        return path

    def test_blocks_stay_what_they_are(self):
        for kind, expected in (("Q4_0", "int4-f16"), ("Q8_0", "int8-g32"), ("BF16", "bf16")):
            with self.subTest(kind):
                formats = self.formats(self.compiled(f"{kind}.g4", model=self.gguf(kind)))
                for name in ("layers.0.attn.o", "layers.3.experts.down", "layers.5.mlp.down", "embed"):
                    self.assertEqual(formats[name], expected, name)
                self.assertEqual(formats["layers.0.router.proj"], "f32")

    def test_weights_that_become_one_have_one_format(self):
        path = self.compiled("mixed.g4", model=self.gguf("Q4_0", "--finer", "blk.0.attn_v.weight"))
        formats = self.formats(path)
        self.assertEqual(formats["layers.0.attn.q_k_v"], "int8-g32")
        self.assertEqual(formats["layers.1.attn.q_k_v"], "int4-f16")


if __name__ == "__main__":
    PolicyTest.g4c = os.path.abspath(sys.argv.pop(sys.argv.index("--g4c") + 1))
    sys.argv.remove("--g4c")
    main()
