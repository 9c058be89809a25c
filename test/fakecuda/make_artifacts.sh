#!/bin/sh
# Compiles models whose GPU code is the emulator's, beside the same for the CPU:
# make_artifacts.sh G4C_EMULATED SOURCE_ROOT FOLDER
# What is newer than the compiler and the model stays.
set -eu
g4c=$1 root=$2 out=$3
mkdir -p "$out"

for weights in f32 bf16; do
  file=$out/tiny-emulated.$weights.g4
  [ "$file" -nt "$g4c" ] && [ -z "$(find "$root/models/tiny" -newer "$file")" ] && continue
  "$g4c" compile "$root/models/tiny" -o "$file" --weights $weights \
    --progress none --name tiny --target sm90,x86-64-v3
done
