#!/usr/bin/env python3
"""Writes plan.json and tokens.json of a bundle: make_plan.py ROOT BUNDLE G4C DEVICE

plan.json is what check_gpu.py runs, part after part, with the seconds that each may take, and the manifest: commit, date,
and the bytes and checksum of each file. What tells most comes first.
"""

import datetime
import hashlib
import json
import struct
import subprocess
import sys
from pathlib import Path

SECONDS = 530  # of all parts; 9 minutes with what comes before and after
# Each a load of its own: a cache for what it needs alone, so that 80 GB of memory go as far as they can.
BENCHES = (
    ("", ["--sessions", "1,4,10,32,100", "--prompt", "128", "--tokens", "64", "--ttft", "610", "--repeat", "3"], 60),
    (".long", ["--sessions", "0", "--ttft", "8192", "--repeat", "3"], 30),
    (".random", ["--sessions", "0", "--ttft", "0", "--random", "150", "--random-length", "1024", "--concurrency", "100"], 100),
)


def parts(device):
    yield {"part": "machine", "seconds": 20}
    yield {"part": "conformance", "seconds": 60}
    for weights in ("f32", "bf16", "int4"):
        exact = weights == "f32"
        least = 1.0 if exact else 0.99
        yield {
            "part": "tokens",
            "name": f"tokens.{weights}",
            "file": f"tiny.{weights}.g4",
            "exact": exact,
            "least_same_top1": least,
            "answer": 24,
            "seconds": 15,
        }
    rows = [1, 3, 8, 20, 70]
    for weights in ("f32", "bf16", "int4"):
        name = f"tiny.{weights}"
        yield {"part": "device_check", "name": name, "file": f"{name}.g4", "rows": rows, "seconds": 30}
    for weights in ("bf16", "int4"):
        name = f"mid.{weights}"
        yield {"part": "device_check", "name": name, "file": f"{name}.g4", "rows": rows, "seconds": 80}
        for name, flags, seconds in BENCHES:
            part = {"part": "bench", "name": f"26b.{weights}{name}", "file": f"26b.{weights}.g4"}
            yield {**part, "flags": flags, "seconds": seconds}
    # The window's ring has gone round.
    far = {"rows": [1], "flags": ["--context", "1500", "--repeat", "0"]}
    yield {"part": "device_check", "name": "mid.bf16.far", "file": "mid.bf16.g4", "seconds": 40, **far}
    for tool in ("memcheck", "racecheck") if device.startswith("cuda") else ():
        yield {"part": "sanitize", "name": tool, "tool": tool, "file": "tiny.bf16.g4", "answer": 4, "seconds": 60}


def golden_tokens(path):
    """Ids of a .npy of i32 or i64, as a list."""
    data = path.read_bytes()
    size = struct.unpack_from("<H", data, 8)[0]
    wide = b"i8" in data[10 : 10 + size]
    body = data[10 + size :]
    return [number for (number,) in struct.iter_unpack("<q" if wide else "<i", body)]


def manifest(root, bundle, g4c):
    git = ["git", "-C", str(root)]
    commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    files = {}
    for path in sorted(bundle.rglob("*")):
        if path.is_file() and path.name != "plan.json":
            content = path.read_bytes()
            files[str(path.relative_to(bundle))] = [len(content), hashlib.sha256(content).hexdigest()]
    version = subprocess.run([g4c, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    made = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return {
        "commit": (commit or "unknown") + ("+changes" if changed else ""),
        "made": made,
        "g4c": version,
        "files": files,
    }


def main():
    root, bundle = Path(sys.argv[1]), Path(sys.argv[2])
    ids = golden_tokens(root / "test/reference/goldens/tiny/tokens.npy")
    (bundle / "tokens.json").write_text(json.dumps(ids))
    plan = {**manifest(root, bundle, sys.argv[3]), "seconds": SECONDS, "device": sys.argv[4], "parts": list(parts(sys.argv[4]))}
    (bundle / "plan.json").write_text(json.dumps(plan, indent=1) + "\n")


if __name__ == "__main__":
    main()
