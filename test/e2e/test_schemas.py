"""Random schemas and documents: what a grammar lets through is what jsonschema calls valid.

Called with --judge PROGRAM besides: test/runtime/grammar/SchemaJudge.cpp.
"""

import argparse
import json
import random
import subprocess
import sys
import unittest

import jsonschema

from programs import SECONDS, main

COUNT = 420
NAMES = ("a", "b", "c", "long name", "ä")
WORDS = ("", "a", "ab", "abc", "a-1", "c-9", "äö", 'q"\\', "tab\t\x01", "2024-02-29", "1.2.3.4", "x" * 9)
NUMBERS = (-7, -1, 0, 1, 2, 3, 5, 6, 9, 10, 42, 99, 100, 130, -0.5, 0.25, 1.5, 2.75, 9.5)


def bounds(rng, low, high, step):
    """Some of minimum, maximum and their exclusive forms."""
    out = {}
    if rng.random() < 0.5:
        out[rng.choice(("minimum", "exclusiveMinimum"))] = rng.choice(range(low, 3)) * step
    if rng.random() < 0.5:
        out[rng.choice(("maximum", "exclusiveMaximum"))] = rng.choice(range(3, high)) * step
    return out


def scalar(rng):
    kind = rng.randrange(9)
    if kind == 0:
        return {"type": "integer", **bounds(rng, -9, 120, 1)}
    if kind == 1:
        return {"type": "number", **bounds(rng, -9, 120, 0.5)}
    if kind == 2:
        return {"type": "integer", "multipleOf": rng.choice((2, 3, 5, 10))}
    if kind == 3:
        least = rng.randrange(3)
        return {"type": "string", "minLength": least, "maxLength": least + rng.randrange(4)}
    if kind == 4:
        return {"type": "string", "pattern": rng.choice(("^[a-c]{1,2}(-\\d)?$", "b", "^a|9$", "[^a]$", "^.{2}$"))}
    if kind == 5:
        return {"type": "string", "format": rng.choice(("date", "ipv4"))}
    if kind == 6:
        return {"enum": rng.sample((*WORDS[:6], 1, 2.75, None, True, [], [1, "a"], {"a": 1}), 3)}
    if kind == 7:
        return {"const": rng.choice((*WORDS, 5, None, False))}
    return {"type": rng.choice(("boolean", "null", "string", ["integer", "null"], ["string", "number"]))}


def array(rng, depth):
    out = {"type": "array"}
    if rng.random() < 0.7:
        out["items"] = rng.choice((False, schema(rng, depth - 1))) if rng.random() < 0.2 else schema(rng, depth - 1)
    if rng.random() < 0.4:
        out["prefixItems"] = [schema(rng, depth - 1) for _ in range(rng.randrange(1, 3))]
    if rng.random() < 0.4:
        out["minItems"] = rng.randrange(3)
    if rng.random() < 0.4:
        out["maxItems"] = rng.randrange(2, 5)
    return out


def mapping(rng, depth):
    names = rng.sample(NAMES, rng.randrange(1, 4))
    out = {"type": "object", "properties": {name: schema(rng, depth - 1) for name in names}}
    out["required"] = [name for name in (*names, "z") if rng.random() < (0.05 if name == "z" else 0.4)]
    if rng.random() < 0.6:
        out["additionalProperties"] = False if rng.random() < 0.6 else schema(rng, depth - 1)
    return out


def schema(rng, depth):
    draw = rng.random()
    if depth == 0 or draw < 0.4:
        return scalar(rng)
    if draw < 0.55:
        return array(rng, depth)
    if draw < 0.8:
        return mapping(rng, depth)
    if draw < 0.9:
        return {"anyOf": [schema(rng, depth - 1) for _ in range(2)]}
    if draw < 0.93:
        return {"oneOf": [{"type": "integer", **bounds(rng, -9, 99, 1)}, mapping(rng, depth), {"type": "string"}]}
    if draw < 0.97:
        return {"allOf": [{"type": "integer", **bounds(rng, -9, 99, 1)} for _ in range(2)]}
    return {"$ref": "#/$defs/shared"}


def whole(rng):
    """A schema and its definitions."""
    out = mapping(rng, 3) if rng.random() < 0.6 else schema(rng, 3)
    shared = mapping(rng, 1)
    if rng.random() < 0.3:
        shared["properties"]["next"] = {"$ref": "#/$defs/shared"}
    return {**out, "$defs": {"shared": shared}}


def document(rng, part, root, depth=5):
    """A value that often obeys: whoever checks it decides."""
    if part is True or part is False or rng.random() < 0.04 or depth == 0:
        return rng.choice((*WORDS, *NUMBERS, True, None, [], {}))
    if "$ref" in part:
        return document(rng, root["$defs"]["shared"], root, depth - 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in part:
            return document(rng, rng.choice(part[keyword]), root, depth)
    if "enum" in part or "const" in part:
        return rng.choice(part.get("enum", [part.get("const")]))
    kind = part["type"] if isinstance(part["type"], str) else rng.choice(part["type"])
    if kind == "array":
        prefix = part.get("prefixItems", [])
        size = rng.randrange(part.get("minItems", 0), part.get("maxItems", 4) + 1)
        items = [*prefix, *[part.get("items", True)] * 5]
        return [document(rng, items[i], root, depth - 1) for i in range(size)]
    if kind == "object":
        out = {
            name: document(rng, inner, root, depth - 1)
            for name, inner in part["properties"].items()
            if name in part["required"] or rng.random() < 0.5
        }
        if out and rng.random() < 0.05:
            del out[rng.choice(list(out))]
        if rng.random() < 0.2:
            out["z"] = document(rng, part.get("additionalProperties", True), root, depth - 1)
        return out
    values = {"string": WORDS, "number": NUMBERS, "boolean": (True, False), "null": (None,)}
    return rng.choice(values.get(kind, [number for number in NUMBERS if number == int(number)]))


def text_of(value):
    """As a model writes it: no blanks, the shortest escapes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Schemas(unittest.TestCase):
    """Against PyPI's jsonschema."""

    judge = ""

    def judged(self, cases):
        lines = "".join(json.dumps({"schema": s, "documents": [text_of(d) for d in docs]}) + "\n" for s, docs in cases)
        ended = subprocess.run(
            [self.judge], input=lines, capture_output=True, text=True, timeout=5 * SECONDS, check=True
        )
        return ended.stdout.splitlines()

    def test_a_document_can_be_written_if_it_is_valid(self):
        rng = random.Random(11)
        cases = []
        for _ in range(COUNT):
            form = whole(rng)
            cases.append((form, [document(rng, form, form) for _ in range(12)]))
        num_accepted = num_valid = num_invalid = 0
        for (form, documents), verdict in zip(cases, self.judged(cases), strict=True):
            if verdict.startswith("refused: "):
                continue
            num_accepted += 1
            validator = jsonschema.Draft202012Validator(
                form, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
            )
            for value, flag in zip(documents, verdict, strict=True):
                is_valid = validator.is_valid(value)
                self.assertEqual(flag == "1", is_valid, f"{json.dumps(form)}\n{text_of(value)}")
                num_valid += is_valid
                num_invalid += not is_valid
        print(f"{num_accepted} of {COUNT} schemas accepted, {num_valid} valid and {num_invalid} invalid documents")
        self.assertGreater(num_accepted, 0.8 * COUNT)
        self.assertGreater(num_valid, 3 * COUNT)
        self.assertGreater(num_invalid, 2 * COUNT)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", required=True)
    known, sys.argv[1:] = parser.parse_known_args()
    Schemas.judge = known.judge
    main()
