"""Conversations with declared tools: the model answers with calls, then with a short sentence."""

from phrasing import PLACE_WORDS, request
from shapes import COLORS, SHAPES
from template import calls_text

CITIES = [
    "Paris",
    "London",
    "Berlin",
    "Madrid",
    "Rome",
    "Vienna",
    "Prague",
    "Oslo",
    "Lima",
    "Cairo",
    "Tokyo",
    "Delhi",
    "Boston",
    "Chicago",
    "New York",
    "San Francisco",
    "Sydney",
    "Toronto",
    "Zurich",
    "Lisbon",
    "Dublin",
    "Athens",
    "Warsaw",
    "Helsinki",
    "Seoul",
    "Beijing",
    "Mexico City",
    "Nairobi",
    "Hamburg",
    "Munich",
]
SKIES = ["sunny", "cloudy", "rainy", "windy", "foggy", "clear", "snowy", "stormy"]
MOODS = ["sunset", "forest", "ocean", "autumn", "winter", "candy", "night", "desert", "spring", "fire"]
NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
WEATHER = [
    "What is the weather in {}?",
    "How is the weather in {}?",
    "weather in {}",
    "Weather in {}?",
    "Is it warm in {}?",
    "Tell me the weather in {} please.",
    "What's the weather like in {} today?",
    "Do I need a coat in {}?",
]
TIME = ["What time is it in {}?", "time in {}", "Tell me the time in {}.", "How late is it in {}?"]
PALETTE = [
    "Which colors fit {}?",
    "Get the {} palette.",
    "Show me the palette for {}.",
    "I need colors for {}.",
    "What is the {} palette?",
    "palette {}",
]


def string(description, **more):
    """A string property."""
    return {"type": "string", "description": description, **more}


def function(name, description, props, required):
    """An OpenAI-style tool."""
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {"type": "object", "properties": props, "required": required},
        },
    }


def draw_tool(rng):
    """The drawing tool with a random choice of optional parameters."""
    props = {
        "shape": string(rng.choice(["The shape to draw", "Which shape", "Shape name"])),
        "color": string(rng.choice(["The color", "Fill color", "Color name"])),
    }
    if rng.random() < 0.3:
        props["shape"]["enum"] = SHAPES
    optional = {
        "size": string("The size", enum=["small", "medium", "large"]),
        "position": string("Where to draw it"),
        "filled": {"type": "boolean", "description": "False for an outline"},
        "count": {"type": "integer", "description": "How many"},
    }
    for key in optional:
        if rng.random() < 0.5:
            props[key] = optional[key]
    name = rng.choice(["draw_shape"] * 6 + ["draw", "add_shape", "paint_shape", "make_shape"])
    about = rng.choice(
        [
            "Draws a shape.",
            "Draw one shape on the canvas",
            "Draws a colored shape on the canvas.",
            "Adds a shape to the picture.",
        ]
    )
    return function(name, about, dict(rng.sample(list(props.items()), len(props))), ["shape", "color"])


def other_tools(rng):
    """The tools that are not for drawing."""
    weather = {"location": string(rng.choice(["City name", "The city", "The city and country"]))}
    if rng.random() < 0.4:
        weather["unit"] = string("Unit of the temperature", enum=["celsius", "fahrenheit"])
    return [
        function(
            "get_palette",
            rng.choice(["Returns colors that fit together.", "Gets a palette of colors."]),
            {"name": string("Name of the palette")},
            ["name"],
        ),
        function(
            "get_weather",
            rng.choice(
                [
                    "Gets the current weather.",
                    "Get the weather for a city",
                    "Get the current weather in a given location",
                ]
            ),
            weather,
            ["location"],
        ),
        function("get_time", "Gets the local time of a city.", {"city": string("City name")}, ["city"]),
    ]


def call_text(name, args):
    """A call in Gemma's notation; keys sorted case-insensitively as the template sorts them."""
    return calls_text({"tool_calls": [{"function": {"name": name, "arguments": args}}]})


