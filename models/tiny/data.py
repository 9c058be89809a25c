"""Synthetic conversations about small SVG drawings, in Gemma's exact turn format."""

import argparse
import json
import random

from phrasing import follow_up, request
from shapes import COLORS, POSITIONS, SHAPES, Item, plan, svg
from template import render
from toolcalls import call_text, history, other_tools, tool_case

SYSTEMS = [
    "You are a helpful assistant.",
    "Be brief.",
    "You draw SVG pictures.",
    "You are a helpful drawing assistant.",
    "Answer with SVG only.",
    "Be terse.",
    "You are an artist.",
    "Keep it simple.",
]
GREETING = "Hello! I draw small SVG pictures. Which shape and color would you like?"
ABOUT = "I am a very small Gemma 4 model. I draw simple shapes as SVG."
SKILLS = "I can draw a " + ", ".join(SHAPES[:-1]) + " or arrow in many colors."
THANKS = "You are welcome!"
BYE = "Goodbye!"
FINE = "I am fine, thank you. What shall I draw?"
OTHER = "I can only draw simple shapes. Ask me for a shape and a color, for example a red circle."
TALK = {
    GREETING: [
        "Hi",
        "Hello",
        "hello",
        "Hi!",
        "Hello!",
        "Hey",
        "hey there",
        "Good morning",
        "Good evening!",
        "Hi there",
        "Hello, world!",
    ],
    ABOUT: [
        "Who are you?",
        "who are you",
        "What are you?",
        "What is your name?",
        "Which model are you?",
        "Introduce yourself.",
        "Are you a person?",
        "Tell me about yourself.",
    ],
    SKILLS: [
        "What can you do?",
        "what can you draw?",
        "Help",
        "help",
        "Which shapes do you know?",
        "What shapes can you draw?",
        "How can you help me?",
    ],
    THANKS: ["Thanks", "Thank you!", "thanks a lot", "Thank you very much.", "Great, thanks!", "thx"],
    BYE: ["Bye", "Goodbye!", "bye bye", "See you later.", "Good night"],
    FINE: ["How are you?", "how are you", "How are you today?", "How do you do?", "How is it going?"],
}
WORDS = """
the of and to in is you that it he was for on are as with his they I at be this have from or one had by word but
not what all were we when your can said there use an each which she do how their if will up other about out many
then them these so some her would make like him into time has look two more write go see number no way could
people my than first water been call who oil its now find long down day did get come made may part over new
sound take only little work know place year live me back give most very after thing our just name good sentence
man think say great where help through much before line right too mean old any same tell boy follow came want
show also around form three small set put end does another well large must big even such because turn here why
ask went men read need land different home us move try kind hand picture again change off play spell air away
animal house point page letter mother answer found study still learn should world story count code list return
42 2024 3.14 x = 1 def print() { } [ ] ; : 日本語 über café naïve привет мир 你好 😀 a+b https://example.org JSON sort
count
""".split()
KINDS = ["single"] * 46 + ["pair"] * 10 + ["think"] * 13 + ["tool"] * 16 + ["talk"] * 6 + ["follow"] * 9


def random_item(rng):
    """An item; most requests say neither size nor place."""
    size = rng.choice([None, None, "small", "medium", "large"])
    place = rng.choice(list(POSITIONS)) if rng.random() < 0.3 else None
    shape = rng.choice(SHAPES)
    return Item(shape, rng.choice(COLORS), size, place, shape != "line" and rng.random() < 0.1)


def random_scene(rng, pair=False):
    """One item, or two side by side."""
    if not pair:
        return [random_item(rng)]
    sides = rng.choice([("left", "right"), ("top", "bottom"), ("top left", "bottom right")])
    return [random_item(rng).but(position=side) for side in sides]


def filler(rng, low, high):
    """Meaningless words: the model must say that it only draws, or look past them."""
    words = [rng.choice(WORDS) for _ in range(rng.randint(low, high))]
    return " ".join(words) + rng.choice(["", ".", "?", "!"])


def drawing(rng, pair=False):
    """User text, items, background and whether the combination is held out."""
    items = random_scene(rng, pair)
    used = {i.color for i in items}
    background = rng.choice([c for c in COLORS if c not in used]) if rng.random() < 0.12 else None
    text, held = request(rng, items, background)
    return text, items, background, held


def think(text, thinking):
    """The thought's text in front of an answer, if thinking is on."""
    return f"<|channel>thought\n{text}\n<channel|>" if thinking else ""


def make_single(rng, pair=False, thinking=False):
    """One request for one or two shapes."""
    text, items, background, held = drawing(rng, pair)
    if rng.random() < 0.025:
        text = filler(rng, 30, 200) + " " + text
    answer = think(plan(items, background), thinking) + svg(items, background) + "<turn|>"
    return [{"role": "user", "content": text}], None, answer, held, items


