"""The engine of g4rt serve is killed: what clients and operators see, and how it comes back."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import openai

from programs import SECONDS, Paths, TempTest, artifact, copy_changed, main, process
from serving import DRAW, NO_END, children_of, engines_of, free_port, hold_engine, serving, until


def kill(server, number=signal.SIGKILL):
    """Kills the engine; returns its process id."""
    pid = server.engine_pid()
    os.kill(pid, number)
    return pid


def client_of(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=SECONDS)


def ask(client, **fields):
    messages = [{"role": "user", "content": DRAW}]
    return client.chat.completions.create(model="tiny", messages=messages, temperature=0, **fields)


def is_ready(server):
    return server.get("/ready")[0] == 200


class Lost(TempTest):
    """Killed while it serves."""

    def test_answers_in_flight_get_an_error_and_the_next_one_is_answered(self):
        with serving("tiny.f32", "--threads", 1) as server, client_of(server) as client:
            before = ask(client).choices[0].message.content
            stream = ask(client, stream=True, max_tokens=1900, logit_bias=NO_END)
            next(stream)
            whole = []

            def wait_for_whole():
                try:
                    ask(client, max_tokens=1900, logit_bias=NO_END)
                except openai.InternalServerError as error:
                    whole.append((error.status_code, error.code))

            waiter = threading.Thread(target=wait_for_whole)
            waiter.start()
            self.assertTrue(until(lambda: server.metrics("vllm:num_requests_running")[0] == 2))
            # Both have tokens after two more steps: one without any would be answered by the next engine.
            (tokens,) = server.metrics("g4rt:generation_tokens_total")
            self.assertTrue(until(lambda: server.metrics("g4rt:generation_tokens_total")[0] >= tokens + 4))
            kill(server)
            with self.assertRaises(openai.APIError) as caught:
                for _ in stream:
                    pass
            waiter.join(SECONDS)
            self.assertEqual(caught.exception.code, "engine_lost")
            self.assertEqual(whole, [(503, "engine_lost")])
            self.assertTrue(until(lambda: is_ready(server)))
            self.assertEqual(server.get("/health"), (200, {"status": "ok"}))
            self.assertEqual(ask(client).choices[0].message.content, before)
            names = ("engine_restarts_total", 'requests_finished_total{reason="failed"}', 'requests_finished_total{reason="stop"}')
            self.assertEqual(server.metrics(*(f"g4rt:{name}" for name in names)), [1, 2, 2])
            self.assertRegex(server.stderr(), r'error engine lost error="[^"]*killed by signal 9')
            self.assertEqual(server.stop(), 0)

    def test_it_is_lost_again_and_again(self):
        with serving("tiny.bf16") as server:
            pids = set()
            for number in range(3):
                pids.add(kill(server))
                self.assertTrue(until(lambda: len(re.findall("engine restarted", server.stderr())) > number))
                self.assertEqual(server.chat(DRAW)[0], 200)
            self.assertEqual(len(pids), 3)
            self.assertEqual(server.stop(), 0)

    def test_the_truth_is_told_while_it_is_away(self):
        """The file is cut, so that the engine cannot come back."""
        model = self.folder / "model.g4"
        whole = pathlib.Path(artifact("tiny.bf16")).read_bytes()
        model.write_bytes(whole)
        with serving(self.folder / "model") as server:
            os.truncate(model, 1000)
            kill(server)
            self.assertTrue(until(lambda: server.get("/health")[0] == 503))
            status, health = server.get("/health")
            self.assertEqual((status, health["status"], health["error"]["code"]), (503, "restarting", "engine_restarting"))
            self.assertTrue(until(lambda: "model.g4" in server.get("/health")[1].get("last_error", "")))
            self.assertEqual(server.get("/ready")[0], 503)
            self.assertEqual(server.chat(DRAW)[1]["error"]["code"], "engine_restarting")
            connection = server.connect()
            connection.request("GET", "/health")
            self.assertTrue(connection.getresponse().headers["Retry-After"])
            connection.close()
            self.assertEqual(server.get("/v1/models")[0], 200)
            self.assertEqual(server.post("/tokenize", {"prompt": "a"})[0], 200)
            self.assertEqual(server.metrics("g4rt:healthy"), [0])
            model.write_bytes(whole)  # and comes back
            self.assertTrue(until(lambda: is_ready(server)))
            self.assertEqual(server.chat(DRAW)[0], 200)


class Queued(TempTest):
    """Requests that only waited."""

    def test_they_are_answered_by_the_next_engine(self):
        with serving("tiny.f32", "--threads", 1, "--max-num-seqs", 2) as server:
            right = server.chat(DRAW, max_tokens=20)[1]["choices"]
            pool = ThreadPoolExecutor(14)
            self.addCleanup(pool.shutdown)
            running = [pool.submit(server.chat, DRAW, max_tokens=1500, logit_bias=NO_END) for _ in range(2)]
            self.assertTrue(until(lambda: server.metrics("g4rt:num_requests_running") == [2]))
            waiting = [pool.submit(server.chat, DRAW, max_tokens=20) for _ in range(12)]
            self.assertTrue(until(lambda: server.metrics("g4rt:num_requests_waiting") == [12]))
            kill(server)
            for answer in waiting:
                status, body = answer.result(SECONDS)
                self.assertEqual((status, body.get("choices")), (200, right), body)
            for answer in running:
                self.assertIn(answer.result(SECONDS)[0], (200, 503))  # one in its first step is tried again
            self.assertEqual(server.stop(), 0)


class Hung(TempTest):
    """Stopped while it serves: it neither ends nor says anything."""

    def test_it_is_replaced(self):
        with serving("tiny.f32", "--threads", 1, "--step-timeout", 1) as server, client_of(server) as client:
            before = ask(client).choices[0].message.content
            # Many, so that none is at its end before the engine is stopped; one without text would be tried again.
            streams = [ask(client, stream=True, max_tokens=1900, logit_bias=NO_END) for _ in range(8)]
            stream = streams[-1]
            while not next(stream).choices[0].delta.content:
                pass
            kill(server, signal.SIGSTOP)
            with self.assertRaises(openai.APIError) as caught:
                for _ in stream:
                    pass
            self.assertEqual(caught.exception.code, "engine_lost")
            self.assertTrue(until(lambda: is_ready(server)))
            self.assertEqual(ask(client).choices[0].message.content, before)
            self.assertIn("the engine process hangs", server.stderr())

    def test_health_says_so_long_before_and_takes_it_back(self):
        with serving("tiny.f32", "--threads", 1) as server:
            self.assertEqual(server.get("/health"), (200, {"status": "ok"}))
            pid = kill(server, signal.SIGSTOP)  # it has nothing to do
            start = time.monotonic()
            self.assertTrue(until(lambda: server.get("/health")[0] == 503))
            self.assertLess(time.monotonic() - start, 5)
            status, health = server.get("/health")
            self.assertEqual((status, health["status"], health["error"]["code"]), (503, "degraded", "engine_degraded"))
            self.assertGreaterEqual(health["last_sign_seconds"], 3)
            self.assertEqual(server.get("/ready")[0], 503)
            os.kill(pid, signal.SIGCONT)
            self.assertTrue(until(lambda: is_ready(server)))
            self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])
            self.assertEqual(server.chat(DRAW)[0], 200)


    def test_server_and_engine_that_are_stopped_together_go_on_together(self):
        """As where a machine sleeps, or a terminal stops a job: for longer than an engine may be silent."""
        with serving("tiny.f32", "--threads", 1, "--step-timeout", 1) as server, client_of(server) as client:
            stream = ask(client, stream=True, max_tokens=1900, logit_bias=NO_END)
            next(stream)
            both = (server.child.pid, server.engine_pid())
            for number in (signal.SIGSTOP, signal.SIGCONT):
                for pid in both:
                    os.kill(pid, number)
                time.sleep(3 if number == signal.SIGSTOP else 0)
            self.assertEqual([c.choices[0].finish_reason for c in stream if c.choices][-1], "length")
            self.assertEqual(server.metrics("g4rt:engine_restarts_total"), [0])


class Ends(unittest.TestCase):
    """No engine outlives its server."""

    def test_a_server_that_is_killed_takes_its_engine_along(self):
        with serving("tiny.bf16") as server:
            pid = server.engine_pid()
            server.stop(signal.SIGKILL)

            def is_gone():
                try:
                    os.kill(pid, 0)
                except ProcessLookupError:
                    return True
                with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
                    return stat.read().rsplit(")", 1)[1].split()[0] == "Z"

            self.assertTrue(until(is_gone))

    def test_an_engine_that_hangs_does_not_hold_up_the_end(self):
        with serving("tiny.f32", "--threads", 1, "--shutdown-timeout", 1) as server:
            pool = ThreadPoolExecutor(1)
            self.addCleanup(pool.shutdown)
            answer = pool.submit(server.chat, DRAW, max_tokens=1900, logit_bias=NO_END)
            self.assertTrue(until(lambda: server.num_open() == 1))
            kill(server, signal.SIGSTOP)
            self.assertEqual(server.stop(), 1)
            self.assertEqual(answer.result(SECONDS)[0], 503)

    def test_files_do_not_take_the_numbers_of_missing_stdin_stdout_and_stderr(self):
        """Or messages would go into sockets."""
        port = free_port()
        words = (Paths.g4rt, "serve", artifact("tiny.bf16"), "--port", str(port))
        with subprocess.Popen(["sh", "-c", f"exec {shlex.join(words)} <&- >&- 2>&-"]) as child:
            self.addCleanup(child.kill)
            self.assertTrue(until(lambda: (ready_answer(port) or [0])[0] == 200))
            launchers, engines = children_of(child.pid), engines_of(child.pid)
            self.assertEqual((len(launchers), len(engines)), (1, 1))
            for pid in (child.pid, *launchers, *engines):
                self.assertEqual({os.readlink(f"/proc/{pid}/fd/{number}") for number in range(3)}, {"/dev/null"})
            child.send_signal(signal.SIGTERM)

    def test_control_c_lets_the_engine_finish(self):
        with serving("tiny.f32", "--threads", 1) as server, client_of(server) as client:
            stream = ask(client, stream=True, max_tokens=300, logit_bias=NO_END)
            next(stream)
            os.kill(server.engine_pid(), signal.SIGINT)  # as a terminal does to both
            self.assertEqual(server.stop(signal.SIGINT), 0)
            self.assertEqual([c.choices[0].finish_reason for c in stream if c.choices][-1], "length")


def ready_answer(port):
    """Status and JSON of /ready; none while nobody listens."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        try:
            connection.request("GET", "/ready")
        except ConnectionRefusedError:
            return None
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())


