"""Writes GGUF files, sound or broken, with nothing but Python.

Format: models/checkpoint/gguf/GgufHeader.h.
"""
import struct

U32, I32, F32, BOOL, TEXT, ARRAY = 4, 5, 6, 7, 8, 9
ENCODERS = {U32: "<I", I32: "<i", F32: "<f", BOOL: "<?"}

# Type codes, elements and bytes of a block.
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q8_0": (8, 32, 34), "BF16": (30, 1, 2)}


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(data)) + data


def scalar(kind, value):
    return text(value) if kind == TEXT else struct.pack(ENCODERS[kind], value)


class Gguf:
    """A file to be: change its members, then write() it."""

    def __init__(self):
        self.version = 3
        self.pairs = []  # key, bytes of type and value
        self.tensors = []  # name, shape outermost first, type code, bytes
        self.alignment = 32

    def put(self, key, kind, value):
        if isinstance(value, list):
            head = struct.pack("<IIQ", ARRAY, kind, len(value))
            self.pairs.append((key, head + b"".join(scalar(kind, element) for element in value)))
        else:
            self.pairs.append((key, struct.pack("<I", kind) + scalar(kind, value)))

    def add(self, name, shape, kind, data):
        self.tensors.append((name, shape, TYPES[kind][0], data))

    def padding(self, size):
        return b"\0" * (-size % self.alignment)

    def infos(self):
        """The table of tensors, whose offsets follow from their sizes."""
        offset, infos = 0, []
        for name, shape, code, data in self.tensors:
            sizes = b"".join(struct.pack("<Q", size) for size in reversed(shape))
            infos.append(text(name) + struct.pack("<I", len(shape)) + sizes + struct.pack("<IQ", code, offset))
            offset += len(data) + len(self.padding(len(data)))
        return infos

    def header(self):
        pairs = b"".join(text(key) + value for key, value in self.pairs)
        head = b"GGUF" + struct.pack("<IQQ", self.version, len(self.tensors), len(self.pairs))
        return head + pairs + b"".join(self.infos())

    def write(self, path):
        header = self.header()
        with open(path, "wb") as out:
            out.write(header + self.padding(len(header)))
            for _, _, _, data in self.tensors:
                out.write(data + self.padding(len(data)))
