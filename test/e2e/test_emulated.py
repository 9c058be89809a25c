"""g4rt on a GPU that is not there: the emulator behind a fake CUDA driver.

Called with --fakecuda FOLDER besides, which has the fake libcuda.so.1. The models have code for sm90, emulated, and for
the CPU. One step takes tens of milliseconds and more, so prompts and answers are short.
"""

import os
import re
import threading

from emulated import EmulatedTest, golden_tokens, largest_difference
from programs import artifact, logit_rows, main, run, take_option

MODEL = "tiny-emulated.f32"
GREEDY = ("-p", "Hi", "--temperature", 0, "-n", 6)
NUM_TOKENS = 9
# The largest difference of a logit from the CPU's, as a share of the largest logit: docs/numerics.md. With bf16 and 4 bits
# both sides round activations, each at its places; of the random models that have experts the router then chooses others,
# so the trained one alone is compared.
MODELS = {
    "tiny.f32": 1e-4,
    "moe26b.f32": 1e-4,
    "dense31b.f32": 1e-4,
    "dense12b.f32": 1e-4,
    "ple_e2b.f32": 1e-4,
    "ple_e4b.f32": 1e-4,
    "tiny.bf16": 1e-2,
    "tiny.int4": 1e-2,
    # Both sides write the same codes but where a number is at a rounding's edge.
    "tiny.kv-int8": 2e-2,
    "tiny.kv-fp8": 1e-1,
}
ILLEGAL = "CUDA_ERROR_ILLEGAL_ADDRESS"


class Answers(EmulatedTest):
    """The same numbers as on the CPU."""

    def test_tokens_are_those_of_the_cpu(self):
        here = run("run", artifact(MODEL), "--device", "cpu", *GREEDY)
        there = self.on_gpu("run", *GREEDY)
        self.assertEqual((there.returncode, there.stderr), (0, ""))
        self.assertGreater(len(here.stdout), 5)
        self.assertEqual(there.stdout, here.stdout)

    def logits(self, model, device, *flags):
        """Of the first tokens of the model's golden."""
        tokens = golden_tokens(model.split(".")[0])[:NUM_TOKENS]
        return self.logits_of(model.replace(".", "-emulated."), device, tokens, *flags)[1]

    def test_logits_are_those_of_the_cpu(self):
        for model, most in MODELS.items():
            with self.subTest(model):
                expected, ours = self.logits(model, "cpu"), self.logits(model, "cuda:0")
                worst = largest_difference(ours, expected)
                print(f"{model}: {worst:.2e} of the largest logit")
                self.assertLessEqual(worst, most)

    def test_launches_that_share_a_grid_leave_the_same_bits(self):
        """Steps of one row and of four have them, one of nine has not: of the router and the dense MLP, and of two linears."""
        tokens = golden_tokens("moe26b")[:NUM_TOKENS]
        for model in ("moe26b", "odd"):
            for chunk in (1, 4, NUM_TOKENS):
                flags = ("cuda:0", tokens, "--chunk", chunk)
                alone = self.logits_of(f"{model}-emulated.bf16", *flags)
                self.assertEqual(self.logits_of(f"{model}-emulated.merged", *flags), alone)

    def test_a_prompt_is_scored_row_by_row(self):
        """The largest logits of a row come to the host with each step; these need the whole row."""
        ids = golden_tokens("tiny")[:NUM_TOKENS]
        rows = logit_rows(self.logits_of(MODEL, "cuda:0", ids)[1], len(ids))
        server = self.serve("--max-num-seqs", 4)  # so many rows with logits in a step
        plain, scored = (
            server.post("/v1/completions", {"prompt": ids, "max_tokens": 2, "temperature": 0, **fields})[1]["choices"][0]
            for fields in ({}, {"prompt_logprobs": 1})
        )
        for i, (row, entries) in enumerate(zip(rows, scored.pop("prompt_logprobs")[1:])):
            entry = entries[str(ids[i + 1])]
            want = row.entry(ids[i + 1], entry["decoded_token"])
            self.assertLess(abs(entry.pop("logprob") - want.pop("logprob")), 2e-5, i)
            self.assertEqual(entry, want, i)
        self.assertEqual(scored, plain)

    def test_weights_from_a_seed_are_those_of_the_cpu(self):
        """Each device packs them its own way; a wrong number in any place moves the logits."""
        for weights, most in {"f32": 1e-4, "bf16": 1e-2, "int4": 1e-2}.items():
            with self.subTest(weights):
                ids = [2, 300, 17, 41, 5, 100, 77, 23, 9]
                expected, ours = (
                    self.logits_of(f"odd-emulated.{weights}", device, ids)[1] for device in ("cpu", "cuda:0")
                )
                worst = largest_difference(ours, expected)
                print(f"odd.{weights}, from a seed: {worst:.2e} of the largest logit")
                self.assertLessEqual(worst, most)

    def test_the_chunk_changes_no_bit(self):
        for model in ("tiny.f32", "tiny.bf16"):
            whole = self.logits(model, "cuda:0")
            for chunk in (1, 4):
                self.assertEqual(self.logits(model, "cuda:0", "--chunk", chunk), whole)

    def test_a_step_is_one_launch_of_a_graph(self):
        self.assertEqual(self.on_gpu("run", *GREEDY).returncode, 0)
        events = self.events()
        self.assertIn("graph_launch", events)
        # Behind the first step no kernel runs outside of a graph: copies in, graph, copy out.
        steps = events[events.index("graph_launch") :]
        graphs = steps.count("graph_launch")
        self.assertGreaterEqual(graphs, 2)
        allowed = {"graph_launch", "copy_in", "copy_out"}
        self.assertLessEqual({event.split()[0] for event in steps}, allowed | {"kernel"})


