"""Caches of 8 bits, and of keys without what they share with values, through g4c and g4rt.

Called with --g4c PROGRAM besides.
"""

import concurrent.futures
import json

from programs import Paths, TempTest, artifact, main, read_npy, run_g4c
from serving import serving

FULL = "KV, full"


class CacheTest(TempTest):
    def compile(self, name, model, *flags):
        path = self.folder / f"{name}.g4"
        result = run_g4c("compile", Paths.source / model, "-o", path, "--progress", "none", *flags)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return path

    def caches(self, path):
        """Kind of layers -> its caches, of the plan."""
        plan = json.loads(run_g4c("plan", path, "--json").stdout)
        return {("sliding" if cache["window"] else "full"): cache for cache in plan["kv_cache"]}


class KeysFromValues(CacheTest):
    """Keys whose values are the raw keys are stored once."""

    def logits(self, path, model):
        _, tokens = read_npy(Paths.source / "test/reference/goldens" / model / "tokens.npy")
        return self.eval_logits(path, tokens.tolist()[:200])

    def test_logits_are_those_of_whole_keys(self):
        for model, folder in (("tiny", "models/tiny"), ("moe26b", "test/inputs/models/moe26b"),
                              ("dense31b", "test/inputs/models/dense31b")):
            with self.subTest(model):
                once = self.compile("once", folder, "--weights", "f32")
                whole = self.compile("whole", folder, "--weights", "f32", "--whole-keys")
                ours, expected = self.logits(once, model), self.logits(whole, model)
                worst = max(abs(a - b) for a, b in zip(ours, expected)) / max(map(abs, expected))
                print(f"{model}: {worst:.1e} of the largest logit")
                self.assertLessEqual(worst, 1e-5)
                self.assertNotEqual(ours, expected, "both are the same form")

    def test_they_take_five_eighths(self):
        once = self.compile("once", "models/tiny")
        whole = self.compile("whole", "models/tiny", "--whole-keys")
        ours, plain = self.caches(once), self.caches(whole)
        # A head of 64, of which a quarter rotates: 64 + 16 numbers in place of 128.
        self.assertEqual(ours["full"]["bytes_per_token"] * 8, plain["full"]["bytes_per_token"] * 5)
        self.assertEqual(ours["sliding"]["bytes_per_token"], plain["sliding"]["bytes_per_token"])


class EightBits(CacheTest):
    """Greedy answers to the 200 held-out requests."""

    def answers(self, path):
        with open(Paths.source / "models/tiny/heldout.jsonl", encoding="utf-8") as lines:
            cases = [json.loads(line)["messages"] for line in lines]
        self.assertEqual(len(cases), 200)
        with serving(path, "--max-num-seqs", 16) as server:

            def ask(messages):
                body = {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 400}
                status, reply = server.post("/v1/chat/completions", body)
                self.assertEqual(status, 200, reply)
                return reply["choices"][0]["message"]["content"]

            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                return list(pool.map(ask, cases))

    def test_answers_stay_but_for_two_in_a_hundred(self):
        expected = self.answers(artifact("tiny.bf16").removesuffix(".g4"))
        for dtype, most in (("int8", 4), ("fp8", 40)):
            with self.subTest(dtype):
                path = self.compile(dtype, "models/tiny", "--weights", "bf16", "--kv-cache-dtype", dtype)
                for cache in self.caches(path).values():
                    self.assertEqual(cache["format"], dtype)
                ours = self.answers(path.with_suffix(""))
                changed = sum(a != b for a, b in zip(ours, expected))
                print(f"{dtype}: {changed} of {len(expected)} answers changed")
                self.assertLessEqual(changed, most)

    def test_a_row_has_the_same_bits_alone_and_among_others(self):
        """Chunks of a prompt and prompts side by side write the same codes and scales."""
        path = self.compile("int8", "models/tiny", "--weights", "bf16", "--kv-cache-dtype", "int8")
        _, tokens = read_npy(Paths.source / "test/reference/goldens/tiny/tokens.npy")
        rows = [self.eval_logits(path, tokens.tolist()[:150], "--chunk", chunk) for chunk in (1, 7, 150)]
        self.assertEqual(rows[0], rows[1])
        self.assertEqual(rows[0], rows[2])


if __name__ == "__main__":
    main()
