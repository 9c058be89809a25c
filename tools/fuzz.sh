#!/bin/bash
# Builds the programs of test/fuzz with AddressSanitizer and UBSan and runs them,
# two million inputs in all: tools/fuzz.sh [slow]
#
# With `slow` 19 million others follow, half an hour on two cores. An input that ends a
# program is named in the output and left in build-fuzz/test/fuzz. The end says
# how many inputs each program had, and fails where they were too few.
set -euo pipefail
cd "$(dirname "$0")/.."
exclude=(-E '-slow$')
least=2000000
[ "${1:-}" = slow ] && { exclude=(); least=17000000; }

cmake --preset fuzz
mapfile -t programs < <(ninja -C build-fuzz -t targets all | grep -oE '^(fuzz-[a-z-]+|write-text-tables): phony' | cut -d: -f1)
ninja -C build-fuzz "${programs[@]}"
log=build-fuzz/fuzz.log
status=0
ctest --preset fuzz --verbose "${exclude[@]}" | tee "$log" |
  grep -E --line-buffered 'Start +[0-9]+: fuzz|Done [0-9]+ runs|ERROR|SUMMARY|Test unit|tests passed|FAILED' || status=$?
tools/fuzz_sums.py "$log" "$least"
exit "$status"
