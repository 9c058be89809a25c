#!/bin/sh
# Compiles models whose GPU code is the emulator's, beside the same for the CPU:
# make_artifacts.sh G4C_EMULATED SOURCE_ROOT FOLDER
# What is newer than the compiler and the model stays.
set -eu
g4c=$1 root=$2 out=$3
mkdir -p "$out"

# Rows of bf16 on the CPU, too: its numbers are compared with the GPU's.
compile() { # MODEL KIND FLAGS..
  model=$1 file=$out/$1-emulated.$2.g4
  shift 2
  case $model in
  tiny) folder=$root/models/tiny ;;
  odd) folder=$root/test/inputs/synthetic/odd ;;
  *) folder=$root/test/inputs/models/$model ;;
  esac
  [ "$file" -nt "$g4c" ] && [ -z "$(find "$folder" -newer "$file")" ] && return
  "$g4c" compile "$folder" -o "$file" --name "$model" --target "$targets" --activations bf16 "$@"
}

targets=sm90,x86-64-v3
for model in moe26b dense31b dense12b ple_e2b ple_e4b tiny; do
  compile $model f32 --weights f32
done
for model in moe26b tiny; do
  for weights in bf16 int4; do
    compile $model $weights --weights $weights
  done
done
compile moe26b merged --weights bf16 --merge-launches
compile odd merged --weights bf16 --synthetic-weights 7 --merge-launches
# Weights that each device makes for itself.
for weights in f32 bf16 int4; do
  compile odd $weights --weights $weights --synthetic-weights 7
done
for cache in int8 fp8; do
  compile tiny kv-$cache --weights bf16 --kv-cache-dtype $cache
done

# For AMD's GPUs: 64 lanes, and 32 of two kinds.
targets=gfx942,gfx1100,gfx1201,x86-64-v3
for weights in f32 bf16; do
  compile tiny amd-$weights --weights $weights
done
compile tiny amd-canary --weights bf16 --canary
