"""tools/gpu/check_h200.sh and check_amd.sh from end to end, on the GPUs that the fake drivers show.

Called with --fakecuda FOLDER and --fakehip FOLDER besides, which have the fake libraries. The scripts are those that run on
real GPUs; the bundles are small ones: emulated code, small models, few rows.
"""

import json
import os
import subprocess
import time
from pathlib import Path

from programs import Paths, TempTest, main, take_option

IDS = [2, 105, 531, 107, 808, 12, 40]
FLAGS = ["--flush-mib", "0", "--copy-mib", "1", "--context", "70"]
BENCH = ["--sessions", "1,2", "--prompt", "4", "--tokens", "3", "--ttft", "6", "--repeat", "1"]
BENCH += ["--random", "2", "--random-length", "4", "--concurrency", "2", "--max-num-batched-tokens", "16"]


def tokens(name):
    return {"part": "tokens", "name": name, "file": f"{name}.g4", "exact": True, "least_same_top1": 1.0, "answer": 3, "seconds": 30}


def checked(name, rows=(3, 9)):
    part = {"part": "device_check", "name": name, "file": f"{name}.g4", "rows": list(rows), "seconds": 60}
    return part | {"flags": [*FLAGS, "--repeat", "1"]}


class BundleTest(TempTest):
    """A bundle for one kind of GPU."""

    script, code, hiding = "check_h200.sh", "toy.cubin", ("CUDA_VISIBLE_DEVICES",)
    fakes = None  # folder of the fake library
    models = {name: name.replace(".", "-emulated.") for name in ("tiny.f32", "moe26b.bf16", "moe26b.int4")}

    def setUp(self):
        super().setUp()
        self.bundle, self.out = self.folder / "bundle", self.folder / "out"
        built = Path(self.fakes).parent
        for folder in ("bin", "models", "conformance"):
            (self.bundle / folder).mkdir(parents=True)
        programs = [Path(Paths.g4rt).parent / name for name in ("g4rt", "serve-bench", "device-check")]
        for path in [*programs, built.parent / "bin" / "g4rt-device-test"]:
            (self.bundle / "bin" / path.name).symlink_to(path.resolve())
        for name, file in self.models.items():
            (self.bundle / "models" / f"{name}.g4").symlink_to((Paths.artifacts / f"{file}.g4").resolve())
        (self.bundle / "conformance" / self.code).symlink_to(built.parent / "emulated-code" / self.code)
        if (built / "code/reference.cubin").exists():
            (self.bundle / "reference.cubin").symlink_to(built / "code/reference.cubin")
        (self.bundle / "tokens.json").write_text(json.dumps(IDS))

    def check(self, *parts, **settings):
        """Exit code, the parts' results by name, and what was printed."""
        plan = {"commit": "test", "made": "now", "seconds": 240, "parts": parts}
        (self.bundle / "plan.json").write_text(json.dumps(plan))
        environment = {key: value for key, value in os.environ.items() if key not in self.hiding}
        environment |= {"LD_LIBRARY_PATH": self.fakes, **settings}
        command = [Paths.source / "tools/gpu" / self.script, self.bundle, self.out]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        document = json.loads((self.out / "result.json").read_text())
        self.assertEqual(document["commit"], "test")
        return done.returncode, {result["name"]: result for result in document["parts"]}, done.stdout + done.stderr


