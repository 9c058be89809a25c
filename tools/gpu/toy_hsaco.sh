#!/bin/sh
# Compiles the kernels of the device tests for an AMD GPU: toy_hsaco.sh ARCH OUT
#
# With the clang of LLVM, which has AMD's target; neither ROCm's headers nor its
# device libraries are needed.
set -eu
root=$(dirname "$0")/../..
clang=$(command -v clang++-22 || command -v clang++)
exec "$clang" -x hip --offload-device-only --no-gpu-bundle-output -nogpuinc -nogpulib --offload-arch="$1" \
  -mcode-object-version=5 -std=c++20 -O2 -DG4_TOY_FACTOR=2 -o "$2" "$root/test/support/ToyKernels.cu"
