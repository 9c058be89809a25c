"""g4rt eval against what transformers computed, and what it refuses."""

import array
import json
import math
import unittest

from programs import Paths, TempTest, artifact, main, read_npy, run

MODELS = ["tiny", "moe26b", "dense31b", "dense12b", "ple_e2b", "ple_e4b"]
MOST_ERROR = 1e-4  # of the largest logit, docs/numerics.md


def golden(model):
    """The sequences, their places in the golden, its rows and the vocabulary."""
    folder = Paths.source / "test/reference/goldens" / model
    places = json.loads((folder / "manifest.json").read_text())["sequences"]
    _, ids = read_npy(folder / "tokens.npy")
    (_, vocabulary), rows = read_npy(folder / "logits.npy")
    sequences = [ids[p["offset"] : p["offset"] + p["length"]].tolist() for p in places]
    return sequences, places, rows, vocabulary


def largest_error(rows, expected, vocabulary, places):
    """Of the golden's rows, against the same rows among ours."""
    worst = 0.0
    for place in places:
        for index, position in enumerate(place["positions"]):
            ours = (place["offset"] + position) * vocabulary
            theirs = (place["row"] + index) * vocabulary
            pairs = zip(rows[ours : ours + vocabulary], expected[theirs : theirs + vocabulary])
            worst = max(worst, max(abs(a - b) for a, b in pairs))
    return worst


def perplexity(rows, vocabulary, sequences):
    """From logits, in f64: an independent sum."""
    loss, count, first = 0.0, 0, 0
    for sequence in sequences:
        for index, following in enumerate(sequence[1:]):
            row = rows[(first + index) * vocabulary : (first + index + 1) * vocabulary]
            top = max(row)
            loss += top + math.log(math.fsum(math.exp(x - top) for x in row)) - row[following]
            count += 1
        first += len(sequence)
    return math.exp(loss / count)


class Goldens(TempTest):
    """All family shapes."""

    def evaluate(self, model, sequences, *flags):
        tokens, out = self.write("ids.json", json.dumps(sequences)), self.folder / "out.npy"
        result = run("eval", artifact(model), "--tokens", tokens, "--logits", out, *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result, *read_npy(out)

    def test_f32_logits_are_those_of_transformers(self):
        for model in MODELS:
            with self.subTest(model):
                sequences, places, expected, vocabulary = golden(model)
                _, shape, rows = self.evaluate(f"{model}.f32", sequences)
                self.assertEqual(shape, (sum(map(len, sequences)), vocabulary))
                error = largest_error(rows, expected, vocabulary, places) / max(map(abs, expected))
                print(f"{model}: {error:.2e} of the largest logit")
                self.assertLessEqual(error, MOST_ERROR)

    def test_the_chunk_changes_no_bit(self):
        sequences = golden("moe26b")[0]
        whole = self.evaluate("moe26b.f32", sequences, "--chunk", 512)[2]
        for chunk in (1, 7):
            self.assertEqual(self.evaluate("moe26b.f32", sequences, "--chunk", chunk)[2], whole)

    def test_perplexity_is_that_of_the_logits(self):
        sequences = golden("tiny")[0]
        result, shape, rows = self.evaluate("tiny.f32", sequences, "--perplexity")
        self.assertRegex(result.stdout, r"^\d+\.?\d*\n$")
        self.assertAlmostEqual(float(result.stdout) / perplexity(rows, shape[1], sequences), 1, places=4)

    def test_one_list_is_one_sequence(self):
        _, shape, rows = self.evaluate("tiny.f32", [2, 105, 7])
        self.assertEqual((shape, len(rows)), ((3, 2048), 3 * 2048))
        self.assertEqual(rows, self.evaluate("tiny.f32", [[2, 105, 7]])[2])

    def test_logits_are_no_prompts_business(self):
        _, _, alone = self.evaluate("tiny.bf16", [[2, 9, 11]])
        _, _, behind = self.evaluate("tiny.bf16", [[2, 400, 401, 402], [2, 9, 11]])
        self.assertEqual(array.array("f", behind[4 * 2048 :]), alone)


class Refusals(TempTest):
    """Wrong ids: exit code 2, one line, no file."""

    def refuse(self, content, *words, flags=()):
        tokens, out = self.write("ids.json", content), self.folder / "out.npy"
        result = run("eval", artifact("tiny.bf16"), "--tokens", tokens, "--logits", out, *flags)
        self.assert_refused(result, 2, *words)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["ids.json"])

    def test_ids_that_are_no_lists_of_ids(self):
        for content in ("", "[1, 2", "{}", "[]", "[[]]", '[1, "a"]', "[1.5]", "[-1]", "[[1], 2]", "[true]", "7", "[1e99]"):
            with self.subTest(content):
                self.refuse(content, "ids.json")

    def test_an_id_outside_of_the_vocabulary(self):
        self.refuse("[[1], [2, 2048]]", "sequence 1", "2048", "2047")

    def test_a_sequence_that_is_too_long(self):
        self.refuse("[1, 2, 3]", "3 ids", "max-model-len is 2", flags=("--max-model-len", 2))
        self.refuse(json.dumps([1] * 2049), "2049 ids")

    def test_perplexity_without_a_second_id(self):
        self.refuse("[5]", "two ids", flags=("--perplexity",))

    def test_missing_files_and_folders(self):
        ids = self.write("ids.json", "[1]")
        model = artifact("tiny.bf16")
        none = self.folder / "none" / "out.npy"
        self.assert_refused(run("eval", model, "--tokens", none, "--perplexity"), 2, none)
        self.assert_refused(run("eval", model, "--tokens", ids, "--logits", none), 2, none)
        self.assert_refused(run("eval", model, "--tokens", ids), 2, "--logits")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    main()
