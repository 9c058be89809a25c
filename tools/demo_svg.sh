#!/bin/bash
# Several agents at once from a terminal: tools/demo_svg.sh [--agents 16] [--scenario svg] [--topic TEXT]
#     [--url http://127.0.0.1:8000] [--gallery FILE]
#
# Shows what each of them writes and the server's slots meanwhile, and leaves an
# HTML page with the drawings. Without --url it serves build/tiny.g4 itself,
# which tools/quickstart.sh makes. Takes OpenAI's client from PyPI once.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(command -v python3.11 || command -v python3)
venv=build/venv
mkdir -p build
test/e2e/make_venv.sh "$python" test/e2e/requirements.txt $venv
exec $venv/bin/python -B tools/demo/demo.py "$@"
