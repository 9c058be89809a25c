#!/usr/bin/env python3
"""Copies a file with one byte flipped.

Usage: flip_byte.py SOURCE DEST OFFSET; a negative offset counts from the end.
"""
import pathlib
import sys


def main():
    source, dest, offset = sys.argv[1:]
    data = bytearray(pathlib.Path(source).read_bytes())
    data[int(offset)] ^= 0xFF
    pathlib.Path(dest).write_bytes(data)


if __name__ == "__main__":
    main()
