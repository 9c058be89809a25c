#!/usr/bin/env python3
"""Usage: check_output.py MODEL FOLDER. Runs g4c where its output cannot go; FOLDER is for its files."""
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

MODEL, FOLDER = sys.argv[1], Path(sys.argv[2])
NAME = "a\x1b[31mb\nc\u202e" + 1000 * "x"
SHOWN = r"a\x1b[31mb\nc\u{202e}xxx"


def compile_command(output, *flags):
    return ["g4c", "compile", MODEL, "--target", "x86-64-v3", "--progress", "none", "-o", str(output), *flags]


def run(command, **options):
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=120, check=False, **options)


def require(holds, *what):
    if not holds:
        sys.exit(" ".join(map(str, what)))


def names_are_spelled():
    model = FOLDER / "m.g4"
    result = run(compile_command(model, "--name", NAME))
    require(result.returncode == 0, result.stderr)
    shown = run(["g4c", "inspect", str(model)], stdout=subprocess.PIPE).stdout
    require(SHOWN in shown and "\x1b" not in shown and len(max(shown.splitlines(), key=len)) < 1000, shown)
    result = run(["g4c", "verify", str(FOLDER / "no\x1b[31m\nfile")])
    require(r"no\x1b[31m\nfile" in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr)
    result = run(["g4c", "compile", MODEL, "--no-\x1b[31m-flag"])
    require(result.returncode == 2 and "\x1b" not in result.stderr, result.stderr)
    return model


def a_full_device_is_told(model):
    for command in (["--help"], ["--version"], ["compile", "--help"], ["targets"], ["inspect", str(model)], ["inspect", "--json", str(model)], ["verify", str(model)]):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = run(["g4c", *command], stdout=full)
        require(result.returncode == 4 and "stdout" in result.stderr, command, result.returncode, result.stderr)


def a_limit_of_sizes_is_told():
    output = FOLDER / "limited.g4"
    for limit in (1000, 100_000):  # of the linker's file, and of the artifact
        limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))}
        result = run(compile_command(output), **limited)
        require(result.returncode > 0 and len(result.stderr.splitlines()) == 1, result.returncode, result.stderr)
        require("too large" in result.stderr.lower(), result.stderr)
        require(not output.exists(), "a part of it was left")


def what_a_kill_leaves_is_swept():
    place = FOLDER / "tmp"
    place.mkdir()
    there = {"env": {**os.environ, "TMPDIR": str(place)}}
    for _ in range(50):
        with subprocess.Popen(compile_command(FOLDER / "killed.g4"), **there) as child:
            while child.poll() is None and not os.listdir(place):
                pass
            child.send_signal(signal.SIGKILL)
        if os.listdir(place):
            break
    require(os.listdir(place), "no kill came while it linked")
    result = run(compile_command(FOLDER / "again.g4"), **there)
    require(result.returncode == 0, result.stderr)
    left = [name for name in os.listdir(place) if not name.startswith("g4c.new")]
    require(not left, left)


def main():
    model = names_are_spelled()
    a_full_device_is_told(model)
    a_limit_of_sizes_is_told()
    what_a_kill_leaves_is_swept()


if __name__ == "__main__":
    main()
