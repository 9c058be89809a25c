#!/usr/bin/env python3
"""Times g4 and other engines on the same file, in turn, and prints by how much g4 is ahead of the best of them.

    bench/peer/run.py --work FOLDER [--model FILE.gguf] [--peers llama.cpp,ik_llama.cpp,dasLLAMA] [--rounds 3]

FOLDER is outside of the source tree: archives, their builds (half an hour on two cores), the model (14 GB unless given) and the
compiled artifact stay there for the next run. A round times every engine once, one after the other, so that a machine that drifts does so for all;
before each the machine must be idle. The table has medians over the rounds.
"""

import argparse
import datetime
import os
import pathlib
import statistics
import subprocess
import sys

import machine
import peers

HERE = pathlib.Path(__file__).resolve().parent


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--model", type=pathlib.Path, help="a GGUF file [one with random weights is written]")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build" / "bin", help="where g4c and g4rt are")
    parser.add_argument("--peers", default=",".join(peers.PEERS), help="names, or nothing: g4 alone")
    parser.add_argument("--wheels", action="store_true",
                        help="take llama.cpp and ik_llama.cpp out of wheels, made for AVX2, instead of building them for this machine")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--prepare-only", action="store_true", help="fetch, build, write and compile, but time nothing")
    parser.add_argument("--any-load", action="store_true", help="time on a busy machine as well; the figures mean little")
    return parser.parse_args()


def model_of(args):
    if args.model:
        return args.model
    path = args.work / "random-26b-q4_0.gguf"
    if not path.exists():
        part = path.with_suffix(".part")
        subprocess.run([sys.executable, HERE / "write_gguf.py", part], check=True)
        part.rename(path)
    return path


def prepare(args, model):
    """The engines, ready to be timed; g4 first."""
    archives = args.work / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    names = [name for name in args.peers.split(",") if name]
    unknown = [name for name in names if name not in peers.PEERS]
    if unknown:
        sys.exit(f"--peers {unknown[0]}: needs {', '.join(peers.PEERS)}")
    ours = peers.G4(args.work, args.threads, args.build)
    ours.prepare(model)
    kinds = peers.WHEELS if args.wheels else peers.PEERS
    others = [kinds[name](args.work, args.threads) for name in names]
    for engine in others:
        engine.prepare(archives)
    return [ours, *others]


def measure(args, engines, model):
    """By engine and test the rates of all rounds."""
    rates = {engine.name: {} for engine in engines}
    for number in range(args.rounds):
        for engine in engines:
            if not args.any_load and not machine.wait_until_idle():
                sys.exit("the machine is not idle: end what else runs, or pass --any-load")
            print(f"round {number + 1} of {args.rounds}: {engine.name}", file=sys.stderr)
            for test, rate in engine.measure(model).items():
                rates[engine.name].setdefault(test, []).append(rate)
    return rates


def table(rates):
    """Markdown: medians, and ours over the best of the others."""
    ours, *others = rates
    lines = ["| test | " + " | ".join(rates) + " | g4 / best |", "|---|" + "---:|" * (len(rates) + 1)]
    for test, values in rates[ours].items():
        medians = [statistics.median(values)]
        medians += [statistics.median(rates[name][test]) if test in rates[name] else None for name in others]
        cells = ["-" if median is None else f"{median:.2f}" for median in medians]
        known = [median for median in medians[1:] if median]
        ratio = f"{medians[0] / max(known):.2f}" if known else "-"
        lines.append(f"| {test} | " + " | ".join(cells) + f" | {ratio} |")
    return "\n".join(lines)


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def main():
    args = arguments()
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    model = model_of(args)
    engines = prepare(args, model)
    if args.prepare_only:
        return
    rates = measure(args, engines, model)
    print(f"{datetime.date.today()}, g4 commit {commit()}, {machine.describe()}, {args.threads} threads.")
    print(f"`{' '.join(sys.argv)}`, tokens a second, medians of {args.rounds} rounds; read bandwidth "
          f"{engines[0].roofs['read_gb_per_s']:.1f} GB/s, {engines[0].roofs['dots_g_per_s']:.0f} G 8-bit products/s.\n")
    print(table(rates))


if __name__ == "__main__":
    main()
