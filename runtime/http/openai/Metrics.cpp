//===- Metrics.cpp - Counters as Prometheus text --------------------------===//

#include "runtime/http/openai/Metrics.h"

#include <charconv>
#include <string_view>

namespace g4rt {

static std::string spell(double value) {
  char text[352]; // the longest double has 309 digits
  return {text, std::to_chars(text, text + sizeof(text), value,
                              std::chars_format::fixed)
                    .ptr};
}

namespace {

/// Appends metrics to a text. Prometheus takes all numbers for doubles.
class Writer {
public:
  void gauge(std::string_view name, std::string_view help, double value) {
    begin(name, help, "gauge");
    line(name, {}, value);
  }
  void counter(std::string_view name, std::string_view help, double value) {
    begin(name, help, "counter");
    line(name, {}, value);
  }
  void begin(std::string_view name, std::string_view help,
             std::string_view type);
  void line(std::string_view name, std::string_view labels, double value);
  /// `label` is that of all lines, "model_name=\"m\"" or empty.
  void histogram(std::string_view name, std::string_view help,
                 const LatencyHistogram &histogram,
                 const std::string &label = {});

  std::string text;
};

} // namespace

void Writer::begin(std::string_view name, std::string_view help,
                   std::string_view type) {
  (((text += "# HELP ") += name) += ' ') += help;
  ((((text += "\n# TYPE ") += name) += ' ') += type) += '\n';
}

void Writer::line(std::string_view name, std::string_view labels,
                  double value) {
  (text += name) += labels;
  ((text += ' ') += spell(value)) += '\n';
}

void Writer::histogram(std::string_view name, std::string_view help,
                       const LatencyHistogram &histogram,
                       const std::string &label) {
  begin(name, help, "histogram");
  std::string bucket = std::string(name) + "_bucket";
  uint64_t numBelow = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    bool isLast = i == LatencyHistogram::kBounds.size();
    std::string bound = isLast ? "+Inf" : spell(LatencyHistogram::kBounds[i]);
    numBelow += histogram.counts[i];
    line(bucket,
         "{" + label + (label.empty() ? "" : ",") + "le=\"" + bound + "\"}",
         static_cast<double>(numBelow));
  }
  std::string labels = label.empty() ? "" : "{" + label + "}";
  line(std::string(name) + "_sum", labels, histogram.sumSeconds);
  line(std::string(name) + "_count", labels, static_cast<double>(numBelow));
}

static double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

static double number(uint64_t count) { return static_cast<double>(count); }

static void writeGauges(Writer &out, const EngineStatus &engine) {
  out.gauge("g4rt:num_requests_running", "Requests that have a slot.",
            static_cast<double>(engine.numRunning));
  out.gauge("g4rt:num_requests_waiting", "Requests in the queue.",
            static_cast<double>(engine.numWaiting));
  out.gauge("g4rt:num_tokens_waiting",
            "Prompt tokens of requests in the queue.",
            static_cast<double>(engine.numWaitingTokens));
  out.gauge("g4rt:num_slots", "Requests that can run at the same time.",
            static_cast<double>(engine.numSlots));
  out.gauge("g4rt:num_kv_pages", "Pages of the KV cache.",
            static_cast<double>(engine.numPages));
  out.gauge("g4rt:kv_cache_usage",
            "Share of the KV cache's pages in use, 0 to 1.",
            share(engine.numPagesUsed, engine.numPages));
  out.gauge("g4rt:num_kv_pages_cached",
            "Pages that the prefix cache alone has: free when needed.",
            static_cast<double>(engine.numPagesCached));
  out.gauge("g4rt:num_window_kv_pages", "Pages of the window layers' KV cache.",
            static_cast<double>(engine.numWindowPages));
  out.gauge("g4rt:num_window_kv_pages_used",
            "Those of them that requests have.",
            static_cast<double>(engine.numWindowPagesUsed));
  out.gauge("g4rt:num_window_kv_pages_cached",
            "Those of them that the prefix cache alone has.",
            static_cast<double>(engine.numWindowPagesCached));
  out.gauge("g4rt:num_session_files",
            "Files that the prefix cache has in --session-dir.",
            static_cast<double>(engine.numSessionFiles));
  out.gauge("g4rt:session_bytes", "Their size.", number(engine.sessionBytes));
  out.gauge("g4rt:memory_bandwidth_bytes",
            "Bytes a second that the device's memory can give; 0: not known.",
            engine.memoryBandwidth);
  out.gauge("g4rt:healthy", "1 if the engine is serving, else 0.",
            engine.phase == EnginePhase::Serving);
  out.gauge("g4rt:draining", "1 if no new requests are taken.",
            engine.isDraining);
}

