#!/usr/bin/env python3
"""Copies a GGUF file that hf_to_gguf.py wrote and breaks one thing in it.

Usage: break_gguf.py SOURCE DEST DEFECT [ARGUMENTS]. The defects are the functions below; their
names with dashes are what a test writes. DEST's folder is made if it is not there.
"""
import pathlib
import struct
import sys

from gguf_file import text


def cut(data, size):
    """The first `size` bytes; from the end if it is negative."""
    return data[:int(size)]


def number(data, offset, bits, value):
    """A number of the header, which starts with magic, u32 version, u64 tensors, u64 pairs."""
    size = int(bits) // 8
    return data[:int(offset)] + int(value).to_bytes(size, "little") + data[int(offset) + size:]


def key(data, name, value):
    """The number, of 32 bits, of a key that is there."""
    at = data.index(text(name)) + len(text(name)) + 4
    return number(data, at, 32, value)


def tensor_at(data, name):
    """Where rank, sizes and type of a tensor are in the table."""
    at = data.index(text(name)) + len(text(name))
    (rank,) = struct.unpack_from("<I", data, at)
    return at, at + 4 + 8 * rank


def tensor_size(data, name, index, value):
    return number(data, tensor_at(data, name)[0] + 4 + 8 * int(index), 64, value)


def tensor_type(data, name, value):
    return number(data, tensor_at(data, name)[1], 32, value)


def tensor_offset(data, name, value):
    return number(data, tensor_at(data, name)[1] + 4, 64, value)


def rename(data, name, new):
    """A key or tensor by a name of as many bytes."""
    assert len(name) == len(new)
    return data.replace(text(name), text(new), 1)


def main():
    source, dest, defect, *arguments = sys.argv[1:]
    data = pathlib.Path(source).read_bytes()
    path = pathlib.Path(dest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(globals()[defect.replace("-", "_")](data, *arguments))


if __name__ == "__main__":
    main()
