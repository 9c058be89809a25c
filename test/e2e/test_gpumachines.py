"""tools/gpu/check_h200.sh on machines that are not as it hopes, with scripts for programs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

from programs import Paths, TempTest, main

GPU_TOOLS = Path(__file__).resolve().parents[2] / "tools/gpu"
sys.path.insert(0, str(GPU_TOOLS))
import machine_facts  # noqa: E402  (a tool, no package)

HANGS = """#!/bin/sh
sleep 300 &
echo $! >"$0.child"
echo started >"$0.started"
wait
"""
BENCH = {"part": "bench", "name": "bench", "file": "m.g4", "flags": [], "seconds": 20}
MACHINE = {"part": "machine", "seconds": 20}
READY = '{"ready_seconds": 1.5, "plan_bytes": {"weights": 100}}'


class GpuMachines(TempTest):
    def setUp(self):
        super().setUp()
        self.bundle, self.out = self.folder / "a bundle", self.folder / "results"
        for name in ("bin", "models", "path"):
            (self.bundle / name).mkdir(parents=True)
        (self.bundle / "models/m.g4").touch()

    def script(self, path, content):
        """A program of the bundle, or in the PATH."""
        path = self.bundle / path
        path.write_text(content)
        path.chmod(0o755)
        return path

    def start(self, *parts, seconds=30, wanted=()):
        plan = {"commit": "c", "made": "now", "seconds": seconds, "parts": parts}
        (self.bundle / "plan.json").write_text(json.dumps(plan))
        environment = {**os.environ, "PATH": f"{self.bundle / 'path'}:{os.environ['PATH']}"}
        command = [Paths.source / "tools/gpu/check_h200.sh", self.bundle, self.out, *wanted]
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=str(self.folder)
        )

    def check(self, *parts, **options):
        """Exit code, results by name, what was printed."""
        process = self.start(*parts, **options)
        printed, _ = process.communicate(timeout=60)
        document = self.out / "result.json"
        parts = json.loads(document.read_text())["parts"] if document.exists() else []
        return process.returncode, {part["name"]: part for part in parts}, printed

    def wait_until(self, holds, what):
        end = time.monotonic() + 20
        while not holds():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.02)

    def assert_child_is_gone(self, program):
        """A killed process takes a while to go."""
        state = Path("/proc", Path(f"{program}.child").read_text().strip(), "stat")

        def gone():
            try:
                return " Z " in state.read_text()
            except OSError:
                return True

        self.wait_until(gone, "the program's child runs on")

    def test_a_program_that_hangs_ends_with_its_children(self):
        program = self.script("bin/serve-bench", HANGS)
        code, parts, printed = self.check({**BENCH, "seconds": 1}, MACHINE)
        self.assertEqual(code, 1, printed)
        self.assertIn("not done after 1 s", parts["bench"]["why"])
        self.assertIn("machine", parts)
        self.assert_child_is_gone(program)

    def test_an_interrupt_ends_the_program_and_prints_the_table(self):
        program = self.script("bin/serve-bench", HANGS)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start(BENCH, MACHINE)
            self.wait_until(Path(f"{program}.started").exists, "the program runs")
            process.send_signal(number)
            printed, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130, printed)
            self.assertRegex(printed.splitlines()[-1], "^bench +failed +interrupted$")
            self.assert_child_is_gone(program)
            Path(f"{program}.started").unlink()

    def test_parts_without_time_left_fail(self):
        self.script("bin/serve-bench", HANGS)
        code, parts, printed = self.check(BENCH, {**BENCH, "name": "second"}, seconds=2)
        self.assertEqual(code, 1, printed)
        self.assertEqual(parts["second"]["status"], "failed")
        self.assertIn("no time left", parts["second"]["why"])

    def test_figures_of_an_earlier_run_are_not_taken_for_this_ones(self):
        self.script("bin/serve-bench", f"#!/bin/sh\necho '{READY}' >\"$5\"\n")
        code, parts, printed = self.check(BENCH)
        self.assertEqual(code, 0, printed)
        self.script("bin/serve-bench", "#!/bin/sh\nexit 1\n")
        code, parts, printed = self.check(BENCH)
        self.assertEqual(code, 1, printed)
        self.assertNotIn("result", parts["bench"])

    def test_a_model_that_does_not_fit_is_skipped_with_the_plan(self):
        self.script("bin/serve-bench", "#!/bin/sh\necho 'needs 9 GiB of memory' >&2\nexit 4\n")
        code, parts, printed = self.check(BENCH)
        self.assertEqual(code, 0, printed)
        self.assertEqual(parts["bench"]["status"], "skipped")
        self.assertIn("needs 9 GiB", printed.splitlines()[-1])

    def test_nvidia_smi_may_print_what_it_likes(self):
        for prints in ("", "\\n\\n", "\\377\\376", "No devices were found", "NVIDIA H100, 580.1\\nNVIDIA H100, 580.1"):
            self.script("path/nvidia-smi", f"#!/bin/sh\nprintf '{prints}'\n")
            code, parts, printed = self.check(MACHINE)
            self.assertEqual((code, parts["machine"]["status"]), (0, "passed"), printed)
        self.assertEqual(len(parts["machine"]["result"]["gpus"]), 2)
        self.script("path/nvidia-smi", "#!/bin/sh\necho no driver >&2\nexit 9\n")
        code, parts, printed = self.check(MACHINE)
        self.assertIn("exit code 9: no driver", parts["machine"]["why"])

    def test_reports_that_make_no_sense_stop_no_other_part(self):
        for report in ("[]", "", '{"plan_bytes": {}}', '{"plan_bytes": {}, "memory_used_bytes": 5, "ready_seconds": 1}'):
            self.script("bin/serve-bench", f"#!/bin/sh\necho '{report}' >\"$5\"\n")
            code, parts, printed = self.check(BENCH, MACHINE)
            self.assertEqual(parts["machine"]["status"], "passed", printed)
            self.assertNotIn("Traceback", printed)

    def test_a_part_that_is_not_there_is_refused(self):
        code, parts, printed = self.check(BENCH, wanted=["tokns"])
        self.assertEqual((code, parts), (1, {}), printed)
        self.assertIn("no part tokns; there are bench", printed)

    def test_a_bundle_has_all_that_the_check_needs(self):
        """As make_bundle.sh copies them: the scripts run without the repository."""
        folder = self.folder / "elsewhere"
        folder.mkdir()
        copies = [line for line in (Paths.source / "tools/gpu/make_bundle.sh").read_text().splitlines() if "check_amd.sh," in line]
        self.assertEqual(len(copies), 1)
        names = copies[0].split("{")[1].split("}")[0].split(",")
        for name in names:
            shutil.copy(str(Paths.source / "tools/gpu" / name), str(folder))
        (self.bundle / "plan.json").write_text('{"commit": "c", "made": "now", "seconds": 9, "parts": [%s]}' % json.dumps(MACHINE))
        for script in ("check_h200.sh", "check_amd.sh"):
            done = subprocess.run([folder / script, self.bundle, self.out], capture_output=True, text=True, timeout=30, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_amds_gpus_are_read_from_the_kernel(self):
        for node, properties in enumerate(("simd_count 0\n", "simd_count 1216\ngfx_target_version 90402\nmax_engine_clk_fcompute 2100\n")):
            bank = self.folder / "nodes" / str(node) / "mem_banks/0"
            bank.mkdir(parents=True)
            (self.folder / "nodes" / str(node) / "properties").write_text(properties)
            (bank / "properties").write_text(f"heap_type 1\nsize_in_bytes {192 << 30}\n")
        found = machine_facts.amd(self.folder / "nodes")
        self.assertEqual(found, [{"architecture": "gfx942", "memory": "196608 MiB", "simds": "1216", "mhz": "2100"}])
        self.assertEqual(machine_facts.architecture(90010), "gfx90a")
        self.assertEqual(machine_facts.architecture(120001), "gfx1201")
        self.assertIn("unknown: no ", machine_facts.amd(self.folder / "none"))

    @unittest.skipUnless(shutil.which("clang++-22") or shutil.which("clang++"), "no clang")
    def test_the_device_tests_kernels_are_compiled_for_amd(self):
        for arch in ("gfx942", "gfx1100", "gfx1201"):
            out = self.folder / f"{arch}.hsaco"
            done = subprocess.run([GPU_TOOLS / "toy_hsaco.sh", arch, out], capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            head = out.read_bytes()[:64]
            self.assertEqual((head[8], int.from_bytes(head[18:20], "little")), (3, 224))  # code object 5, EM_AMDGPU


if __name__ == "__main__":
    main()
