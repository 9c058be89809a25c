//===- PlanText.cpp - A plan report as text and as JSON -------------------===//

#include "runtime/exec/PlanText.h"

#include "runtime/base/SystemMemory.h"

#include <cstdio>

namespace g4rt {

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

template <typename... Args>
static std::string format(const char *pattern, Args... args) {
  char line[256];
  std::snprintf(line, sizeof(line), pattern, args...);
  return line;
}

static std::string row(const char *what, uint64_t bytes,
                       const std::string &note = "") {
  return format("%-16s %10s  %s\n", what, byteText(bytes).c_str(),
                note.c_str());
}

/// 4096 as "4k"; what is no multiple of 1024 as it is.
static std::string countText(int64_t count) {
  return count >= 1024 && count % 1024 == 0 ? std::to_string(count / 1024) + "k"
                                            : std::to_string(count);
}

static std::string noteOf(const CacheClass &cache, const PlanReport &report) {
  std::string layers =
      std::to_string(cache.numLayers) + " layers, " + cache.format + ", " +
      std::to_string(cache.bytesPerPosition) + " bytes a token";
  const ExecutorLimits &limits = report.plan.limits;
  if (cache.window)
    return layers + ": a ring of " +
           std::to_string(limits.windowPagesPerSlot * limits.pageSize) +
           " for each session (window " + std::to_string(cache.window) + ")";
  return layers + ": " + std::to_string(limits.numPages * limits.pageSize) +
         " for all sessions";
}

static const char *marginNote(const PlanReport &report) {
  return report.device == artifact::DeviceKind::cpu
             ? "the process itself: code, text tables, stacks"
             : "kept free: driver, code, others";
}

static std::string totalNote(const PlanReport &report) {
  if (!report.limitBytes)
    return "";
  return (report.fits() ? "fits into " : "DOES NOT FIT into ") +
         byteText(*report.limitBytes);
}

static std::string memoryText(const PlanReport &report) {
  const MemoryPlan &plan = report.plan;
  const ExecutorLimits &limits = plan.limits;
  bool isCpu = report.device == artifact::DeviceKind::cpu;
  std::string text = row("weights", plan.weightBytes,
                         plan.syntheticBytes ? "synthetic: made at load" : "");
  for (const CacheClass &cache : report.caches)
    text +=
        row(("KV, " + cache.name).c_str(), cache.bytes, noteOf(cache, report));
  text += row("working memory", plan.totalStorageBytes(),
              "steps of " + std::to_string(limits.maxStepTokens) +
                  " tokens, logits of " +
                  std::to_string(limits.maxStepOutputs) + " rows");
  text += row("page tables", plan.inputBytes, "and the numbers of a step");
  if (isCpu)
    text += row("host staging", report.hostBytes, "part of the margin");
  text += row("margin", report.marginBytes, marginNote(report));
  text += row("total", report.totalBytes(), totalNote(report));
  if (!isCpu)
    text += row("host staging", report.hostBytes, "of the host, page-locked");
  return text;
}

static std::string stepText(const PlanReport &report) {
  std::string text;
  for (const StepBytes &step : report.steps)
    text += format("a step of %lld session%s reads %s with empty contexts, %s "
                   "with full ones\n",
                   static_cast<long long>(step.sessions),
                   step.sessions == 1 ? "" : "s",
                   byteText(static_cast<uint64_t>(step.empty)).c_str(),
                   byteText(static_cast<uint64_t>(step.full)).c_str());
  return text;
}

static std::string tableText(const PlanReport &report) {
  std::string text = "\ntotal of sessions x context";
  text += report.limitBytes
              ? ", ! = more than " + byteText(*report.limitBytes) + "\n"
              : "\n";
  text += format("%8s", "");
  for (int64_t context : report.tableContexts)
    text += format("%12s", countText(context).c_str());
  text += "\n";
  for (size_t i = 0; i < report.table.size(); ++i) {
    text += format("%8lld", static_cast<long long>(report.tableSessions[i]));
    for (uint64_t bytes : report.table[i]) {
      bool isTooMuch = report.limitBytes && bytes > *report.limitBytes;
      text +=
          format("%12s", (byteText(bytes) + (isTooMuch ? "!" : "")).c_str());
    }
    text += "\n";
  }
  return text;
}

static std::string cardRow(const CardFit &fit) {
  std::string text =
      format("%-24s %-6s %9s %9.0f", fit.card.name.c_str(), fit.target.c_str(),
             byteText(fit.card.memoryBytes).c_str(), fit.card.bandwidth / 1e9);
  if (fit.sessions == 0)
    return text + "  does not fit: one session needs " +
           byteText(fit.neededBytes) + "\n";
  return text + format(" %9lld %9.0f %9.0f\n",
                       static_cast<long long>(fit.sessions), fit.oneSession,
                       fit.allSessions);
}

static std::string cardsText(const PlanReport &report) {
  if (report.cards.empty())
    return "\nno code for a GPU here: `g4c plan CONFIG` plans for the known "
           "ones\n";
  std::string text =
      "\ncards, with sessions of " + std::to_string(report.maxModelLength) +
      " tokens; tokens/s are what the bandwidth allows at most\n" +
      format("%-24s %-6s %9s %9s %9s %9s %9s\n", "", "target", "memory", "GB/s",
             "sessions", "1 session", "all");
  for (const CardFit &fit : report.cards)
    text += cardRow(fit);
  return text;
}

std::string planText(const PlanReport &report) {
  const ExecutorLimits &limits = report.plan.limits;
  return format("%s for %s: %lld sessions of %lld tokens\n",
                report.model.substr(0, 100).c_str(), report.target.c_str(),
                static_cast<long long>(limits.numSlots),
                static_cast<long long>(report.maxModelLength)) +
         memoryText(report) + stepText(report) + tableText(report) +
         cardsText(report);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::array cachesJson(const PlanReport &report) {
  json::array caches;
  for (const CacheClass &cache : report.caches)
    caches.push_back(json::object{{"layers", cache.name},
                                  {"num_layers", cache.numLayers},
                                  {"format", cache.format},
                                  {"window", cache.window},
                                  {"bytes_per_token", cache.bytesPerPosition},
                                  {"bytes", cache.bytes}});
  return caches;
}

static json::array stepsJson(const PlanReport &report) {
  json::array steps;
  for (const StepBytes &step : report.steps)
    steps.push_back(json::object{{"sessions", step.sessions},
                                 {"bytes_empty_context", step.empty},
                                 {"bytes_full_context", step.full}});
  return steps;
}

static json::array tableJson(const PlanReport &report) {
  json::array rows;
  for (size_t i = 0; i < report.table.size(); ++i)
    for (size_t j = 0; j < report.table[i].size(); ++j)
      rows.push_back(json::object{{"sessions", report.tableSessions[i]},
                                  {"context", report.tableContexts[j]},
                                  {"bytes", report.table[i][j]}});
  return rows;
}

static json::array cardsJson(const PlanReport &report) {
  json::array cards;
  for (const CardFit &fit : report.cards)
    cards.push_back(
        json::object{{"name", fit.card.name},
                     {"target", fit.target},
                     {"memory_bytes", fit.card.memoryBytes},
                     {"bandwidth", fit.card.bandwidth},
                     {"source", fit.card.source},
                     {"fits", fit.sessions > 0},
                     {"bytes_of_one_session", fit.neededBytes},
                     {"sessions", fit.sessions},
                     {"tokens_per_second_one_session", fit.oneSession},
                     {"tokens_per_second_all_sessions", fit.allSessions}});
  return cards;
}

json::object planJson(const PlanReport &report) {
  const MemoryPlan &plan = report.plan;
  json::value limit;
  if (report.limitBytes)
    limit = *report.limitBytes;
  return {{"model", report.model},
          {"target", report.target},
          {"device", artifact::EnumNameDeviceKind(report.device)},
          {"max_num_seqs", plan.limits.numSlots},
          {"max_model_len", report.maxModelLength},
          {"max_num_batched_tokens", plan.limits.maxStepTokens},
          {"bytes", json::object{{"weights", plan.weightBytes},
                                 {"synthetic_weights", plan.syntheticBytes},
                                 {"kv_cache", plan.totalCacheBytes()},
                                 {"working_memory", plan.totalStorageBytes()},
                                 {"page_tables", plan.inputBytes},
                                 {"host_staging", report.hostBytes},
                                 {"margin", report.marginBytes},
                                 {"total", report.totalBytes()},
                                 {"limit", limit}}},
          {"fits", report.fits()},
          {"kv_cache", cachesJson(report)},
          {"steps", stepsJson(report)},
          {"table", tableJson(report)},
          {"cards", cardsJson(report)}};
}

} // namespace g4rt
