#!/bin/bash
# Builds and tests everything: tools/check.sh [slow]
#
# With `slow` the tests named *-slow run too.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-}

tools/setup.sh $mode
cmake --preset dev
cmake --build --preset dev
exclude=(-E '-slow$')
[ "$mode" = slow ] && exclude=()
ctest --preset dev "${exclude[@]}"
