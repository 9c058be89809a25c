#!/bin/sh
# Compiles models whose GPU code is the emulator's, beside the same for the CPU:
# make_artifacts.sh G4C_EMULATED SOURCE_ROOT FOLDER
# What is newer than the compiler and the model stays.
set -eu
g4c=$1 root=$2 out=$3
mkdir -p "$out"

# Rows of bf16 on the CPU, too: its numbers are compared with the GPU's.
compile() { # MODEL WEIGHTS [SEED]
  case $1 in
  tiny) folder=$root/models/tiny ;;
  *) folder=$root/test/inputs/$([ $# = 3 ] && echo synthetic || echo models)/$1 ;;
  esac
  file=$out/$1-emulated.$2.g4
  [ "$file" -nt "$g4c" ] && [ -z "$(find "$folder" -newer "$file")" ] && return
  "$g4c" compile "$folder" -o "$file" --weights "$2" \
    --name "$1" --target sm90,x86-64-v3 --activations bf16 ${3:+--synthetic-weights $3}
}

for model in moe26b dense31b dense12b ple_e2b ple_e4b tiny; do
  compile $model f32
done
for model in moe26b tiny; do
  for weights in bf16 int4; do
    compile $model $weights
  done
done
# Weights that each device makes for itself.
for weights in f32 bf16 int4; do
  compile odd $weights 7
done
