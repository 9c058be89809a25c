"""Each number on the page is that of /g4/state, and each of /g4/state that of /metrics, while answers are written and
after them.
"""

import threading
import time
import unittest
from pathlib import Path

from browser import Browser, Tab
from page_words import expert_text, texts_of
from programs import main, take_option
from serving import NO_END, Server, until

REFRESH_SECONDS = 0.25  # between two events of /g4/events
BANDWIDTH = 40e9

# What the page makes of the state of this moment, with that state: no event comes in between.
LOOK = """async () => {
  const [page, experts] = await Promise.all(["dashboard", "experts"].map((name) => import(`/g4/page/${name}.js`)));
  const state = await (await fetch("/g4/state")).json();
  page.renderState(state, () => null);
  experts.renderExperts(state.experts, state.steps_per_expert_count);
  return [state, (TEXTS)()];
}"""
TEXTS = """() => {
  const text = (id) => document.getElementById(id).textContent;
  const all = (selector, of = document) => [...of.querySelectorAll(selector)];
  const facts = (id) => Object.fromEntries(all(`#${id} dt`).map((dt) => [dt.textContent, dt.nextSibling.textContent]));
  const ids = ["model-name", "version", "rate", "rate-peak", "prompt-rate", "slots-used", "queue", "ttft", "ttft-more",
    "itl", "itl-more", "reads", "reads-more", "experts-text"];
  return {
    ...Object.fromEntries(ids.map((id) => [id, text(id)])),
    slots: all("#slots .slot").map((slot) => [slot.dataset.phase, slot.querySelector(".facts-line").textContent]),
    pools: all("#pools p").map((line) => line.textContent),
    cells: all("#pools .pool").map((pool) => all(".cell", pool).map((cell) => [+cell.dataset.use, cell.hasAttribute("data-shared")])),
    memory: facts("memory"),
    engine: facts("engine"),
  };
}"""


def quantile(buckets, share):
    """histogram_quantile of Prometheus, of (bound, count up to it)."""
    want, below, bound_below = share * buckets[-1][1], 0, 0.0
    for bound, count in buckets:
        if count >= want and count > below:
            if bound == float("inf"):
                return bound_below
            return bound_below + (bound - bound_below) * (want - below) / (count - below)
        below, bound_below = count, bound
    return bound_below


