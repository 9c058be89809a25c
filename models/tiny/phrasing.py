"""Many ways to ask for a drawing."""

import hashlib

from shapes import COLORS, SHAPES

REQUESTS = [
    "Draw {np}.",
    "Please draw {np}.",
    "Can you draw {np}?",
    "Could you draw {np} for me?",
    "draw {np}",
    "Draw me {np}",
    "I want {np}.",
    "I would like {np}.",
    "I need {np} as SVG.",
    "Make {np}.",
    "Make an SVG of {np}.",
    "make me {np} please",
    "Create {np}.",
    "Create an SVG image with {np}.",
    "Generate {np}.",
    "generate an svg with {np}",
    "Show me {np}.",
    "Give me {np}.",
    "Give me an SVG of {np}.",
    "Sketch {np}.",
    "Paint {np}, please.",
    "Render {np}.",
    "SVG: {np}",
    "svg of {np}",
    "{np}",
    "{np} please",
    "A picture of {np}, please.",
    "Let me see {np}.",
    "Write SVG code for {np}.",
    "Write the SVG code that shows {np}.",
    "Design {np}.",
    "Produce a small picture with {np}.",
    "My child wants {np}. Can you draw it?",
    "For my logo I need {np}.",
    "For my web page: {np}.",
    "Hello! Please draw {np}.",
    "Hi, can you make {np}?",
    "Hey, {np} would be nice.",
    "How would you draw {np} in SVG?",
    "What does {np} look like? Draw it.",
    "Answer with an SVG that shows {np}.",
    "Return only SVG: {np}.",
    "I am testing you. Draw {np}.",
    "Quick, {np}!",
    "Try to draw {np}.",
    "Would you draw {np}?",
    "Image of {np}",
    "An icon with {np}, please.",
    "Drawing: {np}",
    "Now draw {np}.",
]
PLAIN = [
    "{art} {size} {color} {shape}{at}",
    "{art} {size} {shape} in {color}{at}",
    "{art} {size} {shape} that is {color}{at}",
    "{art} {size} {shape}{at}, colored {color}",
    "{art} {color} {shape}{at}, {size} size",
    "{size} {color} {shape}{at}",
    "{art} {size} {shape}{at}. Make it {color}",
    "{art} {size}, {color} {shape}{at}",
    "one {size} {color} {shape}{at}",
    "{art} {color} colored {size} {shape}{at}",
]
SIZE_WORDS = {
    "small": ["small", "small", "tiny", "little"],
    "medium": ["medium", "medium", "medium sized"],
    "large": ["large", "big", "huge"],
    None: [""],
}
PLACE_WORDS = {
    "center": [" in the center", " in the middle", " in the centre"],
    "left": [" on the left", " on the left side"],
    "right": [" on the right", " on the right side"],
    "top": [" at the top"],
    "bottom": [" at the bottom"],
    "top left": [" in the top left corner", " at the top left"],
    "top right": [" in the top right corner", " at the top right"],
    "bottom left": [" in the bottom left corner", " at the bottom left"],
    "bottom right": [" in the bottom right corner", " at the bottom right"],
    None: [""],
}
SHAPE_WORDS = {
    "ellipse": ["ellipse", "ellipse", "oval"],
    "square": ["square", "square", "box"],
    "diamond": ["diamond", "diamond", "rhombus"],
    "cross": ["cross", "cross", "plus sign"],
    "circle": ["circle", "circle", "circle", "dot", "disc"],
}
COLOR_WORDS = {"gray": ["gray", "grey"], "purple": ["purple", "purple", "violet"]}
FOLLOW_UPS = {
    "color": [
        "Now make it {v}.",
        "make it {v}",
        "Change the color to {v}.",
        "Same in {v}, please.",
        "And now in {v}.",
        "I prefer {v}.",
        "Could it be {v}?",
    ],
    "size": ["Make it {v}.", "now {v}", "Can it be {v}?", "Change the size to {v}."],
    "position": ["Move it{p}.", "Put it{p}.", "now{p}"],
    "shape": ["Now {a} {v} instead.", "make it {a} {v}", "Draw {a} {v} of the same color.", "Replace it with {a} {v}."],
    "background": ["Add a {v} background.", "now on a {v} background", "Put it on a {v} background."],
    "outline": ["Only the outline, please.", "Make it an outline.", "now without fill"],
}


def held_out(shape, color, phrasing):
    """True for the tenth of all combinations that training never sees."""
    digest = hashlib.sha256(f"{shape}/{color}/{phrasing}".encode()).digest()
    return digest[0] % 10 == 0


def article(words):
    """'a' or 'an' before the given text."""
    return "an" if words[:1] in "aeiou" else "a"


def noun_phrase(rng, item, form):
    """The item in words; the outline is said here too."""
    size = rng.choice(SIZE_WORDS[item.size])
    text = PLAIN[form].format(
        art="@",
        size=size,
        at=rng.choice(PLACE_WORDS[item.position]),
        color=rng.choice(COLOR_WORDS.get(item.color, [item.color])),
        shape=rng.choice(SHAPE_WORDS.get(item.shape, [item.shape])) + (" outline" if item.outline else ""),
    )
    text = text.replace("  ", " ").replace(" ,", ",").replace(",  size", "").replace(", size", "").strip()
    if text.startswith("@"):
        rest = text[1:].strip(" ,")
        text = article(rest) + " " + rest
    return text


def sized_form(rng, item):
    """A phrase form that fits: two of them need a stated size."""
    form = rng.randrange(len(PLAIN))
    return 0 if item.size is None and form == 4 else form


def request(rng, items, background=None):
    """A user text for the scene and the phrasing's identity, or None if the combination is held out."""
    at, forms = rng.randrange(len(REQUESTS)), [sized_form(rng, i) for i in items]
    marks = [f"{at}.{form}" for form in forms]
    text = " and ".join(noun_phrase(rng, i, f) for i, f in zip(items, forms, strict=True))
    if background:
        text += rng.choice([" on a {} background", " with a {} background"]).format(background)
    out = REQUESTS[at].format(np=text)
    if rng.random() < 0.1:
        out = out.lower().rstrip(".")
    elif out[0].islower() and rng.random() < 0.3:
        out = out[0].upper() + out[1:]
    return out, any(held_out(i.shape, i.color, m) for i, m in zip(items, marks, strict=True))


def follow_up(rng, item, background):
    """A change to the last drawing: user text, the new item and the new background."""
    kind = rng.choice(list(FOLLOW_UPS))
    text = rng.choice(FOLLOW_UPS[kind])
    if kind == "outline":
        return text, item.but(outline=item.shape != "line"), background
    if kind == "background":
        new = rng.choice([c for c in COLORS if c not in (item.color, background)])
        return (
            text.format(v=new)
            .replace("a orange", "an orange")
            .replace("a olive", "an olive")
            .replace("a indigo", "an indigo"),
            item,
            new,
        )
    if kind == "size":
        new = rng.choice([s for s in ("small", "large") if s != item.size])
        word = {"small": ["smaller", "small"], "large": ["bigger", "larger", "large"]}[new]
        return text.format(v=rng.choice(word)), item.but(size=new), background
    if kind == "position":
        new = rng.choice([p for p in PLACE_WORDS if p and p != (item.position or "center")])
        return text.format(p=rng.choice(PLACE_WORDS[new])), item.but(position=new), background
    options = [v for v in (COLORS if kind == "color" else SHAPES) if v not in (item.color, item.shape, background)]
    new = rng.choice(options)
    changed = item.but(**{kind: new})
    if new == "line":
        changed = changed.but(outline=False)
    return text.format(v=new, a=article(new)), changed, background
