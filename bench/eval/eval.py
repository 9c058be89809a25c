"""How many questions of a data set a server answers rightly; bench/README.md describes it.

Standard library alone: any Python 3.11 runs it, beside any server of OpenAI's API.
"""

import argparse
import csv
import json
import math
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from forms import FORMS


def read_records(path):
    """The records of a .jsonl or .json file, or of MMLU's .csv: question, A, B, C, D, answer."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        rows = csv.reader(text.splitlines(keepends=True))
        return [{"question": row[0], "choices": row[1:-1], "answer": row[-1], "subject": path.stem} for row in rows if row]
    if path.suffix == ".json":
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class Server:
    """A server of OpenAI's API."""

    def __init__(self, options):
        self.url, self.key, self.timeout = options.url.rstrip("/"), options.api_key, options.timeout
        self.model = options.model or self.call("/v1/models")["data"][0]["id"]
        self.fields = {"model": self.model, "temperature": options.temperature, "max_tokens": options.max_tokens}
        if options.reasoning:
            self.fields["chat_template_kwargs"] = {"enable_thinking": options.reasoning == "on"}

    def call(self, path, body=None):
        data = json.dumps(body).encode() if body else None
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        request = urllib.request.Request(self.url + path, data, headers)
        with urllib.request.urlopen(request, timeout=self.timeout) as reply:
            return json.load(reply)

    def answer(self, content):
        """The text of an answer to one message; thoughts are no part of it."""
        body = {**self.fields, "messages": [{"role": "user", "content": content}]}
        return self.call("/v1/chat/completions", body)["choices"][0]["message"]["content"] or ""


def problem_of(error):
    """What a failed request says of itself."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}: {error.read(500).decode(errors='replace')}"
    return f"{type(error).__name__}: {error}"


def judge(form, record, server, folder):
    """A line of the log: the record's answer, and what became of it: right, wrong, unread (no answer found) or failed."""
    line = {"group": form.group(record), "want": record["answer"]}
    try:
        text = server.answer(form.ask(record, folder))
    except (OSError, ValueError, KeyError) as error:
        return {**line, "outcome": "failed", "error": problem_of(error)}
    found = form.found(text)
    right = found is not None and form.is_right(found, record)
    return {**line, "outcome": "right" if right else "unread" if found is None else "wrong", "found": found, "text": text}


def summary(task, model, lines, seconds):
    """Accuracy is of all records, so an answer that failed or cannot be read counts as wrong."""
    count = Counter(line["outcome"] for line in lines)
    share = count["right"] / len(lines)
    groups = {}
    for line in lines:
        groups.setdefault(line["group"], []).append(line["outcome"] == "right")
    return {
        "task": task,
        "model": model,
        "num_records": len(lines),
        "accuracy": share,
        "standard_error": math.sqrt(share * (1 - share) / len(lines)),
        **{outcome: count[outcome] for outcome in ("right", "wrong", "unread", "failed")},
        "seconds": seconds,
        "by_group": {name: sum(rights) / len(rights) for name, rights in sorted(groups.items())},
    }


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench/eval/eval.py", description="Asks a server the questions of a file.")
    parser.add_argument("task", choices=FORMS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--api-key", default="none")
    parser.add_argument("--model", help="the server's first one, if not given")
    parser.add_argument("--num-examples", type=int, help="of the file, from its begin")
    parser.add_argument("--max-concurrency", type=int, default=16)
    parser.add_argument("--max-tokens", type=int, default=2048)
    parser.add_argument("--temperature", type=float, default=0)
    parser.add_argument("--reasoning", choices=["on", "off"], help="whether the model thinks; else the server's choice")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for one answer")
    parser.add_argument("--log", type=Path, help="a line of JSON for each record")
    return parser.parse_args()


def main():
    options = parse_arguments()
    form, server = FORMS[options.task](), Server(options)
    records = read_records(options.file)[: options.num_examples]
    if not records:
        sys.exit(f"eval: {options.file} has no record")
    start = time.monotonic()
    with ThreadPoolExecutor(options.max_concurrency) as pool:
        lines = list(pool.map(lambda record: judge(form, record, server, options.file.parent), records))
    if options.log:
        options.log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    result = summary(options.task, server.model, lines, time.monotonic() - start)
    print(json.dumps(result, indent=2))
    if result["failed"]:
        first = next(line["error"] for line in lines if line["outcome"] == "failed")
        sys.exit(f"eval: {result['failed']} of {len(lines)} requests failed: {first}")


if __name__ == "__main__":
    main()
