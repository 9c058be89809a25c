"""g4rt on GPUs that are not there: what the tests of both fake drivers share."""

import json
import os
import time

from programs import Paths, TempTest, artifact, read_npy, run
from serving import Server, serving, until


class EmulatedTest(TempTest):
    """A test with a driver of its own making."""

    fakes = None  # folder of the fake library
    kind = "cuda"
    hiding = ("CUDA_VISIBLE_DEVICES",)
    model = "tiny-emulated.f32"

    def driver(self, **settings):
        """The environment of a program that finds the fake driver: devices="9.0:64"."""
        environment = {key: value for key, value in os.environ.items() if key not in self.hiding}
        environment["LD_LIBRARY_PATH"] = self.fakes
        self.log = self.folder / "driver.log"
        prefix = f"G4_FAKE_{self.kind.upper()}_"
        environment[f"{prefix}LOG"] = str(self.log)
        for key, value in settings.items():
            environment[key if key.isupper() else prefix + key.upper()] = str(value)
        return environment

    def on_gpu(self, *arguments, model=None, device=None, **settings):
        command, *flags = arguments
        device = device or f"{self.kind}:0"
        return run(command, artifact(model or self.model), "--device", device, *flags, env=self.driver(**settings))

    def serve(self, *flags, **settings):
        server = Server(self.model, "--device", f"{self.kind}:0", *flags, env=self.driver(**settings))
        self.addCleanup(server.close)
        return server

    def experts_of_first_step(self, server):
        """What the page shows of experts after an answer of three tokens, and the rows of its prompt."""
        shown = lambda: server.get("/g4/state")[1]["experts"]
        self.assertTrue(until(shown))  # nothing yet
        status, answer = server.chat("Hi", max_tokens=3)
        self.assertEqual(status, 200)
        self.assertTrue(until(lambda: sum(shown()[0]["rows"])))
        time.sleep(0.6)  # two refreshes
        return shown(), answer["usage"]["prompt_tokens"]

    def experts_are_counted_in_one_step_of_128(self):
        """The first of an answer's steps is counted, the next are not; what it says is what a CPU chooses. The server."""
        server = self.serve("--max-num-seqs", 4)
        layers, rows = self.experts_of_first_step(server)
        self.assertEqual([sum(layer["rows"]) for layer in layers], [2 * rows] * 6)  # a row's two experts, in six layers
        self.assertEqual(server.get("/g4/state")[1]["steps_per_expert_count"], 128)
        self.assertGreater(server.metrics("g4rt:read_bytes_total")[0], 1e6)
        with serving(self.model, "--device", "cpu") as cpu:
            all_steps, _ = self.experts_of_first_step(cpu)
        for layer, every in zip(layers, all_steps, strict=True):
            self.assertEqual(sum(every["rows"]), 2 * (rows + 2))  # the last token is no row
            self.assertTrue(all(one <= more for one, more in zip(layer["rows"], every["rows"], strict=True)), (layer, every))
        return server

    def events(self):
        """What the driver did, in order."""
        return self.log.read_text().splitlines()

    def logits_of(self, name, device, ids, *flags, **settings):
        """Shape and values of the logits of these ids."""
        path, out = self.write("ids.json", json.dumps(ids)), self.folder / "out.npy"
        flags = ("--tokens", path, "--logits", out, *flags)
        result = self.on_gpu("eval", *flags, model=name, device=device, **settings)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return read_npy(out)

    def refuse(self, *words, code=None, command=("run",), **options):
        """It ends with these words, and nothing on stdout."""
        result = self.on_gpu(*command, **options)
        self.assertNotEqual(result.returncode, 0)
        if code:
            self.assertEqual(result.returncode, code, result.stderr)
        self.assertEqual(result.stdout, "")
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertLessEqual(len(result.stderr.splitlines()), 12, result.stderr)

    def answers_again_after_a_fault(self):
        """The device is lost in the middle: the next engine answers as the first did, and nobody is told of it."""
        fault = self.folder / "fault"
        server = self.serve(fault_file=fault)
        status, before = server.chat("Hi", max_tokens=3)
        self.assertEqual(status, 200, before)
        fault.write_text("")
        status, after = server.chat("Hi", max_tokens=3)
        self.assertEqual((status, after["choices"]), (200, before["choices"]), server.stderr())
        self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [1])


def golden_tokens(model):
    _, tokens = read_npy(Paths.source / "test/reference/goldens" / model / "tokens.npy")
    return tokens.tolist()


def largest_difference(ours, expected):
    """Of two arrays, as a share of the largest number."""
    return max(abs(a - b) for a, b in zip(ours, expected)) / max(map(abs, expected))
