#!/bin/bash
# Builds the programs of test/fuzz with AddressSanitizer and UBSan and runs them,
# two million inputs in all, one program at a time: tools/fuzz.sh [slow]
#
# With `slow` 18 million others follow, which takes hours. An input that ends a
# program is named in the output and left in build-fuzz/test/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
exclude=(-E '-slow$')
[ "${1:-}" = slow ] && exclude=()

cmake --preset fuzz
mapfile -t programs < <(ninja -C build-fuzz -t targets all | grep -oE '^(fuzz-[a-z-]+|write-text-tables): phony' | cut -d: -f1)
ninja -C build-fuzz "${programs[@]}"
ctest --preset fuzz --verbose "${exclude[@]}" | grep -E 'Done [0-9]+ runs|ERROR|SUMMARY|Test unit|tests passed|FAILED'
