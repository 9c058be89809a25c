"""bench/eval: each form asks what it should, and judges answers of which it is known whether they are right."""

import json
import subprocess
import sys

from programs import SECONDS, Paths, TempTest, main
from serving import Handler, LocalServer, serving

PIXEL = "data:image/png;base64,iVBORw0KGgo="
TEN = [f"word {i}" for i in range(10)]

# A record, an answer, and what becomes of it.
MMLU = [
    ({"question": "2 + 2?", "choices": ["3", "4", "5", "6"], "answer": 1, "subject": "sums"}, "So B.\nAnswer: B", "right"),
    ({"question": "2 + 3?", "choices": ["3", "4", "5", "6"], "answer": "C"}, "Answer: A? No.\n**Answer:** (C)", "right"),
    ({"question": "2 + 4?", "choices": ["3", "4", "5", "6"], "answer": 3, "subject": "sums"}, "The answer is C.", "wrong"),
    ({"question": "Which?", "options": TEN, "answer": "J", "category": "long"}, "J", "right"),
    ({"question": "Which now?", "options": TEN, "answer": "A"}, "I do not know, All is vague", "unread"),
]
GSM8K = [
    ({"question": "q1", "answer": "1,000 + 234 = 1234\n#### 1,234"}, "First 1000.\nAnswer: 1234.00", "right"),
    ({"question": "q2", "answer": "#### -7"}, "Answer: $-7$", "right"),
    ({"question": "q3", "answer": "#### 12"}, "It costs 10 and 2, thus 12", "right"),
    ({"question": "q4", "answer": "#### 12"}, "Answer: 13, not 12", "wrong"),
    ({"question": "q5", "answer": "#### 12"}, "twelve", "unread"),
]
MMMU = [
    (
        {
            "question": "What is <image 1> beside <image 2>?",
            "options": "['a cat', 'a dog']",
            "answer": "B",
            "image_1": "cat.png",
            "image_2": PIXEL,
        },
        "Answer: B",
        "right",
    ),
    ({"question": "And <image 1>?", "options": ["x", "y"], "answer": "A", "image_1": PIXEL}, "Answer: (B)", "wrong"),
    ({"question": "How many?", "options": [], "answer": "3.0"}, "I count. Answer: 3", "right"),
    ({"question": "Who?", "answer": ["Paul Klee", "Klee"]}, "Answer: the klee.", "right"),
]
NEEDLE = [
    (
        {
            "context": "hay " * 50 + "The code is Zebra-7. " + "hay " * 50,
            "question": "What is the code?",
            "answer": "zebra-7",
            "length": 100,
            "depth": 0.5,
        },
        "It is ZEBRA-7.",
        "right",
    ),
    ({"context": "hay", "question": "Which two?", "answer": ["a1", "b2"], "length": 100, "depth": 0.9}, "a1", "wrong"),
]


class Scripted(LocalServer):
    """Answers each message that holds a record's question with the record's answer."""

    def __init__(self, cases):
        bodies = self.bodies = []

        class ScriptedHandler(Handler):
            def do_GET(self):
                self.reply(200, {"data": [{"id": "scripted"}]})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                bodies.append(body)
                content = body["messages"][0]["content"]
                text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
                for record, answer, _ in cases:
                    if record["question"].split("<")[0] in text:
                        return self.reply(200, {"choices": [{"message": {"content": answer}}]})
                return self.reply(400, {"error": {"message": "nobody asked for this"}})

        super().__init__(ScriptedHandler)


class Questions(TempTest):
    """The command, against answers that are known."""

    def eval(self, task, file, url, *flags):
        command = [sys.executable, Paths.source / "bench/eval/eval.py", task, file, "--url", url, *flags]
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=SECONDS, check=False)

    def judged(self, task, cases):
        """The summary and the server, after each case became what it should."""
        server = Scripted(cases)
        self.addCleanup(server.close)
        (self.folder / "cat.png").write_bytes(b"\x89PNG\r\n")
        file = self.write("set.jsonl", "".join(json.dumps(record) + "\n" for record, _, _ in cases))
        done = self.eval(task, file, server.url, "--log", self.folder / "log.jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [json.loads(line) for line in (self.folder / "log.jsonl").read_text().splitlines()]
        self.assertEqual([line["outcome"] for line in lines], [outcome for _, _, outcome in cases], lines)
        summary = json.loads(done.stdout)
        right = sum(outcome == "right" for _, _, outcome in cases)
        self.assertEqual((summary["right"], summary["num_records"]), (right, len(cases)))
        self.assertAlmostEqual(summary["accuracy"], right / len(cases))
        return summary, server

    def test_multiple_choice(self):
        summary, server = self.judged("mmlu", MMLU)
        self.assertEqual(summary["by_group"], {"all": 0.5, "long": 1.0, "sums": 0.5})
        asked = next(body for body in server.bodies if "2 + 2?" in body["messages"][0]["content"])
        self.assertIn("A) 3\nB) 4\nC) 5\nD) 6", asked["messages"][0]["content"])
        self.assertEqual((asked["model"], asked["temperature"]), ("scripted", 0))

    def test_multiple_choice_as_csv(self):
        cases = [(case[0] | {"answer": "B"}, case[1], case[2]) for case in MMLU[:1]]
        server = Scripted(cases)
        self.addCleanup(server.close)
        done = self.eval("mmlu", self.write("sums.csv", '"2 + 2?",3,4,5,6,B\n'), server.url)
        self.assertEqual(json.loads(done.stdout)["by_group"], {"sums": 1.0})

    def test_numbers(self):
        self.judged("gsm8k", GSM8K)

    def test_pictures_go_where_the_question_has_them(self):
        _, server = self.judged("mmmu", MMMU)
        parts = next(body["messages"][0]["content"] for body in server.bodies if "beside" in str(body))
        self.assertEqual([part["type"] for part in parts], ["text", "image_url", "text", "image_url", "text"])
        self.assertEqual(parts[1]["image_url"]["url"], "data:image/png;base64,iVBORw0K")
        self.assertEqual(parts[3]["image_url"]["url"], PIXEL)
        self.assertIn("A) a cat\nB) a dog", parts[4]["text"])

    def test_needles(self):
        summary, _ = self.judged("needle", NEEDLE)
        self.assertEqual(summary["by_group"], {"length 100, depth 0.5": 1.0, "length 100, depth 0.9": 0.0})

    def test_a_request_that_fails_is_no_wrong_answer(self):
        server = Scripted([])
        self.addCleanup(server.close)
        done = self.eval("gsm8k", self.write("set.jsonl", json.dumps(GSM8K[0][0])), server.url)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((json.loads(done.stdout)["failed"], json.loads(done.stdout)["wrong"]), (1, 0))
        self.assertIn("nobody asked for this", done.stderr)

    def test_our_own_server_is_asked(self):
        record = {"context": "", "question": "Draw a large red circle.", "answer": "svg"}
        with serving("tiny.bf16") as server:
            done = self.eval("needle", self.write("set.json", json.dumps([record])), server.url, "--max-tokens", "64")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(json.loads(done.stdout)["model"], "tiny")


if __name__ == "__main__":
    main()
