"""Two replicas under Ray Serve: turns find their prefixes, a replica that is lost takes nobody else along, none is left."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from programs import Paths, artifact, main
from serving import free_port, until

SECONDS = 600  # Ray takes a minute to start on an idle machine
SESSIONS, TURNS = 200, 5
SYSTEM = "You draw what people ask for, as one SVG of a hundred by a hundred. You never explain what you draw. "


def processes():
    """The servers of this test's model, by process id, with the process that started each of them."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode().split("\0")
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except (OSError, UnicodeError):  # no process, or none any more
            continue
        if Replicas.model in words and words[0] == Paths.g4rt and "--engine-of" not in words:
            found[int(entry.name)] = parent
    return found


class Replicas(unittest.TestCase):
    """One application for all; the last test ends it."""

    model = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(dir="/tmp")  # short, because Ray has sockets below it
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        cls.model = f"{folder}/model.g4"
        shutil.copyfile(artifact("tiny.bf16"), cls.model)
        cls.port = free_port()
        values = (f"model={cls.model}", "replicas=2", "cpus=0.4", f"program={Paths.g4rt}", "shutdown_seconds=300", "flags=--threads 1 --max-num-seqs 48")
        command = [sys.executable, "-B", Paths.source / "test/e2e/replicas_app.py", str(cls.port), f"{folder}/r", *values]
        cls.app = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end)
        cls.wait_until_ready()

    @classmethod
    def wait_until_ready(cls):
        for line in cls.app.stdout:
            if line == "ready\n":
                return
        raise RuntimeError("the application has ended")

    @classmethod
    def end(cls):
        cls.app.stdin.close()
        cls.app.stdout.close()
        return cls.app.wait(SECONDS)

    def ask(self, body, session=None):
        """The response to a chat, unread."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        self.addCleanup(connection.close)
        headers = {"Content-Type": "application/json", **({"X-Session-Id": session} if session else {})}
        connection.request("POST", "/v1/chat/completions", json.dumps({"temperature": 0, **body}), headers)
        reply = connection.getresponse()
        reply.leave = connection.close
        return reply

    def talk(self, number):
        """A session of five turns; for each its replica and how many tokens of its prompt were there already."""
        session = f"session {number}" if number % 2 else None  # half of them are known by their prefix alone
        messages, turns = [{"role": "system", "content": SYSTEM}], []
        for turn in range(TURNS):
            messages.append({"role": "user", "content": f"Person {number} wants drawing {turn}: " + f"a {number} of red, " * 16})
            reply = self.ask({"messages": messages, "max_tokens": 12}, session)
            answer = json.loads(reply.read())
            self.assertEqual(reply.status, 200, answer)
            messages.append({"role": "assistant", "content": answer["choices"][0]["message"]["content"]})
            cached = answer["usage"]["prompt_tokens_details"]["cached_tokens"]
            turns.append((reply.headers["X-G4-Replica"], cached / answer["usage"]["prompt_tokens"]))
        return turns

    def test_1_turns_reach_the_replica_that_has_their_prefix(self):
        with ThreadPoolExecutor(8) as pool:
            talks = list(pool.map(self.talk, range(SESSIONS)))
        later = [(talk[i - 1][0], *talk[i]) for talk in talks for i in range(1, TURNS)]
        same = sum(before == replica for before, replica, _ in later) / len(later)
        found = sum(share > 0.5 for _, _, share in later) / len(later)
        firsts = Counter(talk[0][0] for talk in talks)
        print(f"{len(later)} later turns: {same:.1%} at the same replica, {found:.1%} with their prefix; {firsts}")
        self.assertGreaterEqual(same, 0.95)
        self.assertGreaterEqual(found, 0.95)
        self.assertEqual(len(firsts), 2)
        self.assertGreaterEqual(min(firsts.values()), SESSIONS / 4)  # load is spread, though all share their begin

    def stream(self, number, session=None):
        body = {"messages": [{"role": "user", "content": f"{number} drawings"}], "stream": True}
        reply = self.ask({**body, "ignore_eos": True, "max_tokens": 1500}, session or f"stream {number}")
        self.assertEqual(reply.status, 200)
        self.assertTrue(reply.readline().startswith(b"data: "))
        return reply

    def replicas(self):
        """Those among which eight streams at once are divided."""
        streams = [self.stream(number, f"new {time.monotonic()}") for number in range(8)]
        names = {reply.headers["X-G4-Replica"] for reply in streams}
        for reply in streams:
            reply.leave()
        return names

    def num_running(self):
        """Answers that the replicas compute, by replica, of as many looks as it takes to see two."""
        running = {}
        while len(running) < 2:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
            connection.request("GET", "/metrics")
            reply = connection.getresponse()
            found = re.search(r"^g4rt:num_requests_running (\S+)$", reply.read().decode(), re.M)
            running[reply.headers["X-G4-Replica"]] = float(found[1])
            connection.close()
        return running

    def lose_one(self, kill):
        """Kills something of one replica below eight streams; how each of them ended, by replica."""
        streams = [self.stream(number) for number in range(8)]
        kill(min(processes().items()))
        ends = {}
        for reply in streams:
            ends.setdefault(reply.headers["X-G4-Replica"], []).append(reply.read().decode().strip().split("\n\n")[-1])
        return ends

    def assert_one_is_lost(self, ends):
        whole = [name for name, events in ends.items() if all(event == "data: [DONE]" for event in events)]
        lost = [name for name in ends if name not in whole]
        self.assertEqual((len(whole), len(lost)), (1, 1), ends)
        for event in ends[lost[0]]:
            self.assertEqual(json.loads(event.removeprefix("data: "))["error"]["code"], "replica_lost")
        # The router may not have heard of it yet: the error says that one may ask again.
        body = {"messages": [{"role": "user", "content": "Draw a large red circle."}], "max_tokens": 4}
        self.assertTrue(until(lambda: self.ask(body, "stream 0").status == 200, 30))
        self.assertTrue(until(lambda: len(self.replicas() - {lost[0]}) == 2, SECONDS))

    def test_2_a_server_that_is_killed_takes_its_own_streams_along(self):
        self.assert_one_is_lost(self.lose_one(lambda replica: os.kill(replica[0], signal.SIGKILL)))

    def test_3_so_does_an_actor_and_its_server_ends_with_it(self):
        gone = []

        def kill(replica):
            gone.append(replica[0])
            os.kill(replica[1], signal.SIGKILL)

        self.assert_one_is_lost(self.lose_one(kill))
        self.assertTrue(until(lambda: gone[0] not in processes()))

    def test_4_a_client_that_leaves_cancels_its_answer(self):
        self.assertEqual(len(self.replicas()), 2)
        self.assertTrue(until(lambda: sum(self.num_running().values()) == 0, 60))

    def test_5_requests_that_are_wrong_are_refused_by_the_server(self):
        reply = self.ask({"messages": [{"role": "user", "content": "Hi"}], "max_tokens": -5})
        self.assertEqual((reply.status, json.loads(reply.read())["error"]["param"]), (400, "max_tokens"))

    def test_6_a_replica_that_is_taken_away_ends_its_answers_first(self):
        streams = [self.stream(number) for number in range(8)]
        self.assertEqual(len({reply.headers["X-G4-Replica"] for reply in streams}), 2)
        self.app.stdin.write("replicas=1\n")
        self.app.stdin.flush()
        for reply in streams:
            self.assertTrue(reply.read().decode().endswith("data: [DONE]\n\n"))
        self.wait_until_ready()
        self.assertTrue(until(lambda: len(processes()) == 1, SECONDS))

    def test_7_nothing_is_left(self):
        self.assertEqual(self.end(), 0)
        self.assertTrue(until(lambda: not processes()))


if __name__ == "__main__":
    main()
