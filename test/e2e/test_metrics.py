"""/metrics as Prometheus' own client reads it, and the timings of a single answer."""

import json
import unittest

from programs import main
from prometheus_client.parser import text_string_to_metric_families
from serving import serving

# Names and types of vLLM's, which its Grafana board, llm-d's scheduler and AIPerf ask for. The parser drops "_total".
GAUGES = ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "cache_config_info")
COUNTERS = (
    "prompt_tokens",
    "generation_tokens",
    "prefix_cache_queries",
    "prefix_cache_hits",
    "num_preemptions",
    "request_success",
)
HISTOGRAMS = (
    "time_to_first_token_seconds",
    "inter_token_latency_seconds",
    "e2e_request_latency_seconds",
    "request_queue_time_seconds",
    "request_prefill_time_seconds",
    "request_decode_time_seconds",
)
PROMPT = "Draw a small red circle and a large blue square. " * 10


class Metrics(unittest.TestCase):
    def families(self, server):
        """Every family by name."""
        status, text = server.get("/metrics")
        self.assertEqual(status, 200)
        found = {}
        for family in text_string_to_metric_families(text):
            self.assertNotIn(family.name, found)
            found[family.name] = family
        return found

    def test_all_names_and_types_are_vllms(self):
        with serving("tiny.bf16", "--served-model-name", 'a "b"') as server:
            families = self.families(server)
        wanted = dict.fromkeys(GAUGES, "gauge") | dict.fromkeys(COUNTERS, "counter")
        for name, kind in (wanted | dict.fromkeys(HISTOGRAMS, "histogram")).items():
            family = families[f"vllm:{name}"]
            self.assertEqual(family.type, kind, name)
            self.assertTrue(family.samples, name)
            for sample in family.samples:
                self.assertEqual(sample.labels["model_name"], 'a "b"')

    def test_the_size_of_the_cache_is_that_of_its_pages(self):
        with serving("tiny.bf16") as server:
            families = self.families(server)
        labels = families["vllm:cache_config_info"].samples[0].labels
        self.assertEqual(int(labels["num_gpu_blocks"]), families["g4rt:num_kv_pages"].samples[0].value)
        self.assertGreater(int(labels["block_size"]), 0)

    def test_what_is_counted_is_what_the_answers_say(self):
        with serving("tiny.bf16") as server:
            answers = [server.chat(PROMPT, max_tokens=8)[1] for _ in range(3)]
            families = self.families(server)
        value = {sample.name: sample.value for family in families.values() for sample in family.samples}
        usages = [answer["usage"] for answer in answers]
        self.assertEqual(value["vllm:prompt_tokens_total"], sum(usage["prompt_tokens"] for usage in usages))
        self.assertEqual(value["vllm:generation_tokens_total"], sum(usage["completion_tokens"] for usage in usages))
        cached = sum(usage["prompt_tokens_details"]["cached_tokens"] for usage in usages)
        self.assertEqual(value["vllm:prefix_cache_hits_total"], cached)
        by_reason = {
            sample.labels["finished_reason"]: sample.value for sample in families["vllm:request_success"].samples
        }
        self.assertEqual(by_reason, {"length": 3, "stop": 0, "abort": 0})
        for name in HISTOGRAMS:
            self.check_histogram(families[f"vllm:{name}"], 3 if "inter_token" not in name else 3 * 7)

    def check_histogram(self, family, count):
        """Its buckets rise to its count."""
        buckets = [sample.value for sample in family.samples if sample.name.endswith("_bucket")]
        self.assertEqual(buckets, sorted(buckets))
        (total,) = (sample.value for sample in family.samples if sample.name.endswith("_count"))
        self.assertEqual((buckets[-1], total), (count, count), family.name)

    def test_timings_stand_beside_usage_and_in_the_log(self):
        with serving("tiny.bf16") as server:
            first = server.chat(PROMPT, max_tokens=8)[1]
            again = server.chat(PROMPT, max_tokens=8)[1]
            body = {"model": "tiny", "prompt": "a", "max_tokens": 4, "stream": True}
            _, stream = server.post("/v1/completions", {**body, "stream_options": {"include_usage": True}})
            log = server.stderr()
        for answer in (first, again):
            usage, timings = answer["usage"], answer["timings"]
            self.assertEqual(timings["cache_n"], usage["prompt_tokens_details"]["cached_tokens"])
            self.assertEqual(timings["cache_n"] + timings["prompt_n"], usage["prompt_tokens"])
            self.assertEqual(timings["predicted_n"], usage["completion_tokens"])
            for name in ("queue_ms", "prompt_ms", "predicted_ms", "predicted_per_second"):
                self.assertGreaterEqual(timings[name], 0)
        self.assertEqual(again["timings"]["prompt_n"], 1)
        last = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")][-1]
        self.assertEqual(last["timings"]["predicted_n"], last["usage"]["completion_tokens"])
        lines = [line for line in log.splitlines() if line.startswith("info http generated ")]
        self.assertEqual(len(lines), 3, log)
        for word in ("request=", "reason=length", f"prompt={first['usage']['prompt_tokens']} ", "cached=0", "decode_ms="):
            self.assertIn(word, lines[0])


if __name__ == "__main__":
    main()
