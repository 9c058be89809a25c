"""Policy files, and the formats of a GGUF file, through g4c.

Called with --g4c PROGRAM besides.
"""

import json
import subprocess
import sys

from programs import SECONDS, Paths, TempTest, main, run_g4c

POLICY = """base: int4
rules:
  - {class: attention, format: int8}
  - class: attention
    layers: 1-2
    format: bf16
  - {class: experts, layers: 3, format: int8-g32}
"""


class PolicyTest(TempTest):
    def compile(self, name, *flags, model="models/tiny"):
        path = self.folder / name
        return path, run_g4c("compile", Paths.source / model, "-o", path, "--progress", "none", *flags)

    def compiled(self, name, *flags, model="models/tiny"):
        path, result = self.compile(name, *flags, model=model)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return path

    def formats(self, path):
        """Weight -> what inspect calls its format."""
        shown = json.loads(run_g4c("inspect", path, "--json").stdout)
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
    main()
