"""Small pictures in every form that is read, and what PIL and transformers' processor make of them.

Usage: make_pictures.py. Writes ../inputs/pictures, and says how far PIL's resize is from the processor's.
"""

import io
import json
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps
from transformers.models.gemma4.image_processing_gemma4 import Gemma4ImageProcessor, get_aspect_ratio_preserving_size

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "inputs" / "pictures"
BUDGETS = [70, 140, 280, 560, 1120]
ORIENTATION = 0x0112
PROCESSOR = Gemma4ImageProcessor()


def drawn(width, height, channels=3, seed=1):
    """Waves and boxes: smooth enough to be small files, with edges that show a shift by one pixel."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    planes = []
    for c in range(channels):
        plane = 127 + 90 * np.sin(x / (5 + 3 * c) + seed) + 37 * np.cos(y / (7 + 2 * c))
        for _ in range(4):
            left, top = rng.integers(0, width), rng.integers(0, height)
            plane[top : top + 1 + height // 4, left : left + 1 + width // 3] = rng.integers(0, 256)
        planes.append(plane)
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def picture(width, height, mode="RGB", seed=1):
    channels = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}[mode]
    pixels = drawn(width, height, channels, seed)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def raw_png(pixels, color_type, extra=b"", interlaced=False):
    """What PIL cannot write: 16 bits a channel, and Adam7. `pixels` is [height, width, channels]."""
    height, width = pixels.shape[:2]
    depth = 8 * pixels.dtype.itemsize
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for left, top, step_x, step_y in passes if interlaced else [(0, 0, 1, 1)]:
        part = pixels[top::step_y, left::step_x]
        if part.size:
            rows += b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in part)
    head = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def gif_with_small_frame(transparent):
    """A frame of 8 x 6 at (3, 2) of a canvas of 16 x 12, in colors of its own; PIL writes none of this kind."""
    whole = io.BytesIO()
    Image.fromarray(drawn(8, 6, 1)[..., 0] // 64, "P").save(whole, "GIF")
    data = bytearray(whole.getvalue())
    assert data[10] & 0x80, "a global table of colors"
    table = 13 + 3 * (2 << (data[10] & 7))
    struct.pack_into("<HH", data, 6, 16, 12)
    image = data.index(b",", table)
    struct.pack_into("<HH", data, image + 1, 3, 2)
    control = b"\x21\xf9\x04\x01\0\0\2\0" if transparent else b""
    return bytes(data[:table] + control + data[image:])


def saved(image, kind, **options):
    to = io.BytesIO()
    image.save(to, kind, **options)
    return to.getvalue()


def with_orientation(value):
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif


def paletted(width, height, colors=16):
    return picture(width, height).quantize(colors, dither=Image.Dither.NONE)


def png_files():
    yield "rgb.png", saved(picture(64, 48), "PNG")
    yield "rgba.png", saved(picture(33, 21, "RGBA"), "PNG")
    yield "grey.png", saved(picture(40, 30, "L"), "PNG")
    yield "grey-alpha.png", saved(picture(31, 17, "LA"), "PNG")
    yield "one-bit.png", saved(picture(37, 19, "L").convert("1"), "PNG")
    yield "palette.png", saved(paletted(41, 23), "PNG")
    yield "palette-4-bits.png", saved(paletted(29, 31), "PNG", bits=4)
    yield "palette-transparent.png", saved(paletted(41, 23), "PNG", transparency=bytes([0, 128, 255, 40]))
    yield "grey-transparent.png", saved(Image.fromarray(drawn(20, 20, 1)[..., 0] // 32 * 32, "L"), "PNG", transparency=64)
    yield "rgb-transparent.png", saved(Image.fromarray(drawn(20, 20) // 128 * 128, "RGB"), "PNG", transparency=(128, 0, 128))
    yield "exif.png", saved(picture(24, 16), "PNG", exif=with_orientation(6))
    wide = drawn(23, 19, 4).astype(np.uint16) * 257 // np.uint16(3) * np.uint16(2) + np.uint16(77)
    yield "grey-16-bits.png", raw_png(wide[..., :1], 0)
    yield "grey-alpha-16-bits.png", raw_png(wide[..., :2], 4)
    yield "rgb-16-bits.png", raw_png(wide[..., :3], 2)
    yield "rgba-16-bits.png", raw_png(wide, 6)
    yield "interlaced.png", raw_png(drawn(29, 27), 2, interlaced=True)
    yield "interlaced-rgba.png", raw_png(drawn(9, 5, 4), 6, interlaced=True)
    yield "one-pixel.png", saved(picture(1, 1), "PNG")
    yield "wide.png", saved(picture(3200, 16), "PNG")
    yield "high.png", saved(picture(1, 3000), "PNG")


def jpeg_files():
    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"rgb-{name}.jpg", saved(picture(67, 45), "JPEG", subsampling=subsampling, quality=80)
    yield "grey.jpg", saved(picture(40, 33, "L"), "JPEG")
    yield "progressive.jpg", saved(picture(75, 50), "JPEG", progressive=True)
    yield "cmyk.jpg", saved(picture(50, 41, "CMYK"), "JPEG")
    yield "cmyk-progressive.jpg", saved(picture(32, 17, "CMYK"), "JPEG", progressive=True)
    yield "coarse.jpg", saved(picture(123, 77), "JPEG", quality=5)
    yield "rgb-coded.jpg", saved(picture(35, 25), "JPEG", keep_rgb=True)
    yield "restarts.jpg", saved(picture(64, 64), "JPEG", restart_marker_blocks=2)
    yield "one-pixel.jpg", saved(picture(1, 1), "JPEG")
    for value in range(9):
        yield f"exif-{value}.jpg", saved(picture(24, 16), "JPEG", exif=with_orientation(value))
    yield "large.jpg", saved(picture(1000, 700), "JPEG", quality=40)


def webp_files():
    yield "lossy.webp", saved(picture(61, 43), "WEBP", quality=70)
    yield "lossless.webp", saved(picture(61, 43), "WEBP", lossless=True)
    yield "lossy-alpha.webp", saved(picture(45, 37, "RGBA"), "WEBP", quality=70)
    yield "lossless-alpha.webp", saved(picture(45, 37, "RGBA"), "WEBP", lossless=True, exact=True)
    frames = [picture(32, 24, "RGBA", seed) for seed in (3, 4, 5)]
    yield "moving.webp", saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    yield "exif.webp", saved(picture(24, 16), "WEBP", lossless=True, exif=with_orientation(8))


def gif_files():
    yield "plain.gif", saved(paletted(44, 28), "GIF", interlace=0)
    yield "interlaced.gif", saved(paletted(44, 29), "GIF", interlace=1)
    yield "transparent.gif", saved(paletted(30, 20), "GIF", transparency=3)
    yield "grey.gif", saved(picture(30, 20, "L"), "GIF")
    frames = [paletted(32, 24), picture(32, 24, seed=9).quantize(16)]
    yield "moving.gif", saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    yield "small-frame.gif", gif_with_small_frame(False)
    yield "small-frame-transparent.gif", gif_with_small_frame(True)


def as_looked_at(path):
    """Turned, and over white: exif_transpose and what convert_to_rgb of transformers' image_transforms.py does."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        if "A" in image.getbands() or image.info.get("transparency") is not None:
            white = Image.new("RGBA", image.size, (255, 255, 255, 255))
            return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
        return image.convert("RGB")


