#!/bin/bash
# Makes the image localhost/g4rt, or that for GPUs: deploy/container/build.sh [--nvidia|--amd] [BUILDER [FLAG...]]
#
# BUILDER is podman, buildah or docker, of which only the last needs a daemon; if
# none is given the first of them that is installed. Flags go to it, such as
# --build-arg BASE=IMAGE. g4rt is that of build/bin, or of $G4RT; its symbols are
# left out.
set -euo pipefail
cd "$(dirname "$0")/../.."

file=Containerfile image=g4rt
case "${1:-}" in
--nvidia | --amd)
  file=Containerfile.${1#--} image=g4rt-${1#--}
  shift
  ;;
esac
builder=${1:-$(command -v podman || command -v buildah || command -v docker)}
[ $# = 0 ] || shift

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
strip=$(command -v llvm-strip-22 || command -v strip)
"$strip" -o "$context/g4rt" "${G4RT:-build/bin/g4rt}"
chmod 755 "$context/g4rt"
cp "deploy/container/$file" "$context/Containerfile"
"$builder" build -t "localhost/$image" -f "$context/Containerfile" "$@" "$context"
