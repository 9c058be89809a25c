"""Gemma 4 chat template in plain Python, so that training data has exactly the official text."""

import argparse
import json


def quote(text):
    """A string in Gemma's notation: the quote token on both sides, nothing escaped."""
    return '<|"|>' + text + '<|"|>'


def by_key(mapping):
    """Items of a mapping in the order of the template's dictsort: case-insensitive by key."""
    return sorted(mapping.items(), key=lambda item: item[0].lower())


def value(item, quoted_keys=False):
    """One argument or response value."""
    if isinstance(item, str):
        return quote(item)
    if isinstance(item, bool):
        return "true" if item else "false"
    if item is None:
        return "null"
    if isinstance(item, dict):
        name = quote if quoted_keys else str
        return "{" + ",".join(name(k) + ":" + value(v, quoted_keys) for k, v in by_key(item)) + "}"
    if isinstance(item, (list, tuple)):
        return "[" + ",".join(value(v, quoted_keys) for v in item) + "]"
    return str(item)


def type_name(schema):
    """The upper-cased type; a union list prints as Python text because the template does so."""
    kind = schema.get("type", "")
    return kind.upper() if isinstance(kind, str) else str([k.upper() for k in kind])


def items_fields(items):
    """Fields of an array's item schema, sorted, each formatted after its kind."""
    out = []
    for key, val in by_key(items):
        if val is None:
            continue
        if key == "properties":
            out.append("properties:{" + (properties(val) if isinstance(val, dict) else "") + "}")
        elif key == "required":
            out.append("required:[" + ",".join(quote(v) for v in val) + "]")
        elif key == "type":
            out.append("type:" + value(val.upper() if isinstance(val, str) else [v.upper() for v in val]))
        else:
            out.append(key + ":" + value(val, True))
    return ",".join(out)


def schema_fields(schema):
    """Fields of one declared property in the template's fixed order."""
    out = []
    kind = type_name(schema)
    if schema.get("description"):
        out.append("description:" + quote(schema["description"]))
    if kind == "STRING" and schema.get("enum"):
        out.append("enum:" + value(schema["enum"], True))
    if kind == "ARRAY" and isinstance(schema.get("items"), dict) and schema["items"]:
        out.append("items:{" + items_fields(schema["items"]) + "}")
    if schema.get("nullable"):
        out.append("nullable:true")
    if kind == "OBJECT":
        props = schema.get("properties")
        out.append("properties:{" + (properties(props) if isinstance(props, dict) else "") + "}")
        if schema.get("required"):
            out.append("required:[" + ",".join(quote(r) for r in schema["required"]) + "]")
    out.append("type:" + quote(kind))
    return ",".join(out)


def properties(props):
    """All properties of an object schema."""
    return ",".join(key + ":{" + schema_fields(schema) + "}" for key, schema in by_key(props))


def declaration(tool):
    """One `<|tool>` declaration."""
    spec = tool["function"]
    out = "declaration:" + spec["name"] + "{description:" + quote(spec.get("description") or "")
    params = spec.get("parameters")
    if params:
        out += ",parameters:{"
        if params.get("properties"):
            out += "properties:{" + properties(params["properties"]) + "},"
        if params.get("required"):
            out += "required:[" + ",".join(quote(r) for r in params["required"]) + "],"
        if params.get("type"):
            out += "type:" + quote(params["type"].upper()) + "}"
    return "<|tool>" + out + "}<tool|>"


def strip_thoughts(text):
    """Model text without its thinking spans."""
    return "".join(piece.split("<|channel>")[0] for piece in text.split("<channel|>")).strip()


MODALITY = {
    "image": "<|image|>",
    "image_url": "<|image|>",
    "audio": "<|audio|>",
    "input_audio": "<|audio|>",
    "video": "<|video|>",
}


def content_text(content, role):
    """Text of a message; parts are joined without a separator."""
    clean = strip_thoughts if role == "model" else str.strip
    if content is None:
        return ""
    if isinstance(content, str):
        return clean(content)
    return "".join(clean(p["text"]) if p["type"] == "text" else MODALITY.get(p["type"], "") for p in content)


def system_turn(first, tools, thinking):
    """The system turn: think switch, system text, tool declarations."""
    out = "<|turn>system\n" + ("<|think|>\n" if thinking else "")
    if first:
        content = first["content"]
        out += content.strip() if isinstance(content, str) else "".join(p["text"].strip() + " " for p in content or [])
    return out + "".join(declaration(t) for t in tools) + "<turn|>\n"


