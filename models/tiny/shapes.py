"""Shapes, colours and the one SVG text that belongs to each scene."""

import math
from dataclasses import dataclass, replace

COLORS = [
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
    "black",
    "gray",
    "cyan",
    "magenta",
    "teal",
    "navy",
    "gold",
    "olive",
    "maroon",
    "lime",
    "crimson",
    "indigo",
]
SHAPES = [
    "circle",
    "square",
    "rectangle",
    "ellipse",
    "triangle",
    "line",
    "star",
    "diamond",
    "pentagon",
    "hexagon",
    "cross",
    "arrow",
]
CANVAS = 100
# Radii differ off the centre so that a large shape still lies on the canvas.
RADIUS = {"small": (10, 8), "medium": (25, 15), "large": (40, 22)}
POSITIONS = {
    "center": (50, 50),
    "left": (25, 50),
    "right": (75, 50),
    "top": (50, 25),
    "bottom": (50, 75),
    "top left": (25, 25),
    "top right": (75, 25),
    "bottom left": (25, 75),
    "bottom right": (75, 75),
}
# Number of corners tells polygons apart; the scorer relies on it.
CORNERS = {"triangle": 3, "diamond": 4, "pentagon": 5, "hexagon": 6, "arrow": 7, "star": 10, "cross": 12}


@dataclass(frozen=True)
class Item:
    """One drawn shape; None means that the request did not say."""

    shape: str
    color: str
    size: str | None = None
    position: str | None = None
    outline: bool = False

    def name(self):
        """Short description, used as the title."""
        words = [self.size, self.color, self.shape]
        return " ".join(w for w in words if w)

    def but(self, **changes):
        """A copy with some fields changed."""
        return replace(self, **changes)


def place(item):
    """Centre and radius of an item."""
    cx, cy = POSITIONS[item.position or "center"]
    return cx, cy, RADIUS[item.size or "medium"][(cx, cy) != (50, 50)]


def around(cx, cy, radii, count, start=-90):
    """Corners on a circle, clockwise from the top; several radii alternate."""
    out = []
    for i in range(count):
        angle, r = math.radians(start + 360 * i / count), radii[i % len(radii)]
        out.append((round(cx + r * math.cos(angle)), round(cy + r * math.sin(angle))))
    return out


def corners(shape, cx, cy, r):
    """Corner list of a polygon shape."""
    h = r // 3
    if shape == "star":
        return around(cx, cy, (r, r * 0.4), 10)
    if shape == "cross":
        return [
            (cx + x, cy + y)
            for x, y in (
                (-h, -r),
                (h, -r),
                (h, -h),
                (r, -h),
                (r, h),
                (h, h),
                (h, r),
                (-h, r),
                (-h, h),
                (-r, h),
                (-r, -h),
                (-h, -h),
            )
        ]
    if shape == "arrow":
        return [(cx + x, cy + y) for x, y in ((-r, -h), (0, -h), (0, -r), (r, 0), (0, r), (0, h), (-r, h))]
    return around(cx, cy, (r,), CORNERS[shape])


def paint(item):
    """Fill and stroke attributes."""
    if item.shape == "line":
        return f'stroke="{item.color}" stroke-width="4"'
    if item.outline:
        return f'fill="none" stroke="{item.color}" stroke-width="4"'
    return f'fill="{item.color}"'


def element(item):
    """The SVG element of one item."""
    cx, cy, r = place(item)
    look = paint(item)
    if item.shape == "circle":
        return f'<circle cx="{cx}" cy="{cy}" r="{r}" {look}/>'
    if item.shape == "ellipse":
        return f'<ellipse cx="{cx}" cy="{cy}" rx="{r}" ry="{r // 2}" {look}/>'
    if item.shape == "square":
        return f'<rect x="{cx - r}" y="{cy - r}" width="{2 * r}" height="{2 * r}" {look}/>'
    if item.shape == "rectangle":
        return f'<rect x="{cx - r}" y="{cy - r // 2}" width="{2 * r}" height="{r // 2 * 2}" {look}/>'
    if item.shape == "line":
        return f'<line x1="{cx - r}" y1="{cy + r}" x2="{cx + r}" y2="{cy - r}" {look}/>'
    points = " ".join(f"{x},{y}" for x, y in corners(item.shape, cx, cy, r))
    return f'<polygon points="{points}" {look}/>'


def svg(items, background=None):
    """The whole drawing as SVG text."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {CANVAS} {CANVAS}">',
        "  <title>" + " and ".join(i.name() for i in items) + "</title>",
    ]
    if background:
        lines.append(f'  <rect width="{CANVAS}" height="{CANVAS}" fill="{background}"/>')
    lines += ["  " + element(i) for i in items]
    return "\n".join(lines) + "\n</svg>"


def plan(items, background=None):
    """The short thought that precedes a drawing when thinking is on."""
    out = ["The user wants " + " and ".join(i.name() for i in items) + "."]
    out.append(f"The canvas is {CANVAS} by {CANVAS}.")
    for i in items:
        cx, cy, r = place(i)
        out.append(
            f"{i.shape.capitalize()}: center {cx},{cy}, radius {r}, {'outline' if i.outline else 'fill'} {i.color}."
        )
    if background:
        out.append(f"Background {background}.")
    return "\n".join(out)
