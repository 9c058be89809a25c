"""g4rt picture: what a vision tower gets of a picture file."""

import json
import unittest
import zlib

from programs import Paths, TempTest, main, read_npy, run


class PictureTest(TempTest):
    def setUp(self):
        super().setUp()
        self.pictures = Paths.source / "test/inputs/pictures"

    def test_says_how_large_a_picture_is_seen(self):
        result = run("picture", self.pictures / "large.jpg")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, "JPEG, 1000 x 700 pixels, seen as 960 x 672: 280 soft tokens\n")
        result = run("picture", self.pictures / "exif-6.jpg", "--max-soft-tokens", "70")
        self.assertEqual(result.stdout, "JPEG, 16 x 24 pixels, seen as 288 x 480: 60 soft tokens\n")

    def test_writes_the_patches_of_the_processor(self):
        expected = json.loads((self.pictures / "expected.json").read_text())["pictures"]
        want = next(one for one in expected if one["file"] == "rgba.png")
        out = self.folder / "patches.npy"
        result = run("picture", self.pictures / "rgba.png", "--max-soft-tokens", "70", "--patches", out)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        shape, values = read_npy(out)
        width, height = want["resized"]
        self.assertEqual(shape, (width * height // 256, 768))
        rows = bytearray(width * height * 3)
        for patch in range(shape[0]):
            top, left = patch // (width // 16) * 16, patch % (width // 16) * 16
            for y in range(16):
                numbers = values[patch * 768 + y * 48 : patch * 768 + (y + 1) * 48]
                at = ((top + y) * width + left) * 3
                rows[at : at + 48] = bytes(round(number * 255) for number in numbers)
        self.assertEqual(zlib.crc32(rows), want["resized_crc32"])

    def test_refuses_in_one_line(self):
        text = self.write("text.png", "no picture")
        self.assert_refused(run("picture", text), 2, text, "is no JPEG, PNG, WebP or GIF")
        self.assert_refused(run("picture", self.folder / "none.png"), 2, "none.png")
        wide = self.pictures / "wide.png"
        self.assert_refused(run("picture", wide, "--max-pixels", "1000"), 2, "3200 x 16 pixels, at most 1000 are taken")
        self.assert_refused(run("picture", wide, "--max-soft-tokens", "100"), 2, "needs to be 70, 140, 280, 560 or 1120")


if __name__ == "__main__":
    main()
