"""Counts how many held-out drawings are well-formed SVG with the asked shape and colour."""

import argparse
import json
import sys
import urllib.request
import xml.etree.ElementTree as ET
from pathlib import Path

from shapes import CORNERS

HERE = Path(__file__).resolve().parent
SVG = "{http://www.w3.org/2000/svg}"


def shape_of(node):
    """The shape that an SVG element shows, or None."""
    tag = node.tag.removeprefix(SVG)
    if tag == "rect":
        return "square" if node.get("width") == node.get("height") else "rectangle"
    if tag == "polygon":
        count = len(node.get("points", "").split())
        return next((name for name, n in CORNERS.items() if n == count), None)
    return tag if tag in ("circle", "ellipse", "line") else None


def colours_of(node):
    """The colours that an element is painted with."""
    return {node.get("fill"), node.get("stroke")}


def judge(text, shape, color):
    """'ok', or what is wrong with the answer."""
    try:
        root = ET.fromstring(text.strip())
    except ET.ParseError:
        return "not well-formed"
    if root.tag != SVG + "svg" or not root.get("viewBox"):
        return "not an SVG"
    found = [n for n in root.iter() if shape_of(n) == shape]
    if not found:
        return "wrong shape"
    return "ok" if any(color in colours_of(n) for n in found) else "wrong color"


def read_lines(path):
    """Objects of a JSONL file."""
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def answer_text(line):
    """Text of one given answer: a JSON string, or an object with `text` or `answer`."""
    return line if isinstance(line, str) else line.get("text", line.get("answer", ""))


def ask_server(url, case, limit):
    """One greedy chat completion from an OpenAI-compatible server."""
    body = {"model": "tiny", "messages": case["messages"], "temperature": 0, "max_tokens": limit}
    if case.get("tools"):
        body["tools"] = case["tools"]
    request = urllib.request.Request(
        url.rstrip("/") + "/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.load(reply)["choices"][0]["message"].get("content") or ""


class Transformers:
    """Greedy answers from transformers; imported only when asked for."""

    def __init__(self, folder, dtype):
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.torch = torch
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, experts_implementation="eager").eval()

    def generate(self, cases, limit, group=25):
        """Raw texts after the prompts, special tokens kept, the end token included."""
        from template import render

        out = []
        for start in range(0, len(cases), group):
            prompts = [
                render(c["messages"], c.get("tools"), enable_thinking=c.get("thinking", False))
                for c in cases[start : start + group]
            ]
            batch = self.tokenizer(prompts, add_special_tokens=False, padding=True, return_tensors="pt")
            with self.torch.no_grad():
                ids = self.model.generate(
                    **batch, do_sample=False, max_new_tokens=limit, top_k=None, top_p=None, temperature=None
                )
            new = self.tokenizer.batch_decode(ids[:, batch.input_ids.shape[1] :], skip_special_tokens=False)
            out += [text.replace("<pad>", "") for text in new]
        return out


def answers(args, cases):
    """Answers to all cases from the chosen source."""
    if args.answers:
        return [answer_text(line) for line in read_lines(args.answers)]
    if args.url:
        return [ask_server(args.url, case, args.limit) for case in cases]
    engine = Transformers(args.model, args.dtype)
    return [text.removesuffix("<turn|>") for text in engine.generate(cases, args.limit)]


def exact(args, cases):
    """Share of thinking, pair, tool and follow-up cases answered exactly as expected, by kind."""
    engine, right, total = Transformers(args.model, args.dtype), {}, {}
    for case, got in zip(cases, engine.generate(cases, args.limit), strict=True):
        kind = case["kind"]
        total[kind] = total.get(kind, 0) + 1
        right[kind] = right.get(kind, 0) + (got == case["answer"])
        if args.verbose and got != case["answer"]:
            print(f"{kind}: {case['messages'][-1]}\n got  {got!r}\n want {case['answer']!r}", file=sys.stderr)
    for kind, count in total.items():
        print(f"{kind}: {right[kind]} of {count} exactly as expected")


def main():
    """Score given answers, a server, or transformers itself."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--answers", help="JSONL with one answer a line, in the order of the held-out file")
    source.add_argument("--url", help="base address of an OpenAI-compatible server, such as http://127.0.0.1:8000/v1")
    source.add_argument("--hf", action="store_true", help="generate with transformers")
    source.add_argument(
        "--hf-other",
        nargs="?",
        const=HERE / "heldout_other.jsonl",
        help="exact match on the other held-out kinds, with transformers",
    )
    parser.add_argument("--model", default=HERE, help="model folder for --hf")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--heldout", default=HERE / "heldout.jsonl")
    parser.add_argument("--first", type=int, help="only the first so many cases")
    parser.add_argument("--limit", type=int, default=400, help="most tokens of an answer")
    parser.add_argument("--least", type=float, default=0.95, help="required share")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    cases = read_lines(args.hf_other or args.heldout)[: args.first]
    if args.hf_other:
        return exact(args, cases)
    verdicts = []
    for case, text in zip(cases, answers(args, cases), strict=True):
        verdicts.append(judge(text, case["shape"], case["color"]))
        if args.verbose and verdicts[-1] != "ok":
            print(f"{verdicts[-1]}: {case['messages'][-1]['content']!r} -> {text!r}", file=sys.stderr)
    good = verdicts.count("ok")
    print(f"{good} of {len(cases)} right ({100 * good / len(cases):.1f} %)")
    for fault in sorted(set(verdicts) - {"ok"}):
        print(f"  {fault}: {verdicts.count(fault)}")
    return good < args.least * len(cases)


if __name__ == "__main__":
    raise SystemExit(main())
