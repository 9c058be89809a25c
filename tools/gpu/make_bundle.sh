#!/bin/bash
# Makes what check_h200.sh or check_amd.sh take to a machine with a GPU: make_bundle.sh G4C OUT [ARCH]
#
# OUT/g4-gpu-bundle and OUT/g4-gpu-bundle.tar.gz, at most 60 MB. ARCH: 90 (default),
# 80, 100, ... or gfx942, gfx1100, ... For NVIDIA G4C is one that assembles cubins (a
# CUDA toolkit at its build), and nvcc is needed; for AMD a clang with its AMD target.
# Weights of the large models are made on the GPU, so the files hold code alone.
set -euo pipefail
[ $# -ge 2 ] || { echo "usage: make_bundle.sh G4C OUT [ARCH]" >&2; exit 2; }
g4c=$(realpath "$1") arch=${3:-90}
root=$(realpath "$(dirname "$0")/../..")
mkdir -p "$2"
out=$(realpath "$2") bundle=$(realpath "$2")/g4-gpu-bundle
build=$root/build-bundle
case $arch in
gfx*) target=$arch device=hip:0 ;;
*) target=sm$arch device=cuda:0 ;;
esac
rm -rf "$bundle" # files of another commit or GPU
mkdir -p "$bundle/bin" "$bundle/models" "$bundle/conformance"

programs() {
  cmake --preset bundle -S "$root" >/dev/null
  cmake --build "$build" --target g4rt serve-bench device-check g4rt-device-test
  for program in bin/g4rt bin/serve-bench bin/device-check test/bin/g4rt-device-test; do
    strip -o "$bundle/bin/$(basename $program)" "$build/$program"
  done
}

nvidia_code() {
  cmake --build "$build" --target G4ToyCudaCode reference-kernels
  cp "$build/test/cuda-code/toy.ptx" "$bundle/conformance/"
  "$(command -v nvcc || echo /usr/local/cuda/bin/nvcc)" -cubin -arch="sm_$arch" -DG4_TOY_FACTOR=2 \
    -o "$bundle/conformance/toy.cubin" "$root/test/support/ToyKernels.cu"
  "$build/bin/reference-kernels" --arch "sm_$arch" -o "$bundle/reference.cubin"
}

# Rows of bf16 on the CPU, too: its numbers are compared with the GPU's.
compile() { # NAME FOLDER WEIGHTS TARGETS [FLAGS]
  "$g4c" compile "$2" -o "$bundle/models/$1.g4" --weights "$3" --target "$4" --activations bf16 \
    --progress none "${@:5}"
}

# The 26B with the first layers alone: one of each kind that the model has.
few_layers() {
  mkdir -p "$out/mid"
  python3 - "$root/test/inputs/configs/gemma-4-26b-a4b/config.json" "$out/mid/config.json" <<'PYTHON'
import json, sys
config = json.load(open(sys.argv[1]))
text = config.get("text_config", config)
text["num_hidden_layers"] = 6
text["layer_types"] = text["layer_types"][:6]
json.dump(config, open(sys.argv[2], "w"))
PYTHON
}

models() {
  for weights in f32 bf16 int4; do
    compile tiny.$weights "$root/models/tiny" $weights $target,x86-64-v3
  done
  few_layers
  for weights in bf16 int4; do
    compile mid.$weights "$out/mid" $weights $target,x86-64-v3 --synthetic-weights 1
    compile 26b.$weights "$root/test/inputs/configs/gemma-4-26b-a4b" $weights $target \
      --synthetic-weights 1
  done
}

# Ubuntu 22.04 has glibc 2.35, RHEL 9 has 2.34: tools/cmake/OlderLibc.cpp.
old_libc() {
  local newest
  newest=$(objdump -T "$bundle"/bin/* | grep -o 'GLIBC_2\.[0-9]*' | sort -uV | tail -1)
  [ "${newest#GLIBC_2.}" -le 34 ] && return
  objdump -T "$bundle"/bin/* | grep "$newest" >&2
  echo "make_bundle.sh: programs need $newest, at most 2.34 is right" >&2
  exit 1
}

programs
case $device in
hip:*) "$root/tools/gpu/toy_hsaco.sh" "$arch" "$bundle/conformance/toy.hsaco" ;;
*) nvidia_code ;;
esac
old_libc
models
cp "$root"/tools/gpu/{check_h200.sh,check_amd.sh,check_gpu.sh,check_gpu.py,check_table.py,machine_facts.py,timed_command.py} "$bundle/"
cd "$root"
python3 tools/gpu/make_plan.py "$root" "$bundle" "$g4c" $device
ldd "$bundle/bin/g4rt"
tar -C "$out" -czf "$bundle.tar.gz" g4-gpu-bundle
ls -l "$bundle"/* "$bundle.tar.gz"
bytes=$(stat -c %s "$bundle.tar.gz")
[ "$bytes" -le $((60 << 20)) ] || { echo "$bundle.tar.gz: $bytes bytes, 60 MiB at most" >&2; exit 1; }
