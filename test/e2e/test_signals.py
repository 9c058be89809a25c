"""Signals to a server, and readers of its stdout and stderr that leave or sleep."""

import contextlib
import fcntl
import http.client
import os
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time
import unittest

import openai

from programs import SECONDS, Paths, TempTest, artifact, main, run
from serving import DRAW, NO_END, engines_of, serving, until


def client_of(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=SECONDS)


def ask(client, **fields):
    messages = [{"role": "user", "content": DRAW}]
    return client.chat.completions.create(model="tiny", messages=messages, temperature=0, **fields)


class Signals(unittest.TestCase):
    """What ends a server, and how."""

    def test_a_hangup_ends_nothing(self):
        with serving("tiny.bf16") as server:
            server.child.send_signal(signal.SIGHUP)
            os.kill(server.engine_pid(), signal.SIGHUP)
            self.assertTrue(until(lambda: "hangup" in server.stderr()))
            self.assertEqual(server.chat(DRAW)[0], 200)
            self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])
            self.assertEqual(server.stop(), 0)

    def test_a_second_signal_ends_streams_with_their_error(self):
        with serving("tiny.f32", "--threads", 1) as server, client_of(server) as client:
            streams = [ask(client, stream=True, max_tokens=1900, logit_bias=NO_END) for _ in range(4)]
            for stream in streams:
                next(stream)
            server.child.send_signal(signal.SIGTERM)
            self.assertTrue(until(lambda: "draining" in server.stderr()))
            server.child.send_signal(signal.SIGTERM)
            for stream in streams:
                with self.assertRaises(openai.APIError) as caught:
                    for _ in stream:
                        pass
                self.assertEqual(caught.exception.code, "draining")
            self.assertEqual(server.child.wait(SECONDS), 1)


class LogFile(TempTest):
    """--log-file, and a SIGHUP after its rotation."""

    def setUp(self):
        super().setUp()
        self.log, self.old = self.folder / "g4rt.log", self.folder / "g4rt.log.1"

    @contextlib.contextmanager
    def logging(self, model="tiny.bf16"):
        with serving(model, "--log-file", self.log) as server:
            self.assertTrue(until(lambda: "ready model" in self.log.read_text()))
            yield server
            self.assertEqual(server.stderr(), "")

    def rotate(self, server):
        """As logrotate does."""
        os.rename(self.log, self.old)
        server.child.send_signal(signal.SIGHUP)
        self.assertTrue(until(lambda: self.log.exists() and "info serve log_file_opened" in self.log.read_text()))

    def test_lines_of_server_and_engine_go_to_the_new_file(self):
        model = self.folder / "m.g4"
        shutil.copyfile(artifact("tiny.bf16"), model)
        with self.logging(self.folder / "m") as server:
            for _ in range(2):
                self.rotate(server)
                kept = self.old.read_text()
                begun = self.log.read_text().count("engine restarted")
                os.truncate(model, 4096)  # the engine says so itself, at the next page that it needs, or its server
                server.chat(DRAW)
                self.assertTrue(until(lambda: "error engine lost" in self.log.read_text()))
                shutil.copyfile(artifact("tiny.bf16"), model)
                self.assertTrue(until(lambda: self.log.read_text().count("engine restarted") > begun))
                self.assertEqual(server.chat(DRAW)[0], 200)
                self.assertEqual(self.old.read_text(), kept)
            engine = engines_of(server.child.pid)[0]
            files = [os.readlink(f"/proc/{engine}/fd/{number}") for number in os.listdir(f"/proc/{engine}/fd")]
            self.assertIn(str(self.log), files)
            self.rotate(server)
            self.assertTrue(until(lambda: self.opened(engine) == self.log.stat().st_ino))
            self.assertEqual(server.stop(), 0)
            self.assertIn("stopped", self.log.read_text())

    def opened(self, pid):
        """The inode of the log that a process has open."""
        for number in os.listdir(f"/proc/{pid}/fd"):
            name = os.readlink(f"/proc/{pid}/fd/{number}")
            if name in (str(self.log), str(self.old)):
                return os.stat(f"/proc/{pid}/fd/{number}").st_ino
        return None

    def test_a_file_that_cannot_be_written_ends_the_start(self):
        for path, why in ((self.folder / "no" / "log", "No such file"), (self.folder, "Is a directory")):
            result = run("serve", artifact("tiny.bf16"), "--port", 0, "--log-file", path)
            self.assert_refused(result, 2, path, why)

    def test_one_that_cannot_be_opened_again_leaves_the_old_one(self):
        with self.logging() as server:
            os.rename(self.log, self.old)
            self.log.mkdir()
            server.child.send_signal(signal.SIGHUP)
            self.assertTrue(until(lambda: "error serve log_file_kept" in self.old.read_text()))
            self.assertTrue(until(lambda: "error engine log_file_kept" in self.old.read_text()))
            self.assertIn("Is a directory", self.old.read_text())
            self.assertEqual(server.chat(DRAW)[0], 200)
            self.assertEqual(server.stop(), 0)
            self.assertIn("stopped", self.old.read_text())

    def test_a_full_disk_ends_nothing(self):
        with serving("tiny.bf16", "--log-file", "/dev/full") as server:
            server.child.send_signal(signal.SIGHUP)
            self.assertEqual(server.chat(DRAW)[0], 200)
            self.assertEqual(server.stop(), 0)


