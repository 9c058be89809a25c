"""Checkpoints of quantisation-aware training, compiled with q4-qat: every weight of them, read from the artifact.

Called with --g4c PROGRAM besides.
"""

import json
import struct
import sys

from programs import Paths, TempTest, main, run_g4c

# Of each format the scale's letters and bytes of struct, and where scale n, k of a unit of 16 rows x 64 columns lies.
FORMATS = {
    "panel16g32": ("bf16", 2, lambda n, k: n * 2 + k // 32),
    "panel16g32f16": ("f16", 2, lambda n, k: k // 32 * 16 + n),
    "panel16g32f32": ("f32", 4, lambda n, k: k // 32 * 16 + n),
}


def scale_at(kind, content):
    if kind == "bf16":
        content = b"\0\0" + content
    return struct.unpack("<e" if kind == "f16" else "<f", content)[0]


# Where the codes of columns 0 to 7 lie in their word.
SHIFTS = [4 * (k // 2 + k % 2 * 4) for k in range(8)]


def rows_of(content, shape, packing):
    """The rows of a packed weight, bits of bf16, after docs/artifact.md; without rows of zeros, which are padding."""
    kind, size, place = FORMATS[packing]
    *matrices, numrows, numcols = shape
    panels, units = (numrows + 15) // 16, (numcols + 63) // 64
    unit_bytes = 512 + 32 * size
    rows = []
    for matrix in range(matrices[0] if matrices else 1):
        for n in range(numrows):
            row = []
            for unit in range(units):
                at = ((matrix * panels + n // 16) * units + unit) * unit_bytes
                row += row_of_unit(content[at : at + unit_bytes], n % 16, kind, size, place)
            if any(row):
                rows.append(row[:numcols])
    return rows


def row_of_unit(unit, n, kind, size, place):
    """64 numbers."""
    words = struct.unpack_from("<8I", b"".join(unit[64 * w + 4 * n : 64 * w + 4 * n + 4] for w in range(8)))
    row = []
    for group in range(2):
        scale = 512 + place(n, 32 * group) * size
        numbers = [bits_of((code - 8) * scale_at(kind, unit[scale : scale + size])) for code in range(16)]
        row += [numbers[word >> shift & 15] for word in words[4 * group : 4 * group + 4] for shift in SHIFTS]
    return row


def bits_of(x):
    from make_lattice import to_bf16

    return to_bf16(x) & 0xFFFF if x else 0


class QatTest(TempTest):
    def make(self, scale_type, other=None):
        """A checkpoint, and its tensors that lie on a lattice: name -> rows of bits."""
        sys.path.insert(0, str(Paths.source / "test/reference"))
        import make_lattice

        folder = self.folder / "model"
        names = make_lattice.make(Paths.source / "test/inputs/models/moe26b", folder, scale_type, other)
        rows = {}
        for path in folder.glob("*.safetensors"):
            for name, (_, shape, content) in make_lattice.read_safetensors(path).items():
                if name in names:
                    bits = struct.unpack(f"<{len(content) // 2}H", content)
                    bits = [b if b & 0x7FFF else 0 for b in bits]
                    rows[name] = [bits[i : i + shape[-1]] for i in range(0, len(bits), shape[-1])]
        return folder, rows

    def compile(self, folder):
        path = self.folder / "out.g4"
        result = run_g4c("compile", folder, "-o", path, "--weights", "q4-qat", "--target", "x86-64-v3",
                         "--progress", "none")
        self.assertEqual(result.returncode, 0, result.stderr)
        return path, result.stderr

    def inspect(self, path):
        return json.loads(run_g4c("inspect", path, "--json").stdout)

    def packed_rows(self, path, shown):
        """All rows of weights of 4-bit integers."""
        data = path.read_bytes()
        rows = []
        for weight in shown["weights"]:
            if weight["dtype"] == "i4":
                content = data[weight["offset"] : weight["offset"] + weight["bytes"]]
                rows += rows_of(content, weight["shape"], weight["packing"])
        return rows

    def check(self, scale_type, packing, format_name):
        folder, expected = self.make(scale_type)
        path, warnings = self.compile(folder)
        self.assertEqual(warnings, "")
        shown = self.inspect(path)
        packings = {weight["packing"] for weight in shown["weights"] if weight["dtype"] == "i4"}
        self.assertEqual(packings, {packing})
        found = {tuple(row) for row in self.packed_rows(path, shown)}
        numbers = 0
        for name, rows in expected.items():
            for i, row in enumerate(rows):
                self.assertIn(tuple(row), found | {(0,) * len(row)}, f"{name}: row {i}")
                numbers += len(row)
        self.assertGreater(numbers, 500_000)
        count = len(expected)
        self.assertEqual(shown["provenance"]["trained weights"],
                         f"{count} of {count} weights lie on a lattice of 4-bit integers and are stored exactly, as {format_name}")

    def test_scales_of_f32_are_kept(self):
        self.check("f32", "panel16g32f32", "int4-f32")

    def test_scales_of_bf16_take_fewer_bytes(self):
        self.check("bf16", "panel16g32", "int4")

    def test_scales_of_f16_take_fewer_bytes(self):
        self.check("f16", "panel16g32f16", "int4-f16")

    def test_a_tensor_that_was_not_trained_is_named(self):
        folder, _ = self.make("bf16", other="layers.2.mlp.up_proj")
        path, warnings = self.compile(folder)
        self.assertEqual(len(warnings.splitlines()), 1, warnings)
        self.assertIn("the first is layers.2.mlp.up", warnings)

    def test_without_any_the_preset_is_q4(self):
        path, warnings = self.compile(Paths.source / "test/inputs/models/moe26b")
        self.assertIn(": 0 of ", warnings)
        self.assertEqual(run_g4c("verify", path).returncode, 0)


if __name__ == "__main__":
    main()
