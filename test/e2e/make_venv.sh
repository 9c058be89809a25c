#!/bin/sh
# What tests use from PyPI, in a virtual environment; there are two of them:
# make_venv.sh PYTHON REQUIREMENTS FOLDER. Done already: does nothing.
set -eu
python=$1 requirements=$2 venv=$3
if cmp -s "$requirements" "$venv/done"; then
  exit 0
fi
"$python" -m venv --clear "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
  --requirement "$requirements"
cp "$requirements" "$venv/done"
