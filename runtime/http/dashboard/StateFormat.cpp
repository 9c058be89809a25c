//===- StateFormat.cpp - What the dashboard shows, as JSON ----------------===//

#include "runtime/http/dashboard/StateFormat.h"

#include "runtime/base/Utf8.h"
#include "runtime/http/dashboard/Quantile.h"

#include <cmath>

namespace g4rt {

/// To a thousandth: more digits would only make the events longer.
static double rounded(double value) { return std::round(value * 1000) / 1000; }

static json::object engineJson(const EngineStatus &engine) {
  bool isDegraded = engine.phase == EnginePhase::Serving && engine.isDegraded;
  return {{"status", isDegraded ? "degraded" : toString(engine.phase)},
          {"progress", rounded(engine.loadProgress)},
          {"pid", engine.processId},
          {"restarts", engine.numRestarts},
          {"last_sign_seconds", rounded(engine.lastSignSeconds)}};
}

static json::array slotsJson(const EngineView &view) {
  json::array slots;
  for (const SlotView &slot : view.slots) {
    json::object shown{{"slot", slot.slot},
                       {"request", clipUtf8(slot.requestId, 64)},
                       {"phase", toString(slot.phase)},
                       {"prompt_tokens", slot.numPromptTokens},
                       {"answer_tokens", slot.numAnswerTokens},
                       {"context_tokens", slot.numComputed},
                       {"max_tokens", slot.maxLength},
                       {"age_seconds", rounded(slot.ageSeconds)},
                       {"tokens_per_second", rounded(slot.tokensPerSecond)}};
    if (!slot.text.empty())
      shown["text"] = clipUtf8(slot.text, 160);
    slots.push_back(std::move(shown));
  }
  return slots;
}

static json::object tokensJson(const DashboardState &state) {
  TokenRates now = state.history.ratesNow();
  json::array answer, prompt;
  for (const TokenRates &rates : state.history.ratesBySecond()) {
    answer.push_back(std::round(rates.answer));
    prompt.push_back(std::round(rates.prompt));
  }
  return {{"answer_total", state.engine.numAnswerTokens},
          {"prompt_total", state.engine.numPromptTokens},
          {"answer_per_second", rounded(now.answer)},
          {"prompt_per_second", rounded(now.prompt)},
          {"history_step_seconds", StateHistory::kStep.count()},
          {"answer_history", std::move(answer)},
          {"prompt_history", std::move(prompt)}};
}

static json::object readsJson(const DashboardState &state) {
  double rate = state.history.readingNow().rate();
  double bandwidth = state.engine.memoryBandwidth;
  json::value share = nullptr;
  if (bandwidth > 0)
    share = rounded(rate / bandwidth);
  return {{"bytes_total", std::round(state.engine.readBytes)},
          {"bytes_per_step_second", std::round(rate)},
          {"memory_bandwidth_bytes", std::round(bandwidth)},
          {"share", std::move(share)}};
}

static json::object latencyJson(const LatencyHistogram &histogram) {
  auto quantile = [&](double q) -> json::value {
    auto seconds = quantileOf(histogram, q);
    return seconds ? json::value(std::round(*seconds * 1e6) / 1e6)
                   : json::value(nullptr);
  };
  return {{"count", histogram.numObservations()},
          {"p50_seconds", quantile(0.5)},
          {"p99_seconds", quantile(0.99)}};
}

static json::object prefixJson(const DashboardState &state) {
  StateHistory::PrefixUse minute = state.history.prefixUseOfLastMinute();
  return {{"queried_tokens_total", state.engine.numPrefixQueries},
          {"hit_tokens_total", state.engine.numPrefixHits},
          {"queried_tokens", minute.numQueries},
          {"hit_tokens", minute.numHits}};
}

static json::array expertsJson(const ExpertHistory &history) {
  json::array layers;
  for (const ExpertLoad &load : history.lastMinute())
    layers.push_back(json::object{{"layer", load.layer},
                                  {"rows", json::value_from(load.rows)}});
  return layers;
}

static json::array poolsJson(const EngineView &view) {
  json::array pools;
  for (const PoolMap &map : view.pools)
    pools.push_back(
        json::object{{"name", map.name},
                     {"page_tokens", map.pageSize},
                     {"pages", map.numPages},
                     {"used", map.numUsed},
                     {"shared", map.numShared},
                     {"pages_per_cell", map.pagesPerCell},
                     {"used_by_cell", json::value_from(map.usedByCell)},
                     {"shared_by_cell", json::value_from(map.sharedByCell)}});
  return pools;
}

static json::object memoryJson(const EngineView &view,
                               const ServerState &server) {
  return {{"weight_bytes", view.weightBytes},
          {"cache_bytes", view.cacheBytes},
          {"working_bytes", view.workingBytes},
          {"engine_resident_bytes", view.residentBytes},
          {"http_bytes", server.memory.numUsed()},
          {"http_limit_bytes", server.memory.capacity()}};
}

static json::object requestsJson(const EngineStatus &engine) {
  return {
      {"running", engine.numRunning},     {"waiting", engine.numWaiting},
      {"stop", engine.numFinishedStop},   {"length", engine.numFinishedLength},
      {"cancelled", engine.numCancelled}, {"failed", engine.numFailed},
      {"refused", engine.numRefused}};
}

static json::array errorsJson(const StateHistory &history) {
  json::array errors;
  for (const PastError &error : history.errors())
    errors.push_back(
        json::object{{"time", rounded(error.time)}, {"what", error.what}});
  return errors;
}

json::object stateJson(const DashboardState &state) {
  StateHistory::Latencies minute = state.history.lastMinute();
  return {{"time", rounded(state.time)},
          {"uptime_seconds", rounded(state.uptimeSeconds)},
          {"version", G4_VERSION},
          {"model", json::object{{"name", state.model},
                                 {"max_model_len", state.maxModelLength},
                                 {"target", state.view.target}}},
          {"draining", state.engine.isDraining || state.server.isDraining},
          {"engine", engineJson(state.engine)},
          {"num_slots", state.engine.numSlots},
          {"slots", slotsJson(state.view)},
          {"slots_left_out", state.view.numSlotsLeftOut},
          {"requests", requestsJson(state.engine)},
          {"tokens", tokensJson(state)},
          {"time_to_first_token", latencyJson(minute.timeToFirstToken)},
          {"inter_token_latency", latencyJson(minute.interToken)},
          {"reads", readsJson(state)},
          {"pools", poolsJson(state.view)},
          {"prefix_cache", prefixJson(state)},
          {"experts", expertsJson(state.experts)},
          {"steps_per_expert_count", state.view.stepsPerExpertCount},
          {"memory", memoryJson(state.view, state.server)},
          {"connections", state.server.numConnections},
          {"errors", errorsJson(state.history)}};
}

} // namespace g4rt
