"""g4c evaluate against the same figures from g4rt eval's logits, in f64.

Called with --g4c PROGRAM besides.
"""

import json
import math
import struct
import sys

from oracle_text import PlainTokenizer
from programs import Paths, TempTest, artifact, copy_changed, heldout_other, main, percentile, run_g4c
from serving import serving

VOCABULARY = 2048
BOS = 2


def log_sum(row):
    top = max(row)
    return top + math.log(math.fsum(math.exp(x - top) for x in row))


def compare(found, expected, following):
    """loss, reference's loss, KL and whether the best token is the same, of one row."""
    q, p = log_sum(found), log_sum(expected)
    kl = math.fsum(math.exp(b - p) * ((b - p) - (a - q)) for a, b in zip(found, expected))
    return q - found[following], p - expected[following], kl, found.index(max(found)) == expected.index(max(expected))


def figures(rows):
    """What g4c evaluate says of these rows."""
    losses, reference, kls, same = zip(*rows)
    mean = lambda values: math.fsum(values) / len(rows)
    return {
        "rows": len(rows),
        "perplexity": math.exp(mean(losses)),
        "reference_perplexity": math.exp(mean(reference)),
        "top1_agreement": mean(same),
        "kl_mean": mean(kls),
        "kl_p99": percentile(kls, 0.99),
        "kl_p999": percentile(kls, 0.999),
        "kl_max": max(kls),
    }