class Loading(TempTest):
    """Before the first engine serves."""

    def test_the_server_listens_while_the_model_is_loaded(self):
        """The engine is held as soon as it exists; it may be done by then, but not every time."""
        for _ in range(20):
            port = free_port()
            with process("serve", artifact("tiny.f32"), "--port", port) as child:
                engine = hold_engine(child.pid)
                self.assertTrue(until(lambda: ready_answer(port)))
                status, answer = ready_answer(port)
                os.kill(engine, signal.SIGCONT)
                self.assertTrue(until(lambda: ready_answer(port)[0] == 200))
            if status == 503:
                break
        self.assertEqual((status, answer["status"], answer["error"]["code"]), (503, "loading", "engine_loading"))
        self.assertIn("progress", answer)

    def test_a_signal_ends_the_load(self):
        with process("serve", artifact("tiny.f32"), "--port", 0) as child:
            child.send_signal(signal.SIGTERM)
            start = time.monotonic()
            child.wait(SECONDS)
            self.assertIn(child.returncode, (0, -signal.SIGTERM))  # the latter before it can tell
            self.assertLess(time.monotonic() - start, 10)

    def test_damaged_weights_end_the_server_with_one_line(self):
        target = self.folder / "weights.g4"
        copy_changed(artifact("tiny.bf16"), target, os.path.getsize(artifact("tiny.bf16")) // 2, 1)
        with process("serve", target, "--port", 0) as child:
            output, errors = child.communicate(timeout=SECONDS)
            self.assertEqual((child.returncode, output), (3, ""))
            self.assertEqual(len(errors.splitlines()), 1, errors)
            self.assertIn("weights.g4", errors)


if __name__ == "__main__":
    main()