static void writeCounters(Writer &out, const EngineStatus &engine) {
  out.counter("g4rt:engine_restarts_total",
              "Starts of the engine but the first.",
              number(engine.numRestarts));
  out.counter("g4rt:steps_total", "Steps of the model.",
              number(engine.numSteps));
  out.counter("g4rt:step_seconds_total", "Time in the model.",
              engine.stepSeconds);
  out.counter("g4rt:read_bytes_total",
              "Bytes that these steps had to read of memory, each once.",
              engine.readBytes);
  out.counter("g4rt:view_seconds_total",
              "The engine's time for what the page and /g4/state show.",
              engine.viewSeconds);
  out.counter("g4rt:prompt_tokens_total", "Prompt tokens that were computed.",
              number(engine.numPromptTokens));
  out.counter("g4rt:generation_tokens_total", "Tokens that were chosen.",
              number(engine.numAnswerTokens));
  out.counter("g4rt:preemptions_total",
              "Requests that gave their KV pages up, to go on later.",
              number(engine.numPreemptions));
  out.counter("g4rt:prefix_cache_queries_total",
              "Prompt tokens that were looked up in the prefix cache.",
              number(engine.numPrefixQueries));
  out.counter("g4rt:prefix_cache_hits_total", "Those of them that it had.",
              number(engine.numPrefixHits));
  out.counter("g4rt:prefix_cache_evictions_total",
              "Snapshots that the prefix cache gave up.",
              number(engine.numPrefixEvictions));
  out.counter("g4rt:session_restored_tokens_total",
              "Prompt tokens that were read from files; hits as well.",
              number(engine.numRestoredTokens));
  out.counter("g4rt:session_files_refused_total",
              "Files of another model or version, and damaged ones.",
              number(engine.numRefusedSessions));
  out.counter("g4rt:session_write_errors_total",
              "Files that could not be written.",
              number(engine.numSessionWriteErrors));
  out.counter("g4rt:requests_refused_total",
              "Requests that the engine refused.", number(engine.numRefused));
  out.begin("g4rt:requests_finished_total", "Answers by how they ended.",
            "counter");
  out.line("g4rt:requests_finished_total", "{reason=\"stop\"}",
           number(engine.numFinishedStop));
  out.line("g4rt:requests_finished_total", "{reason=\"length\"}",
           number(engine.numFinishedLength));
  out.line("g4rt:requests_finished_total", "{reason=\"cancelled\"}",
           number(engine.numCancelled));
  out.line("g4rt:requests_finished_total", "{reason=\"failed\"}",
           number(engine.numFailed));
}

static void writeServer(Writer &out, const ServerState &server) {
  out.gauge("g4rt:http_connections", "Open connections.",
            static_cast<double>(server.numConnections));
  out.gauge("g4rt:http_memory_bytes",
            "Bytes held for clients: bodies, unread answers, prompts.",
            static_cast<double>(server.memory.numUsed()));
  out.gauge("g4rt:http_memory_limit_bytes",
            "Bytes that may be held for clients.",
            static_cast<double>(server.memory.capacity()));
  out.begin("g4rt:http_responses_total", "Responses by status.", "counter");
  for (const auto &[status, count] : server.numResponses)
    out.line("g4rt:http_responses_total",
             "{status=\"" + std::to_string(status) + "\"}", number(count));
}

