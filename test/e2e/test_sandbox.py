"""What the processes of g4rt serve may do, and what its log says about whom it trusts."""

import os
import shutil
import signal
import unittest

from programs import TempTest, artifact, main
from serving import DRAW, children_of, engines_of, serving, until

FILTERED = {"Seccomp": "2", "NoNewPrivs": "1"}


def rights(pid):
    """What the status of each thread of a process says about its rights."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status", encoding="utf-8") as status:
            fields = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        found.append({name: fields[name] for name in FILTERED})
    return found


class Filter(unittest.TestCase):
    """The filter of system calls."""

    def check(self, server):
        threads = rights(server.child.pid)
        self.assertGreater(len(threads), 8)  # with those that start engines and wait for signals
        self.assertEqual([each for each in threads if each != FILTERED], [])

    def test_each_thread_of_a_server_has_it_before_and_after_an_engine_was_lost(self):
        with serving("tiny.bf16") as server:
            self.check(server)
            answer = server.chat(DRAW)[1]["choices"]
            for number in range(3):
                os.kill(engines_of(server.child.pid)[0], signal.SIGKILL)
                self.assertTrue(until(lambda: server.stderr().count("engine restarted") > number))
                self.assertEqual(server.chat(DRAW)[1]["choices"], answer)
                self.check(server)
            self.assertEqual(server.stop(), 0)

    def test_nobody_else_has_it(self):
        own = rights(os.getpid())[0]
        with serving("tiny.bf16", "--no-sandbox") as server:
            (launcher,) = children_of(server.child.pid)
            (engine,) = engines_of(server.child.pid)
            for pid in (server.child.pid, launcher, engine):
                self.assertEqual([each for each in rights(pid) if each != own], [])
        with serving("tiny.bf16") as server:
            (launcher,) = children_of(server.child.pid)
            (engine,) = engines_of(server.child.pid)
            for pid in (launcher, engine):
                self.assertEqual([each for each in rights(pid) if each != own], [])


class Launcher(unittest.TestCase):
    """The process that starts engines."""

    def test_engines_that_were_killed_leave_nothing_behind(self):
        with serving("tiny.bf16") as server:
            (launcher,) = children_of(server.child.pid)
            for number in range(3):
                os.kill(engines_of(server.child.pid)[0], signal.SIGKILL)
                self.assertTrue(until(lambda: server.stderr().count("engine restarted") > number))
                self.assertTrue(until(lambda: len(children_of(launcher)) == 1))
            self.assertEqual(children_of(server.child.pid), [launcher])
            pids = [launcher, *engines_of(server.child.pid)]
            self.assertEqual(server.stop(), 0)
            self.assertEqual([pid for pid in pids if os.path.exists(f"/proc/{pid}")], [])

    def test_without_it_the_server_says_so(self):
        with serving("tiny.bf16") as server:
            (launcher,) = children_of(server.child.pid)
            (engine,) = engines_of(server.child.pid)
            os.kill(launcher, signal.SIGKILL)
            self.assertTrue(until(lambda: "programs is gone" in server.get("/health")[1].get("last_error", "")))
            self.assertEqual(server.get("/health")[0], 503)
            self.assertEqual(server.post("/tokenize", {"prompt": "a"})[0], 200)
            self.assertTrue(until(lambda: not os.path.exists(f"/proc/{engine}")))
            self.assertEqual(children_of(server.child.pid), [])


class Warnings(TempTest):
    """The log names what an operator should know."""

    def test_a_file_that_others_can_write_is_named(self):
        path = self.folder / "m.g4"
        shutil.copyfile(artifact("tiny.bf16"), path)
        path.chmod(0o666)
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(path, 12345, -1)
        with serving(self.folder / "m") as server:
            self.assertTrue(until(lambda: "everybody can write to it" in server.stderr()))
            self.assertRegex(server.stderr(), r"warning serve model_file_not_safe .*mode 0666")
            if is_root:
                self.assertRegex(server.stderr(), r"warning serve model_file_not_safe .*another user's: .*owner 12345")

    def test_nothing_is_said_of_a_file_that_is_safe(self):
        path = self.folder / "m.g4"
        shutil.copyfile(artifact("tiny.bf16"), path)
        path.chmod(0o644)
        with serving(self.folder / "m") as server:
            self.assertEqual(server.stop(), 0)
            self.assertNotIn("model_file_not_safe", server.stderr())
            self.assertEqual("runs_as_root" in server.stderr(), os.geteuid() == 0)


if __name__ == "__main__":
    main()