def draw_args(tool, item, count):
    """Arguments that the tool declares and the request states."""
    props = tool["function"]["parameters"]["properties"]
    args = {"shape": item.shape, "color": item.color}
    if "size" in props and item.size:
        args["size"] = item.size
    if "position" in props and item.position:
        args["position"] = item.position
    if "filled" in props:
        args["filled"] = not item.outline
    if "count" in props:
        args["count"] = count
    return args


def drawing_case(rng, tool, items):
    """A drawing request, its calls, a result and the closing sentence."""
    text, held = request(rng, items)
    count = 1
    if "count" in tool["function"]["parameters"]["properties"] and len(items) == 1 and rng.random() < 0.4:
        word, count = rng.choice(list(NUMBERS.items()))
        item = items[0]
        size = item.size + " " if item.size else ""
        plural = {"cross": "crosses"}.get(item.shape, item.shape + "s")
        place = rng.choice(PLACE_WORDS[item.position])
        text = rng.choice(["Draw {}.", "draw {}", "Please draw {}.", "I want {}.", "Make {}."]).format(
            f"{word} {size}{item.color} {plural}{place}"
        )
        items = [item.but(outline=False)]
    calls = [(tool["function"]["name"], draw_args(tool, i, count)) for i in items]
    names = " and ".join(f"{i.color} {i.shape}" for i in items)
    if rng.random() < 0.2:
        reason = rng.choice(["canvas is full", "no such color", "out of paint", "timeout"])
        return text, held, calls, [f"error: {reason}"] * len(calls), f"The drawing failed: {reason}."
    result = rng.choice(
        ["ok", "done", "drawn", '{"status": "ok"}', '{"status":"drawn","id":' + str(rng.randrange(1, 99)) + "}"]
    )
    return text, held, calls, [result] * len(calls), f"I drew the {names}."


def lookup_case(rng, kind):
    """A question for one of the other tools."""
    if kind == "get_palette":
        mood = rng.choice(MOODS)
        colors = ", ".join(rng.sample(COLORS, rng.randint(2, 4)))
        return rng.choice(PALETTE).format(mood), [(kind, {"name": mood})], colors, f"The {mood} palette has {colors}."
    city = rng.choice(CITIES)
    if kind == "get_time":
        clock = f"{rng.randrange(24):02d}:{rng.randrange(60):02d}"
        return rng.choice(TIME).format(city), [(kind, {"city": city})], clock, f"It is {clock} in {city}."
    text, args = rng.choice(WEATHER).format(city), {"location": city}
    sky, degrees = rng.choice(SKIES), rng.randrange(-9, 40)
    return text, [(kind, args)], f"{sky}, {degrees}C", f"It is {sky}, {degrees}C in {city}."


def tool_case(rng, scene):
    """Tools, user text, calls, results, closing sentence; `scene` gives the items of a drawing."""
    drawer, others = draw_tool(rng), other_tools(rng)
    if rng.random() < 0.6:
        tools = [drawer] + rng.sample(others, rng.choice([0, 0, 1, 2]))
        text, held, calls, results, close = drawing_case(rng, drawer, scene)
    else:
        chosen = rng.choice(others)
        rest = [t for t in others if t is not chosen] + [drawer]
        tools = [chosen] + rng.sample(rest, rng.choice([0, 0, 1, 2]))
        text, calls, result, close = lookup_case(rng, chosen["function"]["name"])
        held, results = False, [result]
    rng.shuffle(tools)
    return tools, text, held, calls, results, close


def history(calls, results, rng, thought=None):
    """The assistant message with its calls and the tool messages that answer them."""
    ids = [f"call_{rng.randrange(10000)}" for _ in calls]
    made = [
        {"id": i, "type": "function", "function": {"name": n, "arguments": a}}
        for i, (n, a) in zip(ids, calls, strict=True)
    ]
    asked = {"role": "assistant", "content": None, "tool_calls": made}
    if thought:
        asked["reasoning_content"] = thought
    return [asked] + [{"role": "tool", "tool_call_id": i, "content": r} for i, r in zip(ids, results, strict=True)]
