"""What is asked for a record of a data set, and what in an answer counts as right.

A form has `ask(record, folder)`, the content of one user message; `found(answer)`, what the answer says, None where it says
nothing that can be read; and `is_right(found, record)`. `group(record)` names the part of the set that it belongs to.
"""

import ast
import base64
import mimetypes
import re
import string

LETTERS = string.ascii_uppercase
NUMBER = re.compile(r"(?<!\d)-?\d[\d,]*(?:\.\d+)?")
# "Answer: B", "The answer is (B)", "**Answer:** B"; the last one of an answer counts.
LETTER = re.compile(r"(?i:answer)\W{0,8}(?:(?i:is)\W{0,8})?([A-Z])\b")
FINAL = re.compile(r"(?:(?i:answer)[\s:*]*(?:is\b)?|####)[\s:*]*(.+)")


def value_of(number):
    """Of what NUMBER has found."""
    return float(number.replace(",", ""))


def one_of(options):
    return "\n".join(f"{letter}) {option}" for letter, option in zip(LETTERS, options, strict=False))


def found_letter(answer):
    """The letter of the last "Answer: X"; of an answer that is nothing but a letter, this."""
    if alone := re.fullmatch(r"\W*([A-Z])\W*", answer):
        return alone[1]
    letters = LETTER.findall(answer)
    return letters[-1] if letters else None


class Mmlu:
    """{"question", "choices" or "options": [...], "answer": a number from 0 or a letter, "subject" or "category"}."""

    def options(self, record):
        return record.get("choices") or record["options"]

    def ask(self, record, _):
        return (
            "Answer the following multiple choice question. Think step by step. The last line of your answer must be "
            f'"Answer: X", where X is one letter.\n\n{record["question"]}\n\n{one_of(self.options(record))}'
        )

    found = staticmethod(found_letter)

    def is_right(self, found, record):
        want = record["answer"]
        return found == (LETTERS[want] if isinstance(want, int) else want.strip().upper())

    def group(self, record):
        return record.get("subject") or record.get("category") or "all"


class Gsm8k:
    """{"question", "answer": "... #### 42"}: the number after #### counts."""

    def ask(self, record, _):
        return f'{record["question"]}\n\nThink step by step. The last line of your answer must be "Answer: N", where N is a number.'

    def found(self, answer):
        """The number of the last "Answer: N" or "#### N"; without one the last number."""
        finals = [number for final in FINAL.findall(answer) for number in NUMBER.findall(final)[:1]]
        numbers = finals or NUMBER.findall(answer)
        return value_of(numbers[-1]) if numbers else None

    def is_right(self, found, record):
        return found == value_of(NUMBER.findall(str(record["answer"]).split("####")[-1])[0])

    def group(self, _):
        return "all"


class Mmmu:
    """MMMU's records: "question" with <image 1> in it, "options" (a list, or its spelling; empty: open), "answer", and image_1
    to image_7: a file beside the data set, or a data: URL.
    """

    def options(self, record):
        options = record.get("options") or []
        return ast.literal_eval(options) if isinstance(options, str) else options

    def ask(self, record, folder):
        options = self.options(record)
        how = "one letter" if options else "a word or a number"
        text = f'{record["question"]}\n{one_of(options)}\n\nThe last line of your answer must be "Answer: X", where X is {how}.'
        parts = []
        for i, piece in enumerate(re.split(r"<image (\d)>", text)):
            if i % 2 == 0 and piece:
                parts.append({"type": "text", "text": piece})
            elif i % 2:
                parts.append({"type": "image_url", "image_url": {"url": image_url(record[f"image_{piece}"], folder)}})
        return parts

    def found(self, answer):
        finals = FINAL.findall(answer)
        return finals[-1].strip() if finals else answer.strip() or None

    def is_right(self, found, record):
        if self.options(record):
            return found_letter(found) == record["answer"] or found_letter(f"Answer: {found}") == record["answer"]
        wants = record["answer"] if isinstance(record["answer"], list) else [record["answer"]]
        return any(same_word(found, str(want)) for want in wants)

    def group(self, record):
        return record.get("subfield") or record.get("subject") or "all"


def image_url(image, folder):
    if image.startswith("data:"):
        return image
    kind = mimetypes.guess_type(image)[0] or "image/png"
    return f"data:{kind};base64,{base64.b64encode((folder / image).read_bytes()).decode()}"


def same_word(found, want):
    """Equal numbers, or equal words but for case, marks and articles."""
    if NUMBER.fullmatch(want.strip()):
        numbers = NUMBER.findall(found)
        return bool(numbers) and abs(value_of(numbers[0]) - value_of(want)) < 1e-6

    def plain(text):
        return re.sub(r"\b(?:the|a|an)\b|\W+", " ", text.lower()).split()

    return plain(found) == plain(want)


class Needle:
    """{"context": a long text, "question", "answer": what must be in the answer, "length" and "depth" for the table}."""

    def ask(self, record, _):
        return f'{record["context"]}\n\nAnswer from the text above alone, in few words.\n{record["question"]}'

    def found(self, answer):
        return answer.strip() or None

    def is_right(self, found, record):
        wants = record["answer"] if isinstance(record["answer"], list) else [record["answer"]]
        return all(want.lower() in found.lower() for want in wants)

    def group(self, record):
        return f"length {record.get('length', len(record['context']))}, depth {record.get('depth', '?')}"


FORMS = {"mmlu": Mmlu, "gsm8k": Gsm8k, "mmmu": Mmmu, "needle": Needle}
