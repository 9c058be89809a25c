#!/usr/bin/env python3
"""Runs a command that must fail in an orderly way.

Usage: expect_failure.py CODE FOLDER COMMAND... The command must exit with CODE
and write one line on stderr, which is printed; FOLDER, where the command would
have put its output, must be empty afterwards. It is made if it is not there.
"""
import os
import subprocess
import sys


def main():
    code, folder, *command = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lines = result.stderr.splitlines()
    print("\n".join(lines))
    if result.returncode != int(code):
        sys.exit(f"exit code {result.returncode}, not {code}")
    if len(lines) != 1:
        sys.exit(f"{len(lines)} lines on stderr")
    if left := os.listdir(folder):
        sys.exit(f"left behind: {left}")


if __name__ == "__main__":
    main()
