"""Long runs: the model's file is attacked 50 times under 64 streams, and the engine is killed 100 times under load."""

import collections
import itertools
import os
import random
import shutil
import signal
import subprocess
import threading
import time
import unittest

from programs import SECONDS, TempTest, artifact, main
from serving import DRAW, NO_END, Server, engines_of, until


class Load:
    """Clients that ask again and again; what came back."""

    def __init__(self, server, number, length):
        self.server, self.length = server, length
        self.isOver = threading.Event()
        self.answers = []  # (status, whether it ended, text, when)
        self.threads = [threading.Thread(target=self.ask) for _ in range(number)]
        for thread in self.threads:
            thread.start()

    def ask(self):
        while not self.isOver.is_set():
            self.answers.append((*stream(self.server, self.length), time.monotonic()))

    def stop(self):
        self.isOver.set()
        for thread in self.threads:
            thread.join(SECONDS)


def stream(server, length):
    """Status, how a stream ended ("done", "error", "cut", or the code of an error without a stream) and its text."""
    body = {"model": "tiny", "messages": [{"role": "user", "content": DRAW}], "temperature": 0, "stream": True,
            "max_tokens": length, "logit_bias": NO_END}
    status, text = server.post("/v1/chat/completions", body)
    if status != 200:
        return status, text["error"]["code"], ""
    events = [event for event in text.split("\n\n") if event]
    end = "done" if events[-1] == "data: [DONE]" else "error" if '"error"' in events[-1] else "cut"
    return status, end, "".join(event.split('"content":"')[1].split('"')[0] for event in events if '"content":"' in event)


def percentile(numbers, share):
    return sorted(numbers)[min(len(numbers) - 1, int(share * len(numbers)))]


class Disk:
    """A file system of its own for the file, where that is allowed; else its folder."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.is_mounted = self.mount()

    def mount(self):
        return not subprocess.run(["mount", "-t", "tmpfs", "none", str(self.folder)], capture_output=True, check=False).returncode

    def unmount(self):
        """What is open stays."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)
        self.is_mounted = False

    def close(self):
        if self.is_mounted:
            self.unmount()


class File(TempTest):
    """50 attacks on the served file under 64 streams."""

    def test_the_server_lives_and_serves_again(self):
        disk = Disk(self.folder / "disk")
        self.addCleanup(disk.close)
        model, other = disk.folder / "m.g4", artifact("tiny.f32")
        good = artifact("tiny.bf16")
        shutil.copyfile(good, model)
        server = Server(disk.folder / "m", "--threads", 1, "--served-model-name", "tiny", "--max-num-seqs", 64)
        self.addCleanup(server.close)
        right = stream(server, 200)[2]

        def rename(source):
            shutil.copyfile(source, disk.folder / "new.g4")
            os.replace(disk.folder / "new.g4", model)

        def overwrite():
            at = random.randrange(100, 1500)
            subprocess.run(["dd", "if=/dev/urandom", f"of={model}", "bs=4096", f"seek={at}", "count=20", "conv=notrunc"],
                           check=True, capture_output=True)

        attacks = {
            "cp": lambda: shutil.copyfile(other, model),
            "truncate": lambda: os.truncate(model, random.randrange(os.path.getsize(good))),
            "dd": overwrite,
            "rename": lambda: rename(other),
            "delete": lambda: os.unlink(model),
        }
        if disk.is_mounted:
            attacks["unmount"] = disk.unmount
        else:
            print("may not mount: the file is not unmounted")
        random.seed(1)
        load = Load(server, 64, 200)
        self.addCleanup(load.stop)
        counts = collections.Counter()
        for number, (name, attack) in zip(range(50), itertools.cycle(attacks.items())):
            counts[name] += 1
            what = f"{number}: {name}"
            self.assertTrue(until(lambda: self.is_served(server, model)), what)
            with open(model, "r+b") as served:
                time.sleep(random.random())
                attack()
                time.sleep(random.random())
                self.assertIsNone(server.child.poll(), f"{what}\n{server.stderr()}")
                if name in ("cp", "truncate", "dd"):
                    shutil.copyfile(good, model)
                else:  # the file that is served has no name now; it is cut as well, so that the named one is taken
                    disk.is_mounted = disk.is_mounted or "unmount" in attacks and disk.mount()
                    rename(good)
                    served.truncate(0)
                    self.assertTrue(until(lambda: self.is_served(server, model)), f"{what}\n{server.stderr()}")
            self.assertTrue(until(lambda: server.get("/ready")[0] == 200), f"{what}\n{server.stderr()}")
        load.stop()
        ends = collections.Counter(end for _, end, *_ in load.answers)
        print(f"50 attacks survived, {dict(counts)}; streams {dict(ends)}")
        self.assertEqual(ends["cut"], 0)
        self.assertGreater(ends["done"], 0)
        for _, end, text, _ in load.answers:
            self.assertTrue(text == right if end == "done" else right.startswith(text), (end, text))
        self.assertEqual(server.stop(), 0)

    def is_served(self, server, path):
        """Whether this file is the one that the engine has open."""
        try:
            return os.path.samefile(f"/proc/{engines_of(server.child.pid)[0]}/fd/5", path)  # kChildFiles
        except (FileNotFoundError, IndexError):
            return False


class Kills(unittest.TestCase):
    """100 kills of the engine, 3 s apart, under load."""

    def test_it_recovers_and_loses_nobody_who_only_waited(self):
        server = Server("tiny.bf16", "--threads", 1, "--max-num-seqs", 8)
        self.addCleanup(server.close)
        right = stream(server, 60)[2]
        load = Load(server, 32, 60)  # 24 wait
        self.addCleanup(load.stop)
        recoveries = []
        for number in range(100):
            time.sleep(3)
            restarts = server.metrics("g4rt:engine_restarts_total")
            pid = server.get("/health")[1].get("engine_pid") or server.engine_pid()
            os.kill(pid, signal.SIGKILL)
            start = time.monotonic()
            self.assertTrue(until(lambda: server.metrics("g4rt:engine_restarts_total") > restarts), number)
            self.assertTrue(until(lambda: server.get("/ready")[0] == 200), server.stderr())
            recoveries.append(time.monotonic() - start)
        load.stop()
        ends = collections.Counter(end for _, end, *_ in load.answers)
        print(f"recovery p50 {percentile(recoveries, .5):.2f} s, p99 {percentile(recoveries, .99):.2f} s; {dict(ends)}")
        # Refused while there was no engine, lost after its first token, or answered: nobody who only waited is lost.
        self.assertLessEqual(set(ends), {"done", "error", "engine_restarting"})
        self.assertEqual({text for _, end, text, _ in load.answers if end == "done"}, {right})
        self.assertLess(percentile(recoveries, .99), 1 if os.getloadavg()[0] < 2 else 30)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