class Refusals(EmulatedTest):
    """What g4rt says where there is no GPU to use."""

    def refuse(self, *words, **options):
        super().refuse(*words, command=("run", *GREEDY), **options)

    def test_no_driver(self):
        (self.folder / "libcuda.so.1").write_text("no library")
        self.refuse("libcuda.so.1", LD_LIBRARY_PATH=self.folder)

    def test_an_old_driver_is_told_which_is_needed(self):
        self.refuse("11.4", "12.0", driver_version=11040)

    def test_no_gpu(self):
        self.refuse("no NVIDIA GPU", "CUDA_VISIBLE_DEVICES", CUDA_VISIBLE_DEVICES="")

    def test_a_gpu_that_is_not_there(self):
        self.refuse("cuda:9", device="cuda:9")

    def test_no_code_for_this_gpu_says_how_to_get_it(self):
        self.refuse("sm90", "x86-64-v3", "g4c compile", "sm80", devices="8.0:4096")

    def test_too_little_memory_prints_the_plan(self):
        self.refuse("weights", "KV cache", devices="9.0:1")

    def test_a_gpu_that_g4c_has_no_target_for_gets_no_advice(self):
        self.refuse("sm90 (needs sm_90)", "g4c has no target for it", devices="7.5:4096", code=3)


class Sizes(EmulatedTest):
    """What a server takes of a GPU where nobody says."""

    def test_a_server_has_the_sizes_of_a_gpu(self):
        server = self.serve()
        self.assertRegex(server.banner, r"weights .* uploaded from the file")
        self.assertNotIn("left", server.banner)
        self.assertRegex(server.banner, r" 64 sessions x \d+ tokens\n")
        self.assertRegex(server.banner, r" steps of 2048 tokens\n")
        self.assertNotIn("memory fitted", server.stderr())

    def test_sessions_become_fewer_where_there_is_no_room_and_it_is_said(self):
        server = self.serve(devices="9.0:150")
        count = int(re.search(r" (\d+) sessions x", server.banner)[1])
        self.assertIn(count, range(4, 60))
        self.assertIn(f"memory fitted max_num_seqs={count} wanted_seqs=64", server.stderr())
        self.assertEqual(server.chat("Hi", max_tokens=1)[0], 200)

    def test_sessions_that_were_asked_for_share_the_pages_that_there_are(self):
        server = self.serve("--max-num-seqs", 30, devices="9.0:150")
        self.assertRegex(server.banner, r" 30 sessions x \d+ tokens at most, \d+ in all\n")
        self.assertNotIn("memory fitted", server.stderr())

    def test_sessions_that_were_asked_for_are_there_or_it_does_not_start(self):
        result = self.on_gpu("serve", "--port", 0, "--max-num-seqs", 1000, devices="9.0:150")
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn("1000 sequences", result.stderr)


class Lost(EmulatedTest):
    """A device that fails in the middle."""

    def test_a_run_ends_with_the_reason(self):
        result = self.on_gpu("run", *GREEDY, fail_launch=200)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(ILLEGAL, result.stderr)

    def test_the_server_comes_back(self):
        self.answers_again_after_a_fault()

    def test_experts_are_counted_in_one_step_of_128(self):
        server = self.experts_are_counted_in_one_step_of_128()
        self.assertEqual(server.metrics("g4rt:memory_bandwidth_bytes"), [4.8e12])  # an H200's

    def test_two_at_once_answer_as_alone(self):
        server = self.serve()
        texts = ("Hi", "Draw a circle, then a large blue square.")
        alone = [server.chat(text, max_tokens=4)[1]["choices"] for text in texts]
        together = [None, None]

        def ask(index):
            together[index] = server.chat(texts[index], max_tokens=4)[1]["choices"]

        threads = [threading.Thread(target=ask, args=(index,)) for index in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(together, alone)


if __name__ == "__main__":
    EmulatedTest.fakes = os.path.abspath(take_option("--fakecuda"))
    main()
