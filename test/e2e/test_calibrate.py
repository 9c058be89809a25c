"""g4c calibrate, and who reads what it found.

Called with --g4c PROGRAM besides.
"""

import array
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from oracle_text import PlainTokenizer
from programs import SECONDS, Paths, TempTest, artifact, main, run_g4c

BOS = 2
TEXT = "Draw a large red circle, then a small blue square."


class Safetensors:
    """The header and the bytes of a file."""

    def __init__(self, path):
        data = path.read_bytes()
        (size,) = struct.unpack("<Q", data[:8])
        self.header = json.loads(data[8 : 8 + size])
        self.metadata = self.header.pop("__metadata__", {})
        self.data = data[8 + size :]

    def bytes_of(self, name):
        begin, end = self.header[name]["data_offsets"]
        return self.data[begin:end]

    def floats(self, name):
        """Of a tensor that is F32 or BF16."""
        content = self.bytes_of(name)
        if self.header[name]["dtype"] == "F32":
            return array.array("f", content)
        return array.array("f", b"".join(b"\0\0" + content[i : i + 2] for i in range(0, len(content), 2)))


class CalibrateTest(TempTest):
    def calibrate(self, model, name="found.safetensors"):
        out = self.folder / name
        result = run_g4c("calibrate", model, "--text", self.write("text.txt", TEXT), "-o", out)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return out


