"""g4rt bench FILE; g4rt bench serve against our server, and against a scripted one whose times are known."""

import importlib
import json
import sys
import time
import unittest

from programs import artifact, main, Paths, percentile, run, TempTest
from serving import Handler, LocalServer, serving

PIECES = (0.15, 0.02, 0.02, 0.06)  # seconds before each piece of an answer


class Scripted(LocalServer):
    """A server of OpenAI's API that pauses as PIECES says. `came` has the moment when each request's connection was
    accepted, `sent` those of its answer's pieces, in the order of their ends.
    """

    def __init__(self, status=200):
        self.came, self.sent, self.bodies = [], [], []
        accepted = {}
        scripted = self

        class ScriptedHandler(Handler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.reply(200, {"data": [{"id": "scripted"}]})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                scripted.bodies.append(body)
                if status != 200:
                    return self.reply(status, {"error": {"message": "the queue is full"}})
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                moments = []
                for pause in PIECES:
                    time.sleep(pause)
                    moments.append(time.monotonic())
                    self.event({"choices": [{"delta": {"content": "x"}}]})
                scripted.came.append(accepted[self.client_address])
                scripted.sent.append(moments)
                usage = {"prompt_tokens": 11, "completion_tokens": len(PIECES)}
                self.event({"choices": [], "usage": usage})
                self.wfile.write(b"data: [DONE]\n\n")

            def event(self, chunk):
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

        super().__init__(ScriptedHandler)
        accept = self.server.get_request

        def note():
            connection, client = accept()
            accepted[client] = time.monotonic()
            return connection, client

        self.server.get_request = note


class Bench(TempTest):
    """The command, its block of text and its file."""

    def bench(self, url, *flags):
        """What it printed and what it wrote."""
        file = self.folder / "result.json"
        done = run("bench", "serve", "--url", url, "--result-filename", file, *flags)
        return done, json.loads(file.read_text()) if file.exists() else None

    def assert_percentiles(self, result, printed):
        """Each figure is that of the times that the file has, and the block says the same."""
        whole = [i for i, error in enumerate(result["errors"]) if not error]
        times = {
            "ttft": [1000 * result["ttfts"][i] for i in whole],
            "itl": [1000 * latency for i in whole for latency in result["itls"][i]],
        }
        for name, values in times.items():
            for percent, key in ((50, f"median_{name}_ms"), (90, f"p90_{name}_ms"), (99, f"p99_{name}_ms")):
                self.assertAlmostEqual(result[key], percentile(values, percent / 100), places=6, msg=key)
            line = f"{f'P99 {name.upper()} (ms):':<40} {result[f'p99_{name}_ms']:<10.2f}"
            self.assertIn(line, printed)

    def test_a_scripted_servers_times_come_back(self):
        server = Scripted()
        self.addCleanup(server.close)
        flags = ("--num-prompts", 6, "--max-concurrency", 3, "--metric-percentiles", "90,99", "--goodput", "ttft:1")
        done, result = self.bench(server.url, *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((result["completed"], result["failed"], result["model_id"]), (6, 0, "scripted"))
        self.assertEqual((result["total_input_tokens"], result["total_output_tokens"]), (66, 24))
        self.assertEqual(result["request_goodput"], 0)
        # The client sees no piece before it was sent; how much later is the machine's.
        for name, pause in (("ttfts", PIECES[0]), ("itls", sum(PIECES[1:]))):
            for measured in result[name]:
                self.assertGreater(measured if name == "ttfts" else sum(measured), 0.9 * pause)
        self.assertGreater(result["duration"], 2 * sum(PIECES))
        self.assert_percentiles(result, done.stdout)

    def test_our_own_server_draws(self):
        with serving("tiny.bf16") as server:
            flags = ("--dataset-name", "svg", "--num-prompts", 8, "--max-concurrency", 4, "--request-rate", 100)
            done, result = self.bench(server.url, *flags, "--metric-percentiles", "90,99")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(result["completed"], 8)
            self.assertEqual(result["total_output_tokens"], server.metrics("g4rt:generation_tokens_total")[0])
            computed, cached = (
                server.metrics(f"g4rt:{name}_total")[0] for name in ("prompt_tokens", "prefix_cache_hits")
            )
            self.assertEqual(result["total_input_tokens"], computed + cached)
            self.assert_percentiles(result, done.stdout)

    def test_a_sharegpt_file_is_asked_and_lengths_are_kept(self):
        server = Scripted()
        self.addCleanup(server.close)
        talks = [{"conversations": [{"from": "human", "value": f"question {i}"}]} for i in range(2)]
        path = self.write("talks.json", json.dumps(talks))
        flags = ("--dataset-name", "sharegpt", "--dataset-path", path, "--num-prompts", 3, "--output-len", 5)
        done, _ = self.bench(server.url, *flags, "--ignore-eos")
        self.assertEqual(done.returncode, 0, done.stderr)
        asked = sorted(body["messages"][0]["content"] for body in server.bodies)
        self.assertEqual(asked, ["question 0", "question 0", "question 1"])
        self.assertTrue(all(body["max_tokens"] == 5 and body["ignore_eos"] for body in server.bodies))

    def test_a_server_that_refuses_is_a_failure_with_its_words(self):
        server = Scripted(status=429)
        self.addCleanup(server.close)
        done, result = self.bench(server.url, "--num-prompts", 2)
        self.assertEqual(done.returncode, 1)
        self.assertIn("2 requests failed: HTTP 429: the queue is full", done.stderr)
        self.assertEqual(result["failed"], 2)

    def test_what_cannot_be_asked_is_said(self):
        self.assert_refused(run("bench", "serve", "--url", "http://127.0.0.1:1"), 1, "/v1/models")
        self.assert_refused(run("bench", "serve", "--url", "ftp://x"), 2, "http://HOST:PORT")
        self.assert_refused(run("bench", "serve", "--goodput", "itl:5"), 2, "ttft:MS")


class BenchFile(TempTest):
    """Figures of a model's steps. Times mean nothing here; what is counted does."""

    def bench(self, *flags):
        done = run("bench", artifact("tiny.int4"), "--no-verify", "-t", 2, "-o", "json", *flags)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_every_test_is_a_line_with_its_repetitions(self):
        report = self.bench("-p", "5,70", "-n", 3, "-x", "1,4", "-d", "0,33", "-r", 2, "-b", 64)
        names = [line["test"] for line in report["results"]]
        at_once = ["pp5", "pp70", "tg3", "tg3 x4"]
        self.assertEqual(names, at_once + [f"{name} @ d33" for name in at_once])
        for line in report["results"]:
            self.assertEqual((line["n"], len(line["samples_ts"])), (2, 2))
            self.assertAlmostEqual(line["avg_ts"], sum(line["samples_ts"]) / 2, delta=1e-6 * line["avg_ts"])
            self.assertGreater(line["bandwidth_share"], 0)
            self.assertGreater(line["dot_rate_share"], 0)

    def test_products_grow_with_tokens_and_bytes_with_steps(self):
        report = self.bench("-p", "32,64", "-n", "2,4", "-x", "1,2", "-r", 1, "-b", 32)
        of = {line["test"]: line for line in report["results"]}
        # The head is computed once a prompt, but for every token of an answer.
        self.assertEqual(of["tg4"]["products"], 2 * of["tg2"]["products"])
        self.assertEqual(of["tg2 x2"]["products"], 2 * of["tg2"]["products"])
        self.assertLess(of["pp64"]["products"], 2 * of["pp32"]["products"])
        self.assertLess(of["tg2 x2"]["bytes"], 2 * of["tg2"]["bytes"])
        self.assertGreater(of["pp64"]["bytes"], 1.2 * of["pp32"]["bytes"])

    def test_the_parts_of_a_step_are_all_of_it(self):
        report = self.bench("-p", 0, "-n", 8, "-x", 2, "-r", 1, "--explain")
        parts = report["results"][0]["explain"]
        named = [value for key, value in parts.items()
                 if key.endswith("_ms") and key not in ("sum_ms", "step_ms")]
        self.assertTrue(all(value >= 0 for value in named), parts)
        self.assertAlmostEqual(sum(named), parts["sum_ms"], delta=0.01 * parts["sum_ms"])
        self.assertTrue(any(kernel["kernel"].startswith("linear_") for kernel in parts["kernels"]))

    def test_text_and_markdown_are_tables(self):
        for form, row in (("text", r"tg2 +1 +[0-9.]+ +0\.00 "), ("md", r"\| tg2 \| 1 \| [0-9.]+ \| 0\.00 \|")):
            done = run("bench", artifact("tiny.int4"), "-p", 0, "-n", 2, "-x", 1, "-r", 1, "-o", form)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, row)

    def test_what_cannot_be_timed_is_said(self):
        self.assert_refused(run("bench"), 2, "FILE")
        self.assert_refused(run("bench", artifact("tiny.int4"), "-p", 0, "-n", 0), 2, "-p or -n")
        self.assert_refused(run("bench", artifact("tiny.int4"), "-p", 64, "-c", 32), 2, "64 positions are more than 32")
        self.assert_refused(run("bench", artifact("tiny.int4"), "-d", 1 << 20), 2, "")
        self.assert_refused(run("bench", self.folder / "none.g4"), 3, "none.g4")


class Peers(unittest.TestCase):
    """What bench/peer reads of the tables of other engines, and prints."""

    def setUp(self):
        sys.path.insert(0, str(Paths.source / "bench" / "peer"))
        self.addCleanup(sys.path.remove, sys.path[0])
        self.peers, self.run = importlib.import_module("peers"), importlib.import_module("run")

    def test_batched_tables_give_the_rate_of_answers(self):
        table = """main: n_kv_max = 1280
|    PP |     TG |    B |   N_KV |   T_PP s | S_PP t/s |   T_TG s | S_TG t/s |      T s |    S t/s |
|-------|--------|------|--------|----------|----------|----------|----------|----------|----------|
|   128 |     32 |    1 |    160 |    1.000 |   128.00 |    2.000 |    16.00 |    3.000 |    53.33 |
|   128 |     32 |    8 |   1280 |    8.000 |   128.00 |   10.000 |    25.60 |   18.000 |    71.11 |
"""
        self.assertEqual(self.peers.batched_rates(table), {"tg32 @ d128": 16.0, "tg32 x8 @ d128": 25.6})

    def test_markdown_of_another_engine_is_read_beside_what_it_says(self):
        table = "pp64: 237.94\n| engine | test | t/s |\n| :--- | :--- | ---: |\n| das | pp64 | 237.94 \u00b1 0.00 |\n"
        self.assertEqual(self.peers.bench_rates(table), {"pp64": 237.94})
        table = "| model | rtr | test | t/s |\nllm_scale: n_embd = 2816\n| gemma4 | 1 | tg32 | 16.68 \u00b1 0.00 |\n"
        self.assertEqual(self.peers.bench_rates(table), {"tg32": 16.68})

    def test_a_library_is_timed_by_the_names_of_the_same_tests(self):
        library = importlib.import_module("library")
        rows = []

        class Engine:
            def open(self, several):
                rows.clear()

            def decode(self, step):
                rows.extend(step)
                return 0.5

            def clear(self):
                rows.clear()

            def cut(self, session, position):
                rows[:] = [row for row in rows if row[0] != session or row[1] < position]

        rates = library.measure(Engine())
        self.assertEqual(len(rows), 8 * 128, "each session ends with its prompt alone")
        self.assertEqual(rates, {"pp128": 256, "pp512": 1024, "tg32": 2, "tg32 @ d128": 2, "tg32 x2 @ d128": 4, "tg32 x4 @ d128": 8,
                                 "tg32 x8 @ d128": 16})
        self.assertEqual({*library.ENGINES}, {*self.peers.WHEELS} - {self.peers.DasLlama.name})
        self.assertEqual({*self.peers.WHEELS}, {*self.peers.PEERS})

    def test_the_ratio_is_to_the_best_of_those_that_have_the_test(self):
        rates = {"g4": {"pp512": [40, 60, 50], "tg32": [9]}, "a": {"pp512": [20], "tg32": [10, 12]}, "b": {"pp512": [25]}}
        self.assertEqual(self.run.table(rates).splitlines()[2:],
                         ["| pp512 | 50.00 | 20.00 | 25.00 | 2.00 |", "| tg32 | 9.00 | 11.00 | - | 0.82 |"])


if __name__ == "__main__":
    main()