class GpuCheck(BundleTest):
    """On an emulated H200."""

    def test_every_part_passes(self):
        code, parts, printed = self.check(
            {"part": "machine", "seconds": 10},
            {"part": "conformance", "seconds": 180},
            tokens("tiny.f32"),
            checked("moe26b.bf16"),
            checked("moe26b.int4"),
            checked("tiny.f32", rows=(1, 8)),
            {"part": "bench", "name": "bench", "file": "tiny.f32.g4", "flags": BENCH, "seconds": 60},
        )
        self.assertEqual(code, 0, printed)
        self.assertEqual({part["status"] for part in parts.values()}, {"passed"}, printed)
        self.assertGreater(parts["conformance"]["result"]["tests"], 10)
        self.every_kind_has_a_twin(parts["moe26b.bf16"]["result"]["checks"])
        self.kernels_are_timed(parts["moe26b.int4"]["result"]["times"])
        figures = parts["bench"]["result"]
        self.assertEqual([row["sessions"] for row in figures["sessions"]], [1, 2])
        self.assertGreater(figures["memory_used_bytes"], 0)
        self.assertIn("TTFT 6", printed.splitlines()[-1])

    def test_a_small_card_runs_the_sessions_that_fit(self):
        flags = ["--sessions", "1,8", "--prompt", "4", "--tokens", "3", "--ttft", "6", "--repeat", "1"]
        flags += ["--max-num-batched-tokens", "16", "--max-model-len", "2048"]
        part = {"part": "bench", "name": "bench", "file": "tiny.f32.g4", "flags": flags, "seconds": 60}
        code, parts, printed = self.check(part, G4_FAKE_CUDA_DEVICES="9.0:32")
        self.assertEqual(code, 0, printed)
        one, rest = parts["bench"]["result"]["sessions"]
        self.assertEqual((one["sessions"], one["sessions_wanted"], rest["sessions_wanted"]), (1, 1, 8))
        self.assertIn(rest["sessions"], range(2, 8))
        logs = "".join(log.read_text() for log in (self.out / "logs").glob("*serve-bench*"))
        self.assertIn(f"{rest['sessions']} of 8 sessions fit", logs)

    def every_kind_has_a_twin(self, checks):
        twins = {row["kernel"].split("_")[0] for row in checks if "twin" in row}
        self.assertEqual(twins, {"linear", "qkv", "attention", "router"})
        names = " ".join(row["kernel"] for row in checks)
        for kind in ("embed", "qkv", "rows", "group", "e12top3", "gelu_gated", "softcap"):
            self.assertIn(kind, names)

    def kernels_are_timed(self, times):
        self.assertTrue(all(row["microseconds"] > 0 for row in times))
        self.assertTrue(any(row["flops"] > 0 and row["bytes"] > 0 for row in times))

    def test_what_fails_says_why(self):
        code, parts, printed = self.check(
            tokens("no-such-model"), tokens("tiny.f32"), G4_FAKE_CUDA_FAIL_LAUNCH="40"
        )
        self.assertEqual(code, 1, printed)
        self.assertEqual(parts["no-such-model"]["status"], "skipped")
        self.assertIn("no-such-model.g4", parts["no-such-model"]["why"])
        self.assertEqual(parts["tiny.f32"]["status"], "failed")
        self.assertIn("CUDA_ERROR_ILLEGAL_ADDRESS", parts["tiny.f32"]["why"])

    def test_a_kernel_that_crashes_leaves_what_came_before(self):
        code, parts, printed = self.check(checked("tiny.f32", rows=(3,)), G4_FAKE_CUDA_FAIL_LAUNCH="100")
        self.assertEqual(code, 1, printed)
        found = parts["tiny.f32"]["result"]
        self.assertIn("CUDA_ERROR_ILLEGAL_ADDRESS", found["error"])
        self.assertGreater(len(found["checks"]), 5)

    def test_a_run_that_is_stopped_leaves_the_steps_so_far(self):
        report = self.folder / "report.json"
        command = [self.bundle / "bin/device-check", self.bundle / "models/moe26b.bf16.g4", *FLAGS]
        command += ["--rows", "3,9,17,25", "--repeat", "0", "--json", report]
        environment = {**os.environ, "LD_LIBRARY_PATH": self.fakes}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and not (report.exists() and report.read_text().endswith("\n")):
                time.sleep(0.02)
            process.kill()
        found = json.loads(report.read_text())
        self.assertIn("ended after decode", found["error"])
        self.assertFalse(found["passed"])
        self.assertGreater(len(found["checks"]), 5)

    def test_a_kernel_that_differs_from_its_twin_is_named(self):
        part = checked("moe26b.bf16", rows=(3,))
        part["flags"] = [*FLAGS, "--repeat", "0", "--softcap", "5"]
        code, parts, printed = self.check(part)
        self.assertEqual(code, 1, printed)
        wrong = [row["kernel"] for row in parts["moe26b.bf16"]["result"]["checks"] if not row["passed"]]
        self.assertTrue(wrong)
        self.assertTrue(all("softcap" in kernel for kernel in wrong), wrong)

    def test_a_wrong_weight_is_named(self):
        """Weights that only the GPU's kernels read: those kernels differ from the CPU's, and from no twin."""
        path = self.bundle / "models/moe26b.bf16.g4"
        content = bytearray(path.read_bytes())
        inspect = [Path(Paths.g4rt).parent / "g4c", "inspect", "--json", path]
        weights = json.loads(subprocess.run(inspect, capture_output=True, text=True, check=True).stdout)["weights"]
        weight = next(weight for weight in weights if weight["packing"] == "mma16x16")
        middle = weight["offset"] + weight["bytes"] // 4 * 2
        content[middle + 1 : middle + 201 : 2] = b"\x40" * 100  # bf16 of 2 and more
        path.unlink()
        path.write_bytes(content)
        code, parts, printed = self.check(checked("moe26b.bf16", rows=(3,)))
        self.assertEqual(code, 1, printed)
        self.assertIn("1 kernels are wrong: linear_bf16", parts["moe26b.bf16"]["why"])
        self.assertIn(weight["name"], printed)


class AmdCheck(BundleTest):
    """On an emulated MI300X."""

    script, code = "check_amd.sh", "toy.hsaco"
    hiding = ("HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")
    models = {"tiny.f32": "tiny-emulated.amd-f32", "tiny.bf16": "tiny-emulated.amd-bf16"}

    def test_every_part_passes(self):
        code, parts, printed = self.check(
            {"part": "machine", "seconds": 10},
            {"part": "conformance", "seconds": 180},
            tokens("tiny.f32"),
            checked("tiny.bf16", rows=(1, 8)),
            {"part": "bench", "name": "bench", "file": "tiny.f32.g4", "flags": BENCH, "seconds": 60},
            G4_FAKE_HIP_DEVICES="gfx942:512",
        )
        self.assertEqual(code, 0, printed)
        self.assertEqual({part["status"] for part in parts.values()}, {"passed"}, printed)
        self.assertGreater(parts["conformance"]["result"]["tests"], 10)
        self.assertFalse(parts["tiny.bf16"]["result"]["has_twins"])
        self.assertEqual([row["sessions"] for row in parts["bench"]["result"]["sessions"]], [1, 2])

    def test_what_fails_says_why(self):
        code, parts, printed = self.check(tokens("tiny.f32"), G4_FAKE_HIP_FAIL_LAUNCH="40")
        self.assertEqual(code, 1, printed)
        self.assertIn("hipErrorIllegalAddress", parts["tiny.f32"]["why"])

    def test_a_bundle_for_another_kind_of_gpu_is_refused(self):
        plan = {"commit": "test", "made": "now", "seconds": 9, "device": "cuda:0", "parts": []}
        (self.bundle / "plan.json").write_text(json.dumps(plan))
        command = [Paths.source / "tools/gpu/check_amd.sh", self.bundle, self.out]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the bundle is for cuda:0, this checks hip", done.stderr)


if __name__ == "__main__":
    GpuCheck.fakes = os.path.abspath(take_option("--fakecuda"))
    AmdCheck.fakes = os.path.abspath(take_option("--fakehip"))
    main()
