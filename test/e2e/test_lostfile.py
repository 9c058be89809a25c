"""The file that a server has open is written to, cut, replaced or deleted while it answers."""

import os
import shutil
import signal
import subprocess
import threading

from programs import SECONDS, TempTest, artifact, main
from serving import DRAW, Server, until
ENDLESS = {"max_tokens": 400, "logit_bias": {"1": -100, "50": -100, "106": -100}}  # an answer that goes on


class Serving(TempTest):
    """One server a test, of a copy of a model."""

    streams = 8
    flags = ()

    def setUp(self):
        super().setUp()
        self.prepare(self.folder)
        self.model = self.folder / "m.g4"
        shutil.copyfile(artifact("tiny.bf16"), self.model)
        self.server = Server(self.folder / "m", "--threads", 1, *self.flags)
        self.addCleanup(self.server.close)
        self.right = self.stream()
        self.assertTrue(self.right[0].endswith("data: [DONE]"), self.right)

    def prepare(self, folder):
        """Before the model is copied into the folder."""

    def stream(self):
        """The events of one answer, but for what differs from one to the next; how it ended."""
        body = {"model": "tiny", "messages": [{"role": "user", "content": DRAW}], "temperature": 0, "stream": True, **ENDLESS}
        status, text = self.server.post("/v1/chat/completions", body)
        if status != 200:
            return f"{status}", text
        lines = [line for line in text.split("\n\n") if line]
        return lines[-1], "".join(line.split('"content":"')[1].split('"')[0] for line in lines if '"content":"' in line)

    def under_load(self, act):
        """The answers of streams that run while `act` is called."""
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.stream())) for _ in range(self.streams)]
        begun = self.server.num_begun()
        for thread in threads:
            thread.start()
        self.assertTrue(until(lambda: self.server.num_begun() > begun))
        act()
        for thread in threads:
            thread.join(SECONDS)
        self.assertEqual(len(answers), self.streams)
        return answers

    def check(self, act, comes_back=True):
        for end, text in self.under_load(act):
            if end == "data: [DONE]":
                self.assertEqual((end, text), self.right)
            elif end.startswith("data:"):
                self.assertIn('"error"', end)
                self.assertTrue(self.right[1].startswith(text), text)
            else:
                self.assertEqual((end, list(text)), ("503", ["error"]))
        self.assertIsNone(self.server.child.poll(), self.server.stderr())
        if comes_back:
            self.assertTrue(until(lambda: self.server.get("/ready")[0] == 200), self.server.stderr())
            self.assertEqual(self.stream(), self.right)
        else:
            self.assertTrue(until(lambda: "m.g4" in self.server.get("/health")[1].get("last_error", "")))
            self.assertEqual(self.server.get("/health")[0], 503)

    def kill_engine(self):
        restarts = self.server.metrics("g4rt:engine_restarts_total")
        os.kill(self.server.engine_pid(), signal.SIGKILL)
        self.assertTrue(until(lambda: self.server.metrics("g4rt:engine_restarts_total") > restarts))
        self.assertTrue(until(lambda: self.server.get("/ready")[0] == 200), self.server.stderr())


class LostFile(Serving):
    """Each answer is right or ends with its error; the server lives, and serves again as far as the file allows."""

    def restore(self):
        """The right bytes again, at the same place."""
        shutil.copyfile(artifact("tiny.bf16"), self.model)
        self.assertTrue(until(lambda: self.server.get("/ready")[0] == 200), self.server.stderr())
        self.assertEqual(self.stream(), self.right)

    def test_another_model_is_copied_into_it(self):
        self.check(lambda: shutil.copyfile(artifact("tiny.f32"), self.model), comes_back=False)
        self.restore()

    def test_it_is_cut(self):
        for size in (4096, 0, os.path.getsize(self.model) // 2):
            self.check(lambda: os.truncate(self.model, size), comes_back=False)
            self.restore()

    def test_weights_are_overwritten(self):
        def overwrite():
            words = ["dd", "if=/dev/urandom", f"of={self.model}", "bs=4096", "seek=16", "count=512", "conv=notrunc"]
            subprocess.run(words, check=True, capture_output=True)

        self.check(overwrite, comes_back=False)
        self.assertTrue(until(lambda: "damaged" in self.server.get("/health")[1]["last_error"]))
        self.restore()

    def test_another_model_is_renamed_over_it(self):
        shutil.copyfile(artifact("tiny.f32"), self.folder / "other.g4")
        self.check(lambda: os.replace(self.folder / "other.g4", self.model))
        self.kill_engine()
        self.assertEqual(self.stream(), self.right)
        self.assertTrue(until(lambda: "is another file now" in self.server.stderr()))

    def test_it_is_deleted(self):
        self.check(lambda: os.unlink(self.model))
        self.kill_engine()
        self.assertEqual(self.stream(), self.right)
        self.assertTrue(until(lambda: "was deleted" in self.server.stderr()))
        self.assertEqual(self.server.stop(), 0)

    def test_the_right_file_under_its_name_is_taken_where_the_open_one_was_damaged(self):
        self.check(lambda: os.truncate(self.model, 10), comes_back=False)
        shutil.copyfile(artifact("tiny.bf16"), self.folder / "good.g4")
        os.replace(self.folder / "good.g4", self.model)
        self.assertTrue(until(lambda: self.server.get("/ready")[0] == 200), self.server.stderr())
        self.assertEqual(self.stream(), self.right)


class Unmounted(Serving):
    """The file system of the file is taken away, as far as the kernel lets it: what is open stays."""

    def prepare(self, folder):
        if subprocess.run(["mount", "-t", "tmpfs", "none", str(folder)], capture_output=True, check=False).returncode:
            self.skipTest("may not mount")
        self.addCleanup(subprocess.run, ["umount", "-l", str(folder)], capture_output=True, check=False)

    def test_it_is_unmounted(self):
        self.check(lambda: subprocess.run(["umount", "-l", str(self.folder)], check=True))
        self.kill_engine()
        self.assertEqual(self.stream(), self.right)


class CopiedWeights(Serving):
    """--copy-weights: what becomes of the file matters to nobody."""

    flags = ("--copy-weights",)

    def test_every_answer_is_right(self):
        for act in (lambda: os.truncate(self.model, 0), lambda: shutil.copyfile(artifact("tiny.f32"), self.model)):
            self.assertEqual(set(self.under_load(act)), {self.right})


if __name__ == "__main__":
    main()
