"""deploy/g4rt.service under a systemd of its own, in a container. Needs root, runc and, once, Debian's mirrors."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from containers import Container, make_base, system_config
from programs import Paths, artifact, main, take_option
from serving import Client, free_port, until

PROGRAM, MODEL, UNIT = "usr/local/bin/g4rt", "var/lib/g4/model.g4", "etc/systemd/system/g4rt.service"


class Unit(unittest.TestCase):
    """One system for all; each test leaves the unit started."""

    base = None  # the tar file of a Debian with systemd, which is made if it is missing

    @classmethod
    def setUpClass(cls):
        make_base(cls.base, "systemd")
        folder = Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, folder)
        port = free_port()
        cls.root, cls.client = folder / "root", Client(f"http://127.0.0.1:{port}")
        cls.root.mkdir()
        subprocess.run(["tar", "-xf", cls.base, "-C", cls.root, "--exclude=./dev/*"], check=True)
        (cls.root / MODEL).parent.mkdir(parents=True)
        shutil.copyfile(artifact("tiny.bf16"), cls.root / MODEL)
        shutil.copy(Paths.g4rt, cls.root / PROGRAM)
        text = (Paths.source / "deploy/g4rt.service").read_text()
        (cls.root / UNIT).write_text(text.replace("--port 8000", f"--port {port}"))
        cls.system = Container(folder, system_config(cls.root, f"{folder.name}-system"))
        cls.addClassCleanup(cls.system.close)
        if not until(lambda: cls.system.call("systemctl", "is-system-running") in ("running", "degraded")):
            raise RuntimeError("systemd did not start")
        cls.system.call("systemctl", "enable", "--now", "g4rt")

    def property(self, name):
        return self.system.call("systemctl", "show", "g4rt", "--property", name, "--value")

    def is_ready(self):
        try:
            return self.client.get("/ready")[0] == 200
        except OSError:
            return False

    def test_it_answers_as_a_user_who_may_do_nothing(self):
        self.assertTrue(until(self.is_ready), self.system.call("systemctl", "status", "g4rt"))
        status, answer = self.client.chat("Draw a large red circle.")
        self.assertEqual(status, 200)
        self.assertIn("<circle", answer["choices"][0]["message"]["content"])
        shown = self.system.call("cat", f"/proc/{self.property('MainPID')}/status")
        self.assertGreater(int(re.search(r"^Uid:\s+(\d+)", shown, re.M)[1]), 60000)  # of those that DynamicUser takes
        for line in ("CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"):
            self.assertIn(line, shown)

    def test_it_is_started_again_if_it_is_killed(self):
        self.assertTrue(until(self.is_ready))
        before = self.property("MainPID")
        self.system.call("systemctl", "kill", "--signal", "KILL", "g4rt")
        self.assertTrue(until(lambda: self.property("NRestarts") == "1" and self.property("MainPID") not in ("0", before)))
        self.assertTrue(until(self.is_ready))

    def test_it_is_not_started_again_with_a_file_that_is_no_model(self):
        self.assertTrue(until(self.is_ready))
        self.system.call("systemctl", "stop", "g4rt")
        self.assertEqual((self.property("Result"), self.property("ExecMainStatus")), ("success", "0"))
        (self.root / MODEL).write_bytes(b"no model")
        self.system.call("systemctl", "start", "g4rt")
        self.assertTrue(until(lambda: self.property("ActiveState") == "failed"))
        self.assertEqual((self.property("ExecMainStatus"), self.property("NRestarts")), ("3", "0"))
        shutil.copyfile(artifact("tiny.bf16"), self.root / MODEL)
        self.system.call("systemctl", "start", "g4rt")


if __name__ == "__main__":
    Unit.base = Path(take_option("--base"))
    main()
