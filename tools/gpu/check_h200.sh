#!/bin/sh
# Checks and measures a bundle on a machine with a GPU: check_h200.sh BUNDLE OUT [PART...]
#
# BUNDLE is a folder or a .tar.gz of make_bundle.sh; OUT gets result.json and the
# logs. Needs the GPU's driver and python3 (3.7 or newer), no network. At most 9
# minutes.
set -eu
[ $# -ge 2 ] || { echo "usage: check_h200.sh BUNDLE OUT [PART...]" >&2; exit 2; }
bundle=$1 out=$2
shift 2
mkdir -p "$out"
if [ -f "$bundle" ]; then
  tar -C "$out" -xzf "$bundle"
  bundle=$out/g4-gpu-bundle
fi
exec python3 -B "$(dirname "$0")/check_gpu.py" "$bundle" "$out" "$@"