def response_body(name, payload):
    """One tool response."""
    body = value(payload)[1:-1] if isinstance(payload, dict) else "value:" + value(payload)
    return "<|tool_response>response:" + name + "{" + body + "}<tool_response|>"


def tool_responses(message, following):
    """Responses of a call: Gemma's own field, else the tool messages that follow."""
    if message.get("tool_responses"):
        return "".join(response_body(r.get("name") or "unknown", r["response"]) for r in message["tool_responses"])
    names = {c.get("id"): c["function"]["name"] for c in message.get("tool_calls") or []}
    out = ""
    for tool in following:
        name = names.get(tool.get("tool_call_id")) or tool.get("name") or "unknown"
        content = tool.get("content")
        if isinstance(content, list):
            text = "".join(p["text"] for p in content if p["type"] == "text")
            media = "".join(MODALITY.get(p["type"], "") for p in content if p["type"] != "text")
            out += response_body(name, text) + media
        else:
            out += response_body(name, content)
    return out


def calls_text(message):
    """All calls of one message."""
    return "".join(
        "<|tool_call>call:" + c["function"]["name"] + value(c["function"].get("arguments") or {}) + "<tool_call|>"
        for c in message.get("tool_calls") or []
    )


def following_tools(messages, at):
    """Tool messages directly after position `at`."""
    end = at + 1
    while end < len(messages) and messages[end]["role"] == "tool":
        end += 1
    return messages[at + 1 : end]


def message_text(messages, at, last_user, preserve):
    """One message of the conversation and what was written last: 'text', 'call' or 'response'."""
    msg = messages[at]
    role = "model" if msg["role"] == "assistant" else msg["role"]
    others = [m["role"] for m in messages[:at] if m["role"] != "tool"]
    later = [m["role"] for m in messages[at + 1 :] if m["role"] != "tool"]
    out = "" if role == "model" and others and others[-1] == "assistant" else "<|turn>" + role + "\n"
    calls = msg.get("tool_calls")
    thought = msg.get("reasoning") or msg.get("reasoning_content")
    if role == "model" and thought and (at > last_user or (preserve and calls)):
        out += "<|channel>thought\n" + thought + "\n<channel|>"
    out += calls_text(msg)
    native = msg.get("tool_responses")
    responses = tool_responses(msg, following_tools(messages, at) if calls else []) if calls or native else ""
    content = content_text(msg.get("content"), role)
    out += responses + content
    last = "response" if responses else "call" if calls else "text"
    if calls and not responses:
        return out + "<|tool_response>", last
    if later and later[0] == "assistant" and role == "model":
        return out, last
    if responses and not content and not later:
        return out, last
    return out + "<turn|>\n", last


def render(
    messages, tools=None, enable_thinking=False, preserve_thinking=False, add_generation_prompt=True, small=False
):
    """The whole prompt, as the official template of the large models (or the small ones) writes it."""
    out, tools = "<bos>", tools or []
    first = messages[0] if messages and messages[0]["role"] in ("system", "developer") else None
    if enable_thinking or tools or first:
        out += system_turn(first, tools, enable_thinking)
    loop = messages[1:] if first else messages
    last_user = max((i for i, m in enumerate(loop) if m["role"] == "user"), default=-1)
    last = "text"
    for at, msg in enumerate(loop):
        if msg["role"] != "tool":
            text, last = message_text(loop, at, last_user, preserve_thinking)
            out += text
    if not add_generation_prompt:
        return out
    if last == "text":
        out += "<|turn>model\n"
        return out if small or enable_thinking else out + "<|channel>thought\n<channel|>"
    return out + ("<|channel>thought\n" if last == "response" and enable_thinking else "")


def main():
    """Compare the renderer with a file of official renderings."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("goldens", help="JSONL with messages, tools, flags, large and small")
    wrong = total = 0
    with open(parser.parse_args().goldens, encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            flags = {k: case[k] for k in ("tools", "enable_thinking", "preserve_thinking", "add_generation_prompt")}
            for variant in ("large", "small"):
                got = render(case["messages"], small=variant == "small", **flags)
                total += 1
                if got != case[variant]:
                    wrong += 1
                    print(case["name"], variant, "\n got ", repr(got), "\n want", repr(case[variant]))
    print(f"{total - wrong} of {total} renderings equal")
    return wrong > 0


if __name__ == "__main__":
    raise SystemExit(main())
