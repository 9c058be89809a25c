#!/bin/bash
# Installs what building and testing g4 needs on Debian 12. Says what it
# installs, does nothing where all is there.
set -euo pipefail

packages=(
  clang-22 lld-22 liblld-22-dev llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools  # compiler
  clang-format-22 libclang-rt-22-dev                                                    # style, sanitizers
  cmake ninja-build ccache git                                                          # build
  libflatbuffers-dev flatbuffers-compiler libcli11-dev libgtest-dev libgmock-dev        # libraries
  libboost1.81-dev libxxhash-dev zlib1g-dev libzstd-dev
  python3 python3-venv xz-utils curl ca-certificates                                    # tests
)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "setup: all ${#packages[@]} packages are installed"
  exit 0
fi

echo "setup: installing ${missing[*]}"
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${sudo[@]}" apt-get update -q
"${sudo[@]}" apt-get install -q -y --no-install-recommends "${missing[@]}"