def processed(path, budget):
    """[height, width, 3] as the model sees it: torchvision resizes 8 bits with weights of 16, which PIL has of 32."""
    with Image.open(path) as image:
        image = ImageOps.exif_transpose(image)
        out = PROCESSOR(images=image, max_soft_tokens=budget, return_tensors="np")
    width, height = processor_size(*image.size, budget)
    patches = out["pixel_values"][0][: width * height // 256]
    grid = patches.reshape(height // 16, width // 16, 16, 16, 3).transpose(0, 2, 1, 3, 4)
    return np.rint(grid.reshape(height, width, 3) * 255).astype(np.uint8)


def processor_size(width, height, budget):
    target_height, target_width = get_aspect_ratio_preserving_size(height, width, 16, budget * 9, 3)
    return target_width, target_height


def expected(path):
    image = as_looked_at(path)
    size = processor_size(*image.size, 70)
    seen = processed(path, 70)
    by_pil = np.asarray(image.resize(size, Image.Resampling.BICUBIC))
    distance = np.abs(seen.astype(int) - by_pil)
    print(f"{path.name}: {distance.max()} of 255 at most from PIL, {distance.mean():.4f} in the mean")
    return {
        "file": path.name,
        "size": image.size,
        "crc32": zlib.crc32(np.asarray(image).tobytes()),
        "resized": size,
        "resized_crc32": zlib.crc32(seen.tobytes()),
    }


def sizes():
    """Sizes in, budget, size out."""
    rng = np.random.default_rng(7)
    sides = [(1, 1), (1, 30000), (30000, 1), (16000, 16), (10000, 20), (512, 512), (1024, 768), (4000, 300), (47, 49)]
    sides += [tuple(int(2**e) for e in rng.uniform(0, 14, 2)) for _ in range(400)]
    return [[w, h, b, *processor_size(w, h, b)] for w, h in sides for b in BUDGETS]


def main():
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    for files in (png_files, jpeg_files, webp_files, gif_files):
        for name, data in files():
            (FOLDER / name).write_bytes(data)
    pictures = [expected(path) for path in sorted(FOLDER.iterdir())]
    lines = ",\n".join(json.dumps(one) for one in pictures)
    numbers = ",\n".join(json.dumps(one) for one in sizes())
    (FOLDER / "expected.json").write_text(f'{{"pictures": [\n{lines}\n],\n"sizes": [\n{numbers}\n]}}\n')


if __name__ == "__main__":
    main()
