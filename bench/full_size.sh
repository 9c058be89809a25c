#!/bin/sh
# The figures of the full-size model on an idle machine, in about four minutes: decode with 1 to 16 sessions after 128
# positions, prompts of 128 and 512, and where a step's time goes. Markdown on stdout, for bench/results.
#
#   bench/full_size.sh MODEL.g4 [BUILD/bin]
set -eu
model=$1
here=$(dirname "$0")
bin=${2:-$here/../build/bin}
python3 - "$here/peer" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import machine
if not machine.wait_until_idle():
    sys.exit("the machine is not idle: end what else runs")
print(machine.describe())
END
date -u +%Y-%m-%dT%H:%MZ
echo "commit $(git -C "$here" rev-parse --short HEAD), $(wc -c < "$model") bytes"
cat "$model" > /dev/null # into the page cache
"$bin/g4rt" bench "$model" --no-verify -p 128,512 -n 0 -r 2 -o md
"$bin/g4rt" bench "$model" --no-verify -p 0 -n 8 -d 128 -x 1,2,4,8,16 -r 2 --explain -o md
