#!/bin/bash
# From a fresh clone to a model that answers: tools/quickstart.sh [--no-serve]
#
# Installs what is missing, builds g4c and g4rt, compiles models/tiny for this
# machine, serves it at 127.0.0.1:8000. Other flags go to `g4rt serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

serve=yes
if [ "${1:-}" = --no-serve ]; then
  serve=no
  shift
fi

tools/setup.sh
cmake --preset dev
cmake --build --preset dev --target g4c g4rt
build/bin/g4c compile models/tiny --target native -o build/tiny.g4
echo "quickstart: build/bin/g4c, build/bin/g4rt and build/tiny.g4 are there"
[ $serve = yes ] || exit 0
exec build/bin/g4rt serve build/tiny.g4 "$@"