class Numbers(unittest.TestCase):
    """Four slots, and a bandwidth that is given, so that there is a share of it."""

    pictures = None

    def setUp(self):
        self.server = Server("tiny.bf16", "--max-num-seqs", 4, "--memory-bandwidth", "40GB")
        self.addCleanup(self.server.close)
        self.browser = Browser(self.pictures)
        self.addCleanup(self.browser.close)
        self.tab = Tab(self.browser, self.server.url)
        self.addCleanup(self.tab.close)
        self.page = self.tab.open()

    def start_answers(self, count, tokens):
        """Answers that run beside the test; ended by its end at the latest."""
        ask = lambda: self.server.chat("Draw a large red circle.", max_tokens=tokens, logit_bias=NO_END)
        threads = [threading.Thread(target=ask) for _ in range(count)]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join)
        return threads

    def look(self):
        return self.page.evaluate(LOOK.replace("TEXTS", TEXTS))

    def check(self, state, texts):
        wanted = texts_of(state)
        if state["experts"]:
            wanted["experts-text"] = expert_text(state["experts"])
        for name, want in wanted.items():
            self.assertEqual(texts[name], want, name)

    def metric(self, name):
        return self.server.metrics(f"g4rt:{name}")[0]

    def test_while_answers_are_written_the_page_says_what_the_state_says(self):
        threads = self.start_answers(6, 1500)
        self.assertTrue(until(lambda: self.server.get("/g4/state")[1]["requests"]["waiting"] == 2))
        busy = reading = 0
        while any(thread.is_alive() for thread in threads):
            state, texts = self.look()
            self.check(state, texts)
            busy += len(state["slots"]) == 4
            reading += (state["reads"]["share"] or 0) > 0
        self.assertGreater(busy, 2)
        self.assertGreater(reading, 2)

    def test_the_page_follows_within_one_refresh(self):
        self.start_answers(3, 200)[0].join()
        self.assertTrue(until(lambda: self.server.num_open() == 0))
        # Rates are of two seconds; then nothing changes but ages.
        self.assertTrue(until(lambda: self.server.get("/g4/state")[1]["tokens"]["prompt_per_second"] == 0))
        time.sleep(REFRESH_SECONDS + 0.1)
        texts, state = self.page.evaluate(TEXTS), self.server.get("/g4/state")[1]
        self.assertEqual(state["tokens"]["answer_total"], 600)
        for of in (texts["engine"], wanted := texts_of(state)["engine"]):
            of.pop("Up")
        self.assertEqual(texts["engine"], wanted)
        for side in (texts, rest := texts_of(state)):
            del side["engine"], side["memory"]  # what the engine takes of memory may change by itself
        texts.pop("experts-text")
        self.assertEqual(texts, rest)

    COUNTERS = {
        "generation_tokens_total": "/tokens/answer_total",
        "prompt_tokens_total": "/tokens/prompt_total",
        "prefix_cache_queries_total": "/prefix_cache/queried_tokens_total",
        "prefix_cache_hits_total": "/prefix_cache/hit_tokens_total",
        "read_bytes_total": "/reads/bytes_total",
        'requests_finished_total{reason="length"}': "/requests/length",
        'requests_finished_total{reason="stop"}': "/requests/stop",
        'requests_finished_total{reason="cancelled"}': "/requests/cancelled",
        'requests_finished_total{reason="failed"}': "/requests/failed",
        "requests_refused_total": "/requests/refused",
        "engine_restarts_total": "/engine/restarts",
    }
    GAUGES = {
        "num_slots": "/num_slots",
        "num_requests_running": "/requests/running",
        "num_requests_waiting": "/requests/waiting",
        "memory_bandwidth_bytes": "/reads/memory_bandwidth_bytes",
        "http_memory_limit_bytes": "/memory/http_limit_bytes",
    }

    def value(self, state, path):
        for key in path[1:].split("/"):
            state = state[key]
        return state

    def test_counters_of_the_state_are_those_of_metrics(self):
        names = [f"g4rt:{name}" for name in self.COUNTERS]
        threads = self.start_answers(6, 1000)
        self.assertTrue(until(lambda: self.metric("generation_tokens_total") > 0))
        while any(thread.is_alive() for thread in threads):
            before, state, after = self.server.metrics(*names), self.server.get("/g4/state")[1], self.server.metrics(*names)
            for name, path, low, high in zip(self.COUNTERS, self.COUNTERS.values(), before, after, strict=True):
                self.assertTrue(low - 1 <= self.value(state, path) <= high + 1, (name, low, self.value(state, path), high))
        self.assertTrue(until(lambda: self.server.num_open() == 0))
        state = self.server.get("/g4/state")[1]
        for name, path in (self.COUNTERS | self.GAUGES).items():
            self.assertAlmostEqual(self.value(state, path), self.metric(name), delta=0.5, msg=name)
        self.assertEqual(self.metric("memory_bandwidth_bytes"), BANDWIDTH)
        self.assertGreater(self.metric("read_bytes_total"), 1e6)
        self.assertGreater(self.metric("view_seconds_total"), 0)

    def test_percentiles_and_pages_are_those_of_metrics(self):
        for thread in self.start_answers(4, 100):
            thread.join()
        state = self.server.get("/g4/state")[1]
        text = self.server.get("/metrics")[1]
        for path, name in (
            ("time_to_first_token", "time_to_first_token_seconds"),
            ("inter_token_latency", "inter_token_latency_seconds"),
        ):
            lines = [line for line in text.splitlines() if line.startswith(f"g4rt:{name}_bucket")]
            buckets = [(float(line.split('le="')[1].split('"')[0]), float(line.split()[-1])) for line in lines]
            latency = state[path]
            self.assertEqual(latency["count"], buckets[-1][1])
            for share, key in ((0.5, "p50_seconds"), (0.99, "p99_seconds")):
                self.assertAlmostEqual(latency[key], quantile(buckets, share), delta=1e-6, msg=name)
        pages = {pool["name"]: pool["pages"] for pool in state["pools"]}
        self.assertEqual(pages, {"global": self.metric("num_kv_pages"), "window": self.metric("num_window_kv_pages")})


if __name__ == "__main__":
    Numbers.pictures = Path(take_option("--pictures"))
    main()
