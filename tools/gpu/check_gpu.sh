#!/bin/sh
# What check_h200.sh and check_amd.sh share: check_gpu.sh NAME KIND BUNDLE OUT [PART...]
#
# NAME is that of the script, KIND the kind of device that it checks: cuda, hip.
set -eu
name=$1 kind=$2
shift 2
[ $# -ge 2 ] || { echo "usage: $name BUNDLE OUT [PART...]" >&2; exit 2; }
bundle=$1 out=$2
shift 2
mkdir -p "$out"
if [ -f "$bundle" ]; then
  tar -C "$out" -xzf "$bundle"
  bundle=$out/g4-gpu-bundle
fi
exec python3 -B "$(dirname "$0")/check_gpu.py" "$kind" "$bundle" "$out" "$@"
