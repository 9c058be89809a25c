#!/bin/sh
# Compiles the models that tests run: make_artifacts.sh G4C SOURCE_ROOT FOLDER
# What is newer than the compiler and the model stays.
set -eu
g4c=$1 root=$2 out=$3
mkdir -p "$out"

compile() { # MODEL WEIGHTS TARGETS
  case $1 in
  tiny) folder=$root/models/tiny ;;
  *) folder=$root/test/inputs/models/$1 ;;
  esac
  file=$out/$1.$2.g4
  [ "$file" -nt "$g4c" ] && [ -z "$(find "$folder" -newer "$file")" ] && return
  "$g4c" compile "$folder" -o "$file" --weights "$2" --progress none \
    --target "$3"
}

compile moe26b f32 x86-64-v3,x86-64-v4,native
for model in dense31b dense12b ple_e2b ple_e4b tiny; do
  compile $model f32 x86-64-v3,native
done
for model in moe26b ple_e2b tiny; do
  compile $model bf16 x86-64-v3,native
done
for model in moe26b tiny; do
  compile $model int4 x86-64-v3,native
done

# Every other format and preset.
for weights in f16 int8 q8 fp8 q4 int4-g64 int4-min int4-min-f32 int6 int8-g32; do
  compile tiny $weights native
done

# The tiny model with the other chat template.
file=$out/tiny-small.bf16.g4
[ "$file" -nt "$g4c" ] && [ "$file" -nt "$out/tiny.bf16.g4" ] ||
  "$g4c" compile "$root/models/tiny" -o "$file" --weights bf16 --progress none \
    --target native --chat-template gemma4-small

# Models without weights, which the loader makes; and with the same numbers in
# the file (.written).
synthesize() { # MODEL WEIGHTS SEED TARGETS [FLAG]
  folder=$root/test/inputs/synthetic/$1
  file=$out/$1.$2.seed$3${5:+.written}.g4
  [ "$file" -nt "$g4c" ] && [ -z "$(find "$folder" -newer "$file")" ] && return
  "$g4c" compile "$folder" -o "$file" --weights "$2" --progress none \
    --target "$4" --synthetic-weights "$3" ${5:-}
}

for weights in f32 bf16; do
  synthesize odd $weights 7 x86-64-v3,native
  synthesize odd $weights 7 x86-64-v3,native --write-weights
done
for seed in 7 8; do
  synthesize moe128 bf16 $seed x86-64-v3,native
done
synthesize moe128 int4 7 x86-64-v3,native
synthesize moe128 int4 7 x86-64-v3,native --write-weights
for weights in q4 fp8; do
  synthesize moe128 $weights 7 native
  synthesize moe128 $weights 7 native --write-weights
done
synthesize moe128 f32 7 native
