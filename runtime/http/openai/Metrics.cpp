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
  void histogram(std::string_view name, std::string_view help,
                 const LatencyHistogram &histogram);

  std::string text;
};

} // namespace

void Writer::begin(std::string_view name, std::string_view help,
                   std::string_view type) {
  (((text += "# HELP g4rt:") += name) += ' ') += help;
  ((((text += "\n# TYPE g4rt:") += name) += ' ') += type) += '\n';
}

void Writer::line(std::string_view name, std::string_view labels,
                  double value) {
  ((text += "g4rt:") += name) += labels;
  ((text += ' ') += spell(value)) += '\n';
}

void Writer::histogram(std::string_view name, std::string_view help,
                       const LatencyHistogram &histogram) {
  begin(name, help, "histogram");
  std::string bucket = std::string(name) + "_bucket";
  uint64_t numBelow = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    bool isLast = i == LatencyHistogram::kBounds.size();
    std::string bound = isLast ? "+Inf" : spell(LatencyHistogram::kBounds[i]);
    numBelow += histogram.counts[i];
    line(bucket, "{le=\"" + bound + "\"}", static_cast<double>(numBelow));
  }
  line(std::string(name) + "_sum", {}, histogram.sumSeconds);
  line(std::string(name) + "_count", {}, static_cast<double>(numBelow));
}

static double share(int64_t part, int64_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

static double number(uint64_t count) { return static_cast<double>(count); }

static void writeGauges(Writer &out, const EngineStatus &engine) {
  out.gauge("num_requests_running", "Requests that have a slot.",
            static_cast<double>(engine.numRunning));
  out.gauge("num_requests_waiting", "Requests in the queue.",
            static_cast<double>(engine.numWaiting));
  out.gauge("num_slots", "Requests that can run at the same time.",
            static_cast<double>(engine.numSlots));
  out.gauge("num_kv_pages", "Pages of the KV cache.",
            static_cast<double>(engine.numPages));
  out.gauge("kv_cache_usage", "Share of the KV cache's pages in use, 0 to 1.",
            share(engine.numPagesUsed, engine.numPages));
  out.gauge("healthy", "1 if the engine is serving, else 0.",
            engine.phase == EnginePhase::Serving);
  out.gauge("draining", "1 if no new requests are taken.", engine.isDraining);
}

static void writeCounters(Writer &out, const EngineStatus &engine) {
  out.counter("engine_restarts_total", "Starts of the engine but the first.",
              number(engine.numRestarts));
  out.counter("steps_total", "Steps of the model.", number(engine.numSteps));
  out.counter("step_seconds_total", "Time in the model.", engine.stepSeconds);
  out.counter("prompt_tokens_total", "Prompt tokens that were computed.",
              number(engine.numPromptTokens));
  out.counter("generation_tokens_total", "Tokens that were chosen.",
              number(engine.numAnswerTokens));
  out.counter("requests_refused_total", "Requests that the engine refused.",
              number(engine.numRefused));
  out.begin("requests_finished_total", "Answers by how they ended.", "counter");
  out.line("requests_finished_total", "{reason=\"stop\"}",
           number(engine.numFinishedStop));
  out.line("requests_finished_total", "{reason=\"length\"}",
           number(engine.numFinishedLength));
  out.line("requests_finished_total", "{reason=\"cancelled\"}",
           number(engine.numCancelled));
  out.line("requests_finished_total", "{reason=\"failed\"}",
           number(engine.numFailed));
}

static void writeServer(Writer &out, const ServerState &server) {
  out.gauge("http_connections", "Open connections.",
            static_cast<double>(server.numConnections));
  out.gauge("http_memory_bytes",
            "Bytes held for clients: bodies, unread answers, prompts.",
            static_cast<double>(server.memory.numUsed()));
  out.gauge("http_memory_limit_bytes", "Bytes that may be held for clients.",
            static_cast<double>(server.memory.capacity()));
  out.begin("http_responses_total", "Responses by status.", "counter");
  for (const auto &[status, count] : server.numResponses)
    out.line("http_responses_total",
             "{status=\"" + std::to_string(status) + "\"}", number(count));
}

static void writeLostCalls(Writer &out, const LostCalls &lost) {
  out.begin("invalid_tool_calls_total",
            "Tool calls of the model that no client got.", "counter");
  out.line("invalid_tool_calls_total", "{reason=\"cut\"}", number(lost.numCut));
  out.line("invalid_tool_calls_total", "{reason=\"unreadable\"}",
           number(lost.numUnreadable));
}

std::string formatMetrics(const EngineStatus &engine, const ServerState &server,
                          const LostCalls &lostCalls) {
  Writer out;
  writeGauges(out, engine);
  writeCounters(out, engine);
  writeLostCalls(out, lostCalls);
  out.histogram("time_to_first_token_seconds",
                "From a request to its first token.", engine.timeToFirstToken);
  out.histogram("inter_token_latency_seconds",
                "Between two tokens of an answer.", engine.interTokenLatency);
  out.histogram("e2e_request_latency_seconds",
                "From a request to the end of its answer.",
                engine.requestLatency);
  writeServer(out, server);
  return out.text;
}

} // namespace g4rt
