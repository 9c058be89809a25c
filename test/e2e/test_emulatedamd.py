"""g4rt on an AMD GPU that is not there: the emulator behind a fake HIP runtime.

Called with --fakehip FOLDER besides, which has the fake libamdhip64.so.6. The models have emulated code for three
architectures, of 64 and of 32 lanes, and for the CPU: gfx942 is looked at in depth, the others briefly.
"""

import os
import re

from emulated import EmulatedTest, golden_tokens, largest_difference
from programs import artifact, main, run, take_option

OTHERS = ("gfx1100", "gfx1201")
GREEDY = ("run", "-p", "Hi", "--temperature", 0, "-n", 6)
NUM_TOKENS = 9
# Shares of the largest logit: docs/numerics.md.
F32, BF16 = 1e-4, 1e-2


def tops(shape, values):
    """The largest logit's id of each row."""
    rows, width = shape
    return [max(range(width), key=values[row * width : (row + 1) * width].__getitem__) for row in range(rows)]


class AmdTest(EmulatedTest):
    kind = "hip"
    hiding = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
    model = "tiny-emulated.amd-f32"


class Answers(AmdTest):
    """The same numbers as on the CPU."""

    def test_tokens_are_those_of_the_cpu_on_each_architecture(self):
        here = run("run", artifact(self.model), "--device", "cpu", *GREEDY[1:])
        self.assertGreater(len(here.stdout), 5)
        for arch in ("gfx942", *OTHERS):
            with self.subTest(arch):
                there = self.on_gpu(*GREEDY, devices=arch)
                self.assertEqual((there.returncode, there.stderr), (0, ""))
                self.assertEqual(there.stdout, here.stdout)

    def test_logits_are_those_of_the_cpu(self):
        ids = golden_tokens("tiny")[:NUM_TOKENS]
        for weights, most, archs in (("f32", F32, ("gfx942", *OTHERS)), ("bf16", BF16, ("gfx942", "gfx1100"))):
            name = f"tiny-emulated.amd-{weights}"
            _, expected = self.logits_of(name, "cpu", ids)
            for arch in archs:
                with self.subTest(f"{weights} {arch}"):
                    _, ours = self.logits_of(name, "hip:0", ids, devices=arch)
                    worst = largest_difference(ours, expected)
                    print(f"tiny.{weights} on {arch}: {worst:.2e} of the largest logit")
                    self.assertLessEqual(worst, most)

    def test_the_likeliest_token_of_bf16_is_the_cpus(self):
        name, ids = "tiny-emulated.amd-bf16", golden_tokens("tiny")[:200]
        expected = tops(*self.logits_of(name, "cpu", ids))
        ours = tops(*self.logits_of(name, "hip:0", ids))
        same = sum(a == b for a, b in zip(ours, expected)) / len(expected)
        print(f"tiny.bf16 on gfx942: {100 * same:.2f} % of {len(expected)} likeliest tokens are the CPU's")
        self.assertGreaterEqual(same, 0.99)

    def test_the_chunk_changes_no_bit(self):
        ids = golden_tokens("tiny")[:NUM_TOKENS]
        for weights in ("f32", "bf16"):
            name = f"tiny-emulated.amd-{weights}"
            whole, cut = (self.logits_of(name, "hip:0", ids, *flags) for flags in ((), ("--chunk", 1)))
            self.assertEqual(cut, whole)

    def test_a_step_is_one_launch_of_a_graph(self):
        self.assertEqual(self.on_gpu(*GREEDY).returncode, 0)
        events = self.events()
        self.assertIn("graph_launch", events)
        steps = events[events.index("graph_launch") :]
        self.assertGreaterEqual(steps.count("graph_launch"), 2)
        self.assertLessEqual({event.split()[0] for event in steps}, {"graph_launch", "copy_in", "copy_out", "kernel"})


class Serving(AmdTest):
    """The server on it."""

    def test_the_server_answers_and_comes_back_when_the_device_is_lost(self):
        self.answers_again_after_a_fault()

    def test_a_server_has_the_sizes_of_a_gpu(self):
        server = self.serve()
        self.assertIn("variant    gfx942: ", server.banner)
        self.assertRegex(server.banner, r"weights .* uploaded from the file")
        self.assertRegex(server.banner, r" 64 sessions x \d+ tokens\n")

    def test_auto_takes_the_gpu_whose_code_comes_first(self):
        result = self.on_gpu(*GREEDY, "--verbose", device="auto", devices="gfx1100")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("variant  gfx1100: passed over: gfx942 (needs gfx942)", result.stderr)

    def test_auto_passes_over_a_runtime_that_is_not_there(self):
        result = run("run", artifact(self.model), *GREEDY[1:], "--verbose")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, r"variant  x86-64-v3: passed over: gfx942 \(HIP driver: none is installed")

    def test_variables_hide_and_order_gpus(self):
        devices = "gfx90a,gfx942"
        uuid = "GPU-6734666100000001"
        for variables in ({"HIP_VISIBLE_DEVICES": 1}, {"ROCR_VISIBLE_DEVICES": 1}, {"HIP_VISIBLE_DEVICES": uuid}):
            with self.subTest(str(variables)):
                result = self.on_gpu(*GREEDY, devices=devices, **variables)
                self.assertEqual(result.returncode, 0, result.stderr)


