"""Compares a runtime's output with a golden. Needs numpy alone.

compare.py ours.npy golden.npy             error of any array of one shape
compare.py --logits ours.npy golden.npy    also top-1 agreement and mean KL(golden, ours), row by row
compare.py --top ours.npy FOLDER           logits [row, vocab] against a folder of top-k goldens (tiny_bf16)
"""

import argparse
import sys
from pathlib import Path

import numpy as np


def log_softmax(logits):
    """Log-probabilities in float64."""
    x = logits.astype(np.float64)
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def report_error(ours, golden):
    """Largest error, and that error over the golden's largest value."""
    error, size = np.abs(ours.astype(np.float64) - golden).max(), np.abs(golden).max()
    print(f"max abs error {error:.3e}, of max abs value {size:.3e}: relative {error / size:.3e}")
    return error / size


def report_logits(ours, golden):
    """Top-1 agreement and mean KL over all rows."""
    ours, golden = ours.reshape(-1, ours.shape[-1]), golden.reshape(-1, golden.shape[-1])
    agree = (ours.argmax(-1) == golden.argmax(-1)).mean()
    p, q = log_softmax(golden), log_softmax(ours)
    kl = (np.exp(p) * (p - q)).sum(-1)
    print(f"top-1 agreement {100 * agree:.2f} %, mean KL {kl.mean():.3e}, max KL {kl.max():.3e} over {len(kl)} rows")
    return agree, kl.mean()


def top_kl(ours, ids, logits, rest):
    """KL per row over the stored tokens and one bucket for all others."""
    kept = logits.astype(np.float64)
    total = np.logaddexp(np.logaddexp.reduce(kept, axis=-1), rest.astype(np.float64))
    p, p_rest = kept - total[:, None], rest - total
    q_all = log_softmax(ours)
    q = np.take_along_axis(q_all, ids.astype(np.int64), axis=-1)
    np.put_along_axis(q_all, ids.astype(np.int64), -np.inf, axis=-1)
    q_rest = np.logaddexp.reduce(q_all, axis=-1)
    return (np.exp(p) * (p - q)).sum(-1) + np.exp(p_rest) * (p_rest - q_rest)


def top_agreement(ours, ids, logits):
    """Rows where our best token is the golden's best; a tie in the golden (bf16 is coarse) counts either way."""
    best = ours.argmax(-1)[:, None]
    return ((ids == best) & (logits == logits.max(-1, keepdims=True))).any(-1)


def report_top(ours, folder):
    """Figures over the answer positions, which count, and over the prompts, which the model was not trained on."""
    ids, logits, rest, answer = (np.load(folder / f"{n}.npy") for n in ("top_ids", "top_logits", "rest", "answer"))
    kl, agree = top_kl(ours, ids, logits, rest), top_agreement(ours, ids, logits)
    for name, rows in (("answers", answer == 1), ("prompts", answer == 0)):
        print(
            f"{name}: top-1 agreement {100 * agree[rows].mean():.2f} %, mean KL {kl[rows].mean():.3e}, "
            f"max KL {kl[rows].max():.3e} over {rows.sum()} rows"
        )
    return agree[answer == 1].mean(), kl[answer == 1].mean()


def main():
    """Print the figures; exit with 1 when a stated limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ours", type=Path)
    parser.add_argument("golden", type=Path, help=".npy file, or a folder with --top")
    parser.add_argument("--logits", action="store_true")
    parser.add_argument("--top", action="store_true")
    parser.add_argument("--most-error", type=float, help="largest allowed relative error")
    parser.add_argument("--least-agreement", type=float, help="smallest allowed top-1 agreement, such as 0.99")
    parser.add_argument("--most-kl", type=float, help="largest allowed mean KL")
    args = parser.parse_args()
    ours, error, figures = np.load(args.ours), 0.0, None
    if args.top:
        figures = report_top(ours, args.golden)
    else:
        golden = np.load(args.golden)
        if ours.shape != golden.shape:
            sys.exit(f"shapes differ: {ours.shape} and {golden.shape}")
        error = report_error(ours, golden)
        figures = report_logits(ours, golden) if args.logits else None
    missed = args.most_error is not None and not error <= args.most_error
    if figures:
        missed |= args.least_agreement is not None and not figures[0] >= args.least_agreement
        missed |= args.most_kl is not None and not figures[1] <= args.most_kl
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