class Readers(unittest.TestCase):
    """Nobody who reads what a server prints can end it or hold it up."""

    @contextlib.contextmanager
    def piped(self, *flags):
        """A server whose stdout and stderr are one pipe, and the reader's end."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 16384)
        command = [Paths.g4rt, "serve", artifact("tiny.bf16"), "--port", "0", *flags]
        with subprocess.Popen(command, stdout=writer, stderr=writer) as child:
            os.close(writer)
            try:
                yield child, reader
            finally:
                if child.poll() is None:
                    child.kill()

    def read_until(self, reader, word):
        text = b""
        while word not in text:
            text += os.read(reader, 1)
        return text

    def test_a_reader_that_leaves(self):
        """As `2>&1 | head -1` does; then the engine is lost and the server is stopped."""
        with self.piped() as (child, reader):
            self.read_until(reader, b"ready model")
            line = self.read_until(reader, b"\n")
            os.close(reader)
            os.kill(int(line.split(b"engine_pid=")[1].split()[0]), signal.SIGKILL)
            child.send_signal(signal.SIGHUP)
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(SECONDS), 0)

    def test_nobody_reads_from_the_start(self):
        with self.piped() as (child, reader):
            os.close(reader)
            with self.assertRaises(subprocess.TimeoutExpired):
                child.wait(2)
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(SECONDS), 0)

    def test_a_reader_that_sleeps_is_told_how_much_it_missed(self):
        with self.piped() as (child, reader):
            banner = self.read_until(reader, b"ready model")
            port = int(banner.split(b"/v1")[0].rsplit(b":", 1)[1])

            sizes = [0]

            def is_full():
                """A line a signal, but for some that come at once; it takes no more when its last page is begun."""
                for _ in range(20):
                    child.send_signal(signal.SIGHUP)
                    time.sleep(0.001)
                sizes.append(struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"\0\0\0\0"))[0])
                return sizes[-1] > 8192 and len(set(sizes[-5:])) == 1

            self.assertTrue(until(is_full))
            for _ in range(20):
                child.send_signal(signal.SIGHUP)
                with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
                    connection.request("GET", "/health")
                    self.assertEqual(connection.getresponse().status, 200)
            missed = threading.Thread(target=lambda: self.read_until(reader, b"warning log dropped lines="))
            missed.start()
            self.assertTrue(until(lambda: child.send_signal(signal.SIGHUP) or not missed.is_alive()))
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(SECONDS), 0)

    def test_stdout_that_is_full_ends_nothing(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            command = [Paths.g4rt, "serve", artifact("tiny.bf16"), "--port", "0"]
            with subprocess.Popen(command, stdout=full, stderr=subprocess.PIPE, text=True) as child:
                for line in child.stderr:
                    if "ready model" in line:
                        break
                child.send_signal(signal.SIGTERM)
                self.assertEqual(child.wait(SECONDS), 0)


if __name__ == "__main__":
    main()