class Refusals(AmdTest):
    """What g4rt says where there is no GPU to use."""

    def refuse(self, *words, **options):
        super().refuse(*words, command=GREEDY, **options)

    def test_no_runtime(self):
        self.refuse("HIP driver: none is installed", "libamdhip64.so.7", code=3, LD_LIBRARY_PATH=self.folder)

    def test_a_runtime_that_cannot_be_loaded_says_why(self):
        (self.folder / "libamdhip64.so.6").write_text("no library")
        self.refuse("cannot be loaded", "libamdhip64.so.6", code=3, LD_LIBRARY_PATH=self.folder)

    def test_an_old_rocm_is_told_which_is_needed(self):
        self.refuse("this one is HIP 5.7", "ROCm 6.0", code=3, driver_version=50731921)

    def test_no_gpu_tells_the_variables_and_the_kernels_door(self):
        self.refuse("no AMD GPU is visible", 'ROCR_VISIBLE_DEVICES is ""', "/dev/kfd", code=3, ROCR_VISIBLE_DEVICES="")

    def test_a_gpu_that_is_not_there(self):
        self.refuse("hip:9: no such GPU; 1 is visible: hip:0 AMD gfx942", code=2, device="hip:9")

    def test_no_code_for_this_gpu_says_how_to_get_it(self):
        self.refuse("gfx942 (needs gfx942)", "g4c compile MODEL --target gfx90a", code=3, devices="gfx90a")

    def test_a_gpu_that_g4c_has_no_target_for_gets_no_advice(self):
        self.refuse("gfx1201 (needs gfx1201)", "g4c has no target for it", code=3, devices="gfx1030")

    def test_too_little_memory_prints_the_plan(self):
        self.refuse("weights", "KV cache", code=4, devices="gfx942:1")

    def test_a_lost_gpu_ends_a_run_with_the_reason(self):
        result = self.on_gpu(*GREEDY, fail_launch=200)
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertRegex(result.stderr, "the GPU is lost: .*hip.*: hipErrorIllegalAddress")


class Doctor(AmdTest):
    """g4rt doctor: what can run here, and why not."""

    model = "tiny-emulated.amd-canary"

    def doctor(self, *flags, **settings):
        return run("doctor", artifact(self.model), *flags, env=self.driver(**settings))

    def test_every_device_that_stands_is_tried(self):
        result = self.doctor(devices="gfx942,gfx90a")
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[-1], "serves on cpu, hip:0")
        self.assertIn("  variant x86-64-v3: runs", lines)
        self.assertIn("  no: CUDA driver: none is installed", result.stdout)
        self.assertIn("hip, runtime HIP 6.2", lines)
        self.assertIn("hip:0 AMD gfx942 (emulated) (GPU-6734666100000000)", lines)
        self.assertIn("  variant gfx1100: needs gfx1100", lines)
        self.assertIn("  yes: --device hip:0 serves it", lines)
        self.assertIn("  no: the file has no code for it; one is added by: g4c compile MODEL --target gfx90a", lines)
        canaries = [line for line in lines if line.startswith("  canary ")]
        self.assertGreater(len(canaries), 4)
        self.assertEqual(len(canaries) % 2, 0)
        self.assertTrue(any(line.startswith("  canary logits, from the head, is off by ") for line in canaries))

    def test_a_device_may_be_named(self):
        result = self.doctor("--device", "hip:0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], "serves on hip:0")
        self.assertNotIn("x86-64-v3", result.stdout)

    def test_where_nothing_serves_the_first_reason_is_the_exit_code(self):
        for code, settings in ((3, {"driver_version": 50731921}), (4, {"devices": "gfx942:1"}), (5, {"fail_launch": 20})):
            with self.subTest(str(settings)):
                result = self.doctor("--device", "hip", **settings)
                self.assertEqual(result.returncode, code, result.stdout)
                self.assertEqual(result.stdout.splitlines()[-1], "nothing here serves this file")
                self.assertTrue(re.search("^  no: ", result.stdout, re.M), result.stdout)

    def test_a_file_that_is_none_is_refused(self):
        result = run("doctor", self.write("none.g4", "no artifact"))
        self.assert_refused(result, 3, "none.g4")


if __name__ == "__main__":
    EmulatedTest.fakes = os.path.abspath(take_option("--fakehip"))
    main()