static void writeLostCalls(Writer &out, const EngineStatus &engine) {
  out.begin("g4rt:invalid_tool_calls_total",
            "Tool calls of the model that no client got.", "counter");
  out.line("g4rt:invalid_tool_calls_total", "{reason=\"cut\"}",
           number(engine.numCutCalls));
  out.line("g4rt:invalid_tool_calls_total", "{reason=\"unreadable\"}",
           number(engine.numUnreadableCalls));
}

/// `text` between the quotes of a label.
static std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '"')
      out += '\\';
    (out += c == '\n' ? "\\n" : std::string_view(&c, 1));
  }
  return out;
}

// Schedulers multiply the two numbers to know how many tokens fit.
static void writeCacheConfig(Writer &out, const EngineStatus &engine,
                             const std::string &label) {
  out.begin("vllm:cache_config_info", "As in vLLM: pages of global layers.",
            "gauge");
  out.line("vllm:cache_config_info",
           "{block_size=\"" + std::to_string(engine.pageSize) +
               "\",num_gpu_blocks=\"" + std::to_string(engine.numPages) +
               "\"," + label + "}",
           1);
}

// Names, labels and meaning are vLLM's, for who reads its servers: dashboards,
// schedulers, load generators.
static void writeAsVllm(Writer &out, const EngineStatus &engine,
                        std::string_view modelName) {
  std::string label = "model_name=\"" + escaped(modelName) + "\"";
  auto one = [&](std::string name, std::string_view type, double value) {
    out.begin(name, "As in vLLM.", type);
    out.line(name, "{" + label + "}", value);
  };
  one("vllm:num_requests_running", "gauge", double(engine.numRunning));
  one("vllm:num_requests_waiting", "gauge", double(engine.numWaiting));
  one("vllm:kv_cache_usage_perc", "gauge",
      share(engine.numPagesUsed, engine.numPages));
  one("vllm:num_preemptions_total", "counter", number(engine.numPreemptions));
  one("vllm:prefix_cache_queries_total", "counter",
      number(engine.numPrefixQueries));
  one("vllm:prefix_cache_hits_total", "counter", number(engine.numPrefixHits));
  one("vllm:prompt_tokens_total", "counter",
      number(engine.numTakenPromptTokens));
  one("vllm:generation_tokens_total", "counter",
      number(engine.numAnswerTokens));
  writeCacheConfig(out, engine, label);
  out.begin("vllm:request_success_total", "As in vLLM.", "counter");
  for (auto [reason, count] : {std::pair("stop", engine.numFinishedStop),
                               {"length", engine.numFinishedLength},
                               {"abort", engine.numCancelled}})
    out.line("vllm:request_success_total",
             "{finished_reason=\"" + std::string(reason) + "\"," + label + "}",
             number(count));
  out.histogram("vllm:time_to_first_token_seconds", "As in vLLM.",
                engine.timeToFirstToken, label);
  out.histogram("vllm:inter_token_latency_seconds", "As in vLLM.",
                engine.interTokenLatency, label);
  out.histogram("vllm:e2e_request_latency_seconds", "As in vLLM.",
                engine.requestLatency, label);
  out.histogram("vllm:request_queue_time_seconds", "As in vLLM.",
                engine.queueTime, label);
  out.histogram("vllm:request_prefill_time_seconds", "As in vLLM.",
                engine.prefillTime, label);
  out.histogram("vllm:request_decode_time_seconds", "As in vLLM.",
                engine.decodeTime, label);
}

std::string formatMetrics(const EngineStatus &engine, const ServerState &server,
                          std::string_view modelName) {
  Writer out;
  writeGauges(out, engine);
  writeCounters(out, engine);
  writeLostCalls(out, engine);
  out.histogram("g4rt:time_to_first_token_seconds",
                "From a request to its first token.", engine.timeToFirstToken);
  out.histogram("g4rt:inter_token_latency_seconds",
                "Between two tokens of an answer.", engine.interTokenLatency);
  out.histogram("g4rt:e2e_request_latency_seconds",
                "From a request to the end of its answer.",
                engine.requestLatency);
  writeServer(out, server);
  writeAsVllm(out, engine, modelName);
  return out.text;
}

} // namespace g4rt
