#!/usr/bin/env python3
"""Checks that every #include respects the layers of docs/architecture.md.

Usage: check_layers.py ROOT. Prints one line a violation; exits 1 if any.
"""
import pathlib
import re
import sys

# A folder may include itself and what its row lists. Longest prefix wins.
# System headers (<vector>) are free; libraries with a folder are listed.
MAY_INCLUDE = {
    "dialects": ["runtime/artifact", "mlir", "llvm"],
    "models": ["dialects", "runtime/base", "runtime/artifact", "mlir", "llvm", "flatbuffers"],
    "models/checkpoint": ["runtime/base", "runtime/artifact", "flatbuffers", "boost"],
    "compiler": ["dialects", "models", "runtime/base", "runtime/artifact", "mlir", "llvm",
                 "flatbuffers", "yaml-cpp", "Eigen"],
    "codegen": ["compiler/backend", "dialects", "runtime/artifact", "mlir", "llvm", "lld"],
    "runtime": [],
    "runtime/base": ["boost"],
    "runtime/artifact": ["runtime/base", "flatbuffers"],
    "runtime/device": ["runtime/base", "runtime/artifact"],
    "runtime/media": ["runtime/base", "webp", "libexif"],
    "runtime/kv": ["runtime/base"],
    "runtime/scheduler": ["runtime/base", "runtime/kv"],
    "runtime/exec": ["runtime/base", "runtime/artifact", "runtime/device", "runtime/kv", "runtime/sample",
                     "runtime/scheduler"],
    "runtime/predict": ["runtime/base", "runtime/artifact", "runtime/device", "runtime/exec"],
    "runtime/sample": ["runtime/base"],
    "runtime/text": ["runtime/base", "runtime/artifact", "boost"],
    "runtime/grammar": ["runtime/base", "runtime/sample", "runtime/text", "xgrammar"],
    "runtime/engine": ["runtime/base", "runtime/artifact", "runtime/device", "runtime/kv",
                       "runtime/scheduler", "runtime/exec", "runtime/sample", "runtime/text",
                       "runtime/grammar"],
    "runtime/evaluate": ["runtime/base", "runtime/artifact", "runtime/device", "runtime/scheduler",
                         "runtime/exec", "runtime/text", "runtime/engine"],
    "runtime/http": ["runtime/base", "runtime/text", "runtime/grammar", "runtime/engine", "boost", "openssl"],
    "tools": ["dialects", "models", "compiler", "codegen", "runtime", "mlir", "llvm", "CLI",
              "lld", "yaml-cpp"],
    "tools/cmake": ["runtime", "boost", "gmock", "gtest", "llvm", "mlir"],
    "tools/g4rt/bench": ["runtime", "tools", "CLI", "boost"],
    "bench": ["dialects", "models", "compiler", "codegen", "runtime", "mlir", "llvm", "CLI"],
    "test": ["dialects", "models", "compiler", "codegen", "runtime", "mlir", "llvm", "gtest",
             "gmock", "flatbuffers", "boost", "openssl", "CLI", "bench", "tools/cli", "tools/g4c",
             "tools/g4rt"],
}
INCLUDE = re.compile(r'^\s*#?\s*include\s+["<]([^">]+/[^">]*)[">]', re.M)
SYSTEM = ("sys/", "linux/", "netinet/", "arpa/", "sanitizer/")


def row_of(folder):
    while folder and folder not in MAY_INCLUDE:
        folder = folder.rpartition("/")[0]
    return folder


def violations(root):
    for path in sorted(root.rglob("*")):
        rel = path.relative_to(root)
        if path.suffix not in (".h", ".cpp", ".td") or rel.parts[0] not in MAY_INCLUDE:
            continue
        here = row_of(str(rel.parent))
        allowed = [here] + MAY_INCLUDE[here]
        for target in INCLUDE.findall(path.read_text()):
            if target.startswith(SYSTEM):
                continue
            if not any(target.startswith(a + "/") for a in allowed):
                yield f"{rel}: {here} may not include {target}"


def main():
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) or "layers: no violation")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