def make_talk(rng, thinking=False):
    """Small talk, or something the model cannot do."""
    answer = rng.choice(list(TALK) + [OTHER] * 4)
    text = filler(rng, 1, 30) if answer == OTHER else rng.choice(TALK[answer])
    thought = think("The user is not asking for a drawing.", thinking)
    return [{"role": "user", "content": text}], None, thought + answer + "<turn|>", False, []


def make_follow(rng, thinking=False):
    """A conversation whose last request changes the drawing."""
    text, items, background, held = drawing(rng)
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": svg(items, background)}]
    if rng.random() < 0.15:
        hello = rng.choice(TALK[GREETING])
        messages = [{"role": "user", "content": hello}, {"role": "assistant", "content": GREETING}] + messages
    for last in range(rng.choice([1, 1, 2])):
        if last:
            messages.append({"role": "assistant", "content": svg(items, background)})
        text, item, background = follow_up(rng, items[0], background)
        items = [item]
        messages.append({"role": "user", "content": text})
    if rng.random() < 0.15:
        messages[-1]["content"], items, background, new = drawing(rng)
        held = held or new
    answer = think(plan(items, background), thinking) + svg(items, background) + "<turn|>"
    return messages, None, answer, held, items


def make_tool(rng, thinking=False):
    """A request with declared tools: the calls, or the sentence after their results."""
    tools, text, held, calls, results, close = tool_case(rng, random_scene(rng, rng.random() < 0.15))
    messages = [{"role": "user", "content": text}]
    roll = rng.random()
    if roll < 0.1:
        inner = make_talk(rng, thinking) if rng.random() < 0.5 else make_single(rng, False, thinking)
        return inner[0], rng.sample(other_tools(rng), rng.randint(1, 2)), inner[2], inner[3], inner[4]
    plan_text = "I call " + " and ".join(name for name, _ in calls) + "."
    if roll < 0.7:
        made = "".join(call_text(n, a) for n, a in calls)
        return messages, tools, think(plan_text, thinking) + made + "<|tool_response>", held, []
    messages += history(calls, results, rng, plan_text if thinking and rng.random() < 0.5 else None)
    # With thinking on the prompt already ends inside an open thought.
    thought = "The tool has answered.\n<channel|>" if thinking else ""
    return messages, tools, thought + close + "<turn|>", held, []


def sample(rng):
    """One training example: prompt text, answer text, held-out mark, items, kind, messages."""
    kind = rng.choice(KINDS)
    thinking = kind == "think" or (kind in ("tool", "talk", "follow") and rng.random() < 0.1)
    if kind == "follow":
        made = make_follow(rng, thinking)
    elif kind == "tool":
        made = make_tool(rng, thinking)
    elif kind == "talk":
        made = make_talk(rng, thinking)
    else:
        made = make_single(rng, kind == "pair" or (thinking and rng.random() < 0.15), thinking)
    messages, tools, answer, held, items = made
    if rng.random() < 0.12:
        text = filler(rng, 50, 250) if rng.random() < 0.08 else rng.choice(SYSTEMS)
        messages = [{"role": "system", "content": text}] + messages
    prompt = render(messages, tools, enable_thinking=thinking)
    return {
        "prompt": prompt,
        "answer": answer,
        "held": held,
        "items": items,
        "kind": kind,
        "messages": messages,
        "tools": tools,
        "thinking": thinking,
    }


def heldout_single(rng, count):
    """Held-out single drawings, every shape and colour about equally often."""
    out, seen = [], set()
    while len(out) < count:
        item = random_item(rng).but(shape=SHAPES[len(out) % len(SHAPES)], color=COLORS[len(out) % len(COLORS)])
        item = item.but(outline=item.outline and item.shape != "line")
        text, held = request(rng, [item])
        if held and text not in seen:
            seen.add(text)
            out.append({"messages": [{"role": "user", "content": text}], "shape": item.shape, "color": item.color})
    return out


def heldout_other(rng, per_kind):
    """Held-out thinking, pair, tool and follow-up cases with the expected answer."""
    out, left = [], {k: per_kind for k in ("think", "pair", "tool", "follow")}
    while any(left.values()):
        case = sample(rng)
        if case["held"] and left.get(case["kind"]):
            left[case["kind"]] -= 1
            out.append({k: case[k] for k in ("kind", "messages", "tools", "thinking", "answer")})
    return out


def main():
    """Write the two held-out files, or print examples."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--show", type=int, default=0, help="print this many training examples and stop")
    args = parser.parse_args()
    rng = random.Random(20)
    for _ in range(args.show):
        case = sample(rng)
        print(case["kind"], case["held"], "\n" + case["prompt"] + "\n---\n" + case["answer"] + "\n==========")
    if args.show:
        return
    for name, cases in (("heldout.jsonl", heldout_single(rng, 200)), ("heldout_other.jsonl", heldout_other(rng, 25))):
        with open(name, "w", encoding="utf-8") as out:
            out.writelines(json.dumps(c, ensure_ascii=False) + "\n" for c in cases)


if __name__ == "__main__":
    main()