class Checkpoint(unittest.TestCase):
    """One calibration of models/tiny for all."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        text = cls.folder / "text.txt"
        text.write_text(TEXT, "utf-8")
        cls.out = cls.folder / "found.safetensors"
        cls.result = run_g4c("calibrate", Paths.source / "models/tiny", "--text", text, "-o", cls.out)

    def setUp(self):
        self.assertEqual((self.result.returncode, self.result.stderr), (0, ""))

    def test_the_first_input_is_the_normalised_embedding(self):
        folder = Paths.source / "models/tiny"
        found = Safetensors(self.out)
        self.assertEqual({file.name for file in self.folder.iterdir()}, {"text.txt", "found.safetensors"})
        ids = [BOS, *PlainTokenizer(folder / "tokenizer.json").encode(TEXT)]
        self.assertEqual((found.metadata["rows"], found.metadata["text"]), (str(len(ids)), "text.txt"))
        weights = Safetensors(folder / "model.safetensors")
        prefix, hidden = "model.language_model.", 192
        table = weights.floats(prefix + "embed_tokens.weight")
        norm = weights.floats(prefix + "layers.0.input_layernorm.weight")
        expected = [0.0] * hidden
        for token in ids:
            row = [x * 13.875 for x in table[token * hidden : (token + 1) * hidden]]  # sqrt(192) in bf16
            factor = 1 / math.sqrt(math.fsum(x * x for x in row) / hidden + 1e-6)
            for k, x in enumerate(row):
                expected[k] += (x * factor * norm[k]) ** 2 / len(ids)
        means = found.floats(prefix + "layers.0.self_attn.q_proj.weight.input_mean_square")
        self.assertEqual(len(means), hidden)
        for mean, wanted in zip(means, expected):
            self.assertAlmostEqual(mean / wanted, 1, delta=1e-4)

    def test_every_linear_has_its_channels(self):
        found = Safetensors(self.out)
        shapes = {name: entry["shape"] for name, entry in found.header.items()}
        weights = Safetensors(Paths.source / "models/tiny/model.safetensors")
        linears = [name for name in weights.header if "_proj" in name]
        self.assertEqual(len(linears), 6 * 8 + 4)  # two layers have no v_proj
        for name in linears:
            self.assertEqual(shapes.pop(name + ".input_mean_square"), weights.header[name]["shape"][-1:], name)
        self.assertEqual(shapes, {f"layers.{i}.expert_rows": [8, 8] for i in range(6)})


class Counts(CalibrateTest):
    """From an artifact, into an artifact, onto the terminal."""

    def test_counts_go_into_the_artifact(self):
        found = self.calibrate(artifact("tiny.bf16"))
        again = self.calibrate(artifact("tiny.bf16"), "again.safetensors")
        self.assertEqual(found.read_bytes(), again.read_bytes())
        path = self.folder / "counted.g4"
        result = run_g4c("compile", Paths.source / "models/tiny", "-o", path, "--calibration", found,
                         "--progress", "none")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(run_g4c("verify", path).returncode, 0)
        shown = json.loads(run_g4c("inspect", path, "--experts", "--json").stdout)
        self.assertEqual([layer["name"] for layer in shown["layers"]], [f"layers.{i}" for i in range(6)])
        counts = Safetensors(found)
        for layer in shown["layers"]:
            pairs = array.array("Q", counts.bytes_of(layer["name"] + ".expert_rows"))
            self.assertEqual([x for row in layer["pairs"] for x in row], pairs.tolist())
            self.assertEqual(layer["rows"], pairs.tolist()[::9])
            self.assertEqual(sum(layer["rows"]), 2 * shown["rows"])
        lines = run_g4c("inspect", path, "--experts").stdout.splitlines()
        self.assertEqual(len(lines), 7)
        self.assertEqual(len(lines[1].split("|")[1]), 8)
        most = max(range(8), key=lambda expert: shown["layers"][0]["rows"][expert])
        self.assertIn(f"most: {most} (", lines[1])
        even = sum(shown["layers"][0]["rows"]) / 8
        for expert, shade in enumerate(lines[1].split("|")[1]):
            rows = shown["layers"][0]["rows"][expert]
            self.assertEqual(shade, "▁▂▃▄▅▆▇█"[min(7, int(4 * rows / even))] if rows else " ")

    def test_an_artifact_without_counts_says_how_to_get_them(self):
        self.assertIn("--calibration", run_g4c("inspect", artifact("tiny.bf16"), "--experts").stdout)


class Pruned(CalibrateTest):
    """A checkpoint that lost experts in some layers."""

    PREFIX = "model.language_model.layers."

    def prune(self, kept):
        """models/tiny with the experts `kept` of each layer in `kept`, in their order."""
        sys.path.insert(0, str(Paths.source / "test/reference"))
        from make_lattice import read_safetensors, write_safetensors

        source = Paths.source / "models/tiny"
        folder = self.folder / "pruned"
        folder.mkdir()
        for name in ("config.json", "generation_config.json", "tokenizer.json"):
            (folder / name).write_bytes((source / name).read_bytes())
        weights = read_safetensors(source / "model.safetensors")
        for name, (dtype, shape, content) in weights.items():
            layer = name[len(self.PREFIX) :].split(".")[0] if name.startswith(self.PREFIX) else ""
            parts = ("router.proj.weight", "router.per_expert_scale", "experts.gate_up_proj", "experts.down_proj")
            if layer in kept and name.endswith(parts):
                size = len(content) // shape[0]
                content = b"".join(content[i * size : (i + 1) * size] for i in kept[layer])
                weights[name] = (dtype, [len(kept[layer]), *shape[1:]], content)
        write_safetensors(folder / "model.safetensors", weights)
        return folder

    def compile(self, folder):
        path = self.folder / "pruned.g4"
        result = run_g4c("compile", folder, "-o", path, "--weights", "f32", "--progress", "none")
        return path, result

    def test_experts_that_a_text_never_reaches_are_not_missed(self):
        ids = [BOS, *PlainTokenizer(Paths.source / "models/tiny/tokenizer.json").encode("Hi")]
        found = self.folder / "found"
        result = run_g4c("calibrate", artifact("tiny.f32"), "--text", self.write("text.txt", "Hi"), "-o", found)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        counts = Safetensors(found)
        kept = {}
        for layer in ("1", "4"):
            rows = array.array("Q", counts.bytes_of(f"layers.{layer}.expert_rows"))[::9]
            kept[layer] = [expert for expert in range(8) if rows[expert]]
            self.assertLess(len(kept[layer]), 8)
        path, result = self.compile(self.prune(kept))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(self.eval_logits(path, ids), self.eval_logits(artifact("tiny.f32"), ids))

    def test_a_layer_keeps_as_many_as_a_token_chooses(self):
        _, result = self.compile(self.prune({"2": [5]}))
        self.assert_refused(result, 3, "layers.2.router.proj.weight", "top_k_experts = 2")


class Docs(CalibrateTest):
    """docs/quantization.md: the commands of these sections work."""

    SECTIONS = ("Checkpoints that were trained", "What a format costs", "The label", "Scales that lose less", "Where a text goes")

    def test_commands(self):
        if os.path.dirname(Paths.g4rt) != str(Paths.source / "build/bin"):
            self.skipTest("another build than the one that the page names")
        text = (Paths.source / "docs/quantization.md").read_text("utf-8")
        sections = [part for part in text.split("\n## ") if part.startswith(self.SECTIONS)]
        self.assertEqual(len(sections), len(self.SECTIONS))
        for section in sections:
            for block in re.findall(r"^```sh\n(.*?)^```", section, re.M | re.S):
                with self.subTest(block):
                    result = subprocess.run(["bash", "-ec", block], cwd=Paths.source, capture_output=True, text=True,
                                            timeout=10 * SECONDS, check=False)
                    self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


class Refusals(CalibrateTest):
    def compile(self, calibration, model="models/tiny"):
        path = self.folder / "out.g4"
        result = run_g4c("compile", Paths.source / model, "-o", path, "--calibration", calibration,
                         "--progress", "none")
        self.assertFalse(path.exists())
        return result

    def test_a_calibration_of_another_model(self):
        found = self.calibrate(artifact("tiny.bf16"))
        self.assert_refused(self.compile(found, "test/inputs/models/dense12b"), 3, "another model", "layers.0")

    def test_files_that_are_no_calibration(self):
        weights = Paths.source / "models/tiny/model.safetensors"
        self.assert_refused(self.compile(weights), 3, "model.safetensors", "calibrate")
        self.assert_refused(self.compile(self.write("cut", "abc")), 3, "cut")
        self.assert_refused(self.compile(self.folder / "none"), 3, "none")

    def test_a_model_that_is_none(self):
        text = self.write("text.txt", TEXT)
        out = self.folder / "found"
        for model in (text, self.folder, self.folder / "none"):
            self.assert_refused(run_g4c("calibrate", model, "--text", text, "-o", out), 3, model)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    main()
