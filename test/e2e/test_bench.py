"""g4rt bench serve against our server, and against a scripted one whose times are known."""

import http.server
import json
import time

from programs import TempTest, main, percentile, run
from serving import LocalServer, serving

PIECES = (0.15, 0.02, 0.02, 0.06)  # seconds before each piece of an answer


class Scripted(LocalServer):
    """A server of OpenAI's API that pauses as PIECES says. `came` has the moment when each request's connection was
    accepted, `sent` those of its answer's pieces, in the order of their ends.
    """

    def __init__(self, status=200):
        self.came, self.sent, self.bodies = [], [], []
        accepted = {}
        scripted = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, code, content_type, data):
                self.send_response(code)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                self.reply(200, "application/json", json.dumps({"data": [{"id": "scripted"}]}).encode())

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                scripted.bodies.append(body)
                if status != 200:
                    return self.reply(status, "application/json", b'{"error": {"message": "the queue is full"}}')
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

            def log_message(self, *_):
                pass

        super().__init__(Handler)
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


if __name__ == "__main__":
    main()
