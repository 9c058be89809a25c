#!/usr/bin/env bash
# Makes the reference environment and regenerates models, goldens and tokenizer goldens.
# Neither the build nor the tests need it. Usage: make.sh [folder of the virtual environment]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
venv=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/g4-reference}
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/python" -m pip install --quiet -r "$here/requirements.txt"
export PYTHONHASHSEED=0 HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false
cd "$here"
for step in make_models make_goldens make_tiny_goldens make_pictures make_vision make_masks; do
  echo "== $step"
  "$venv/bin/python" "$step.py"
done
echo "== make_encodings"
cd ../inputs/tokenizer
"$venv/bin/python" make_encodings.py tokenizer.json.xz | xz -9e > encodings.jsonl.xz
