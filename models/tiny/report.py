"""Prints what the README states: held-out loss, expert shares, parameters, f32 and bf16."""

import argparse
from pathlib import Path

import torch
from transformers import Gemma4ForConditionalGeneration

from train import RouterWatch, evaluate

HERE = Path(__file__).resolve().parent


def main():
    """Load the committed weights and print the figures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--model", default=HERE)
    folder = parser.parse_args().model
    for dtype in (torch.float32, torch.bfloat16):
        model = Gemma4ForConditionalGeneration.from_pretrained(
            folder, dtype=dtype, experts_implementation="eager"
        ).eval()
        loss, shares = evaluate(model, RouterWatch(model))
        print(f"{dtype}: held-out loss {loss:.5f} per answer token")
        if dtype == torch.float32:
            print(sum(p.numel() for p in model.parameters()), "parameters")
            for i, row in enumerate(shares):
                print(f"layer {i}: share of tokens per expert, %:", " ".join(f"{100 * s:5.1f}" for s in row))


if __name__ == "__main__":
    main()