class EvaluateTest(TempTest):
    def figures(self, *arguments):
        result = run_g4c("evaluate", *arguments, "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return json.loads(result.stdout)

    def logits(self, model, sequences):
        """Of each sequence the rows, from g4rt eval."""
        values = self.eval_logits(artifact(model), sequences)
        rows = [values[i : i + VOCABULARY] for i in range(0, len(values), VOCABULARY)]
        lengths = [len(sequence) for sequence in sequences]
        begins = [sum(lengths[:i]) for i in range(len(lengths))]
        return [rows[begin : begin + length] for begin, length in zip(begins, lengths)]


class Oracle(EvaluateTest):
    """A text with every form of line."""

    def lines(self):
        """(line of the file, token ids, where the answer begins)"""
        folder = Paths.source / "models/tiny"
        sys.path.insert(0, str(folder))
        from template import render

        tokenizer = PlainTokenizer(folder / "tokenizer.json")
        examples = heldout_other()
        for example in (examples[0], examples[30], examples[90]):
            messages, thinking, answer = example["messages"], example["thinking"], example["answer"]
            line = {"messages": messages, "enable_thinking": thinking, "answer": answer, "category": example["kind"]}
            if example["tools"]:
                line["tools"] = example["tools"]
            prompt = tokenizer.encode(render(messages, example["tools"], enable_thinking=thinking))
            yield line, prompt + tokenizer.encode(answer), len(prompt)
        for line in ({"prompt": "<|turn>user\nHi", "answer": "<turn|>"}, {"text": "A red circle.", "category": "plain"}):
            prompt = [BOS] + tokenizer.encode(line.get("prompt", line.get("text")))
            yield line, prompt + tokenizer.encode(line.get("answer", "")), len(prompt)

    def expected(self, model, reference, cases):
        """(category, row kind) -> rows"""
        groups = {}
        sequences = [ids for _, ids, _ in cases]
        found, wanted = self.logits(model, sequences), self.logits(reference, sequences)
        for (line, ids, answer), ours, theirs in zip(cases, found, wanted):
            for at, following in enumerate(ids[1:]):
                row = compare(list(ours[at]), list(theirs[at]), following)
                for category in {None, line.get("category")}:
                    for kind in ("all", "answer" if at + 1 >= answer else "prompt"):
                        groups.setdefault((category, kind), []).append(row)
        return groups

    def assert_close(self, found, expected):
        for name, value in expected.items():
            self.assertAlmostEqual(found[name], value, delta=1e-9 + 1e-6 * abs(value), msg=name)

    def test_figures_are_those_of_the_logits(self):
        cases = list(self.lines())
        text = self.write("text.jsonl", "\n".join(json.dumps(line) for line, _, _ in cases) + "\n\n")
        result = self.figures(artifact("tiny.int4"), "--reference", artifact("tiny.bf16"), "--text", text,
                              "--floor", artifact("tiny.f32"))
        self.assertEqual(result["sequences"], len(cases))
        model = self.expected("tiny.int4", "tiny.bf16", cases)
        floor = self.expected("tiny.f32", "tiny.bf16", cases)
        groups = {(group["category"], group["row_kind"]): group for group in result["groups"]}
        self.assertEqual(set(groups), set(model))
        for key, group in groups.items():
            with self.subTest(key):
                self.assert_close(group, figures(model[key]))
                self.assert_close(group["floor"], figures(floor[key]))
        whole = groups[None, "all"]
        self.assertGreater(whole["kl_mean"], 1e-5, "these are not 4 bits")
        self.assertLess(whole["floor"]["kl_mean"], whole["kl_mean"] / 5)
        self.assertLess(whole["floor"]["experts_changed"], whole["experts_changed"])
        self.assertLess(whole["experts_changed"], 0.9)


class Forms(EvaluateTest):
    def test_a_model_agrees_with_itself(self):
        text = self.write("text.txt", "Draw a large red circle. " * 40)
        result = self.figures(artifact("tiny.bf16"), "--reference", artifact("tiny.bf16"), "--text", text)
        (group,) = result["groups"]
        self.assertEqual((group["kl_max"], group["top1_agreement"], group["experts_changed"]), (0, 1, 0))
        self.assertEqual(group["perplexity"], group["reference_perplexity"])
        self.assertIsNone(group["floor"])

    def test_plain_text_is_cut_into_windows(self):
        tokenizer = PlainTokenizer(Paths.source / "models/tiny/tokenizer.json")
        content = "Draw a large red circle. " * 10
        ids = tokenizer.encode(content)
        windows = [[BOS, *ids[i : i + 15]] for i in range(0, len(ids), 15)]
        result = self.figures(artifact("tiny.bf16"), "--reference", artifact("tiny.bf16"), "--text",
                              self.write("text.txt", content), "--window", 16)
        self.assertEqual(result["groups"][0]["rows"], len(ids))
        logits = self.logits("tiny.bf16", windows)
        losses = [log_sum(row) - row[following] for rows, window in zip(logits, windows)
                  for row, following in zip(rows, window[1:])]
        self.assertAlmostEqual(result["groups"][0]["perplexity"] / math.exp(math.fsum(losses) / len(ids)), 1, places=6)

    def test_a_model_without_experts_has_no_share_of_them(self):
        text = self.write("text.txt", "hello")
        result = self.figures(artifact("dense12b.f32"), "--reference", artifact("dense12b.f32"), "--text", text)
        self.assertIsNone(result["groups"][0]["experts_changed"])

    def test_people_get_a_table(self):
        text = self.write("text.jsonl", '{"prompt": "Draw", "answer": " a circle", "topic": "shapes"}\n')
        result = run_g4c("evaluate", artifact("tiny.int4"), "--reference", artifact("tiny.bf16"), "--text", text,
                         "--category-key", "topic", "--floor", artifact("tiny.f32"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        lines = result.stdout.splitlines()
        self.assertEqual(len(lines), 1 + 2 * 6)
        for word in ("perplexity", "top-1 %", "99.9 % KL", "experts %"):
            self.assertIn(word, lines[0])
        self.assertTrue(lines[3].startswith("answer rows"), lines[3])
        self.assertTrue(lines[7].startswith("shapes: all rows"), lines[7])


class Label(EvaluateTest):
    """g4c compile --label, and who shows it."""

    TEXT = '{"prompt": "<|turn>user\\nDraw a red circle.<turn|>", "answer": "<svg>"}\n{"text": "Hello there, you."}\n'

    def compile(self, name, text, *flags):
        path = self.folder / name
        result = run_g4c("compile", Paths.source / "models/tiny", "-o", path, "--weights", "int4", "--label", text,
                         "--progress", "none", *flags)
        return path, result

    def test_the_label_says_what_evaluate_says(self):
        text = self.write("text.jsonl", self.TEXT)
        path, result = self.compile("a.g4", text)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        again, _ = self.compile("b.g4", text)
        self.assertEqual(path.read_bytes(), again.read_bytes(), "the same inputs, other bytes")
        self.assertEqual({file.name for file in self.folder.iterdir()}, {"text.jsonl", "a.g4", "b.g4"})
        self.assertEqual(run_g4c("verify", path).returncode, 0)
        label = json.loads(run_g4c("inspect", path, "--json").stdout)["label"]
        self.assertEqual((label["reference"], label["text"]), ("bf16", "text.jsonl"))
        expected = self.figures(path, "--reference", artifact("tiny.bf16"), "--text", text)
        self.assertEqual(label["text_checksum"], expected["text_checksum"])
        self.assertEqual(set(label["rows"]), {"all", "answer", "prompt"})
        for group in expected["groups"]:
            for name, value in label["rows"][group["row_kind"]].items():
                self.assertEqual(value, group[name], name)
        self.assertIn("label      against bf16 on text.jsonl", run_g4c("inspect", path).stdout)
        with serving(path.with_suffix("")) as server:
            self.assertEqual(server.get("/v1/models")[1]["data"][0]["label"], label)

    def test_experts_of_small_weight_are_dropped(self):
        """All but the first of the two where it has half; the label says what that costs."""
        text = self.write("text.jsonl", self.TEXT)
        losses = []
        for least in (0, 0.5):
            path, result = self.compile(f"{least}.g4", text, "--skip-experts-below", least)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("label      against bf16 on text.jsonl", result.stdout)
            losses.append(json.loads(run_g4c("inspect", path, "--json").stdout)["label"]["rows"]["all"]["kl_mean"])
        self.assertLess(losses[0], losses[1])
        plain, _ = self.compile("plain.g4", text)
        self.assertEqual(plain.read_bytes(), (self.folder / "0.g4").read_bytes())
        self.assert_refused(self.compile("a.g4", text, "--skip-experts-below", 0.6)[1], 3, "1/2", "0.6")
        self.assert_refused(run_g4c("compile", Paths.source / "models/tiny", "-o", self.folder / "a.g4",
                                    "--skip-experts-below", 0.1), 2, "--label")

    def test_a_changed_figure_is_found(self):
        text = self.write("text.txt", "a red circle")
        path, _ = self.compile("a.g4", text)
        mean = json.loads(run_g4c("inspect", path, "--json").stdout)["label"]["rows"]["all"]["kl_mean"]
        content = path.read_bytes()
        at = content.find(struct.pack("<d", mean))
        self.assertGreater(at, 0)
        damaged = self.folder / "damaged.g4"
        copy_changed(path, damaged, at, 1)
        self.assert_refused(run_g4c("verify", damaged), 3, "label")

    def test_a_wrong_text_leaves_no_file(self):
        _, result = self.compile("a.g4", self.write("text.jsonl", "{}"))
        self.assert_refused(result, 3, "text.jsonl", "line 1")
        self.assertEqual([file.name for file in self.folder.iterdir()], ["text.jsonl"])

    def test_an_artifact_for_another_machine_has_none(self):
        _, result = self.compile("a.g4", self.write("text.txt", "a b"), "--target", "sm90")
        self.assert_refused(result, 2, "--label", "target")


class Refusals(EvaluateTest):
    """One line, exit code 3."""

    def refuse(self, text, *words, reference="tiny.bf16", name="text.jsonl", flags=()):
        path = self.write(name, text)
        result = run_g4c("evaluate", artifact("tiny.int4"), "--reference", artifact(reference), "--text", path, *flags)
        self.assert_refused(result, 3, *words)

    def test_another_vocabulary(self):
        self.refuse('{"text": "a b"}', "vocabularies differ", reference="dense12b.f32")

    def test_lines_that_are_no_text(self):
        good = '{"text": "a circle"}\n'
        for line, word in (("{", "line 2"), ("[1]", "not an object"), ("{}", '"prompt"'), ('{"text": 7}', '"text"'),
                           ('{"messages": 1}', "messages"), ('{"text": "a", "category": 1}', '"category"'),
                           ('{"prompt": "a", "answer": []}', '"answer"')):
            with self.subTest(line):
                self.refuse(good + line, "text.jsonl", "line 2", word)

    def test_nothing_to_judge(self):
        self.refuse("", "two tokens")
        self.refuse("", "two tokens", name="text.txt")

    def test_a_sequence_that_is_too_long(self):
        self.refuse('{"text": "' + "circle " * 2100 + '"}', "tokens", "2048")

    def test_files_that_are_not_there(self):
        missing = self.folder / "none.txt"
        result = run_g4c("evaluate", artifact("tiny.int4"), "--reference", artifact("tiny.bf16"), "--text", missing)
        self.assert_refused(result, 3, missing)
        result = run_g4c("evaluate", artifact("tiny.int4"), "--reference", missing, "--text", missing)
        self.assert_refused(result, 3, missing)


if __name__ == "__main__":
    main()
