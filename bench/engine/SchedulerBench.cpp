//===- SchedulerBench.cpp - What a step costs beside the model ------------===//
//
//   scheduler-bench [--sessions 16] [--steps 2000]
//
// Sessions that share nothing decode, without a model: the time in which steps
// are planned, kept and given their tokens, in microseconds a step, without the
// prefix cache, with it, and with a pool that is full of what ended before, so
// that every new page makes the cache give something up. The medians of 5 runs
// and the longest step of all.
//
//===----------------------------------------------------------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

using namespace g4rt;

namespace {

struct Options {
  int64_t sessions = 16, steps = 2000;
};

/// What is measured.
struct Times {
  double meanMicros = 0, mostMicros = 0;
  uint64_t numEvicted = 0;
};

/// Pages of 32 positions, as on a CPU.
class Bench {
public:
  Bench(const Options &options, bool hasCache, int64_t numSnapshots,
        int64_t window)
      : options_(options), limits_(limitsOf(options, numSnapshots, window)),
        scheduler_(limits_, {.hasPrefixCache = hasCache}) {
    for (int64_t i = 0; i < numSnapshots; ++i)
      end(begin(/*numTokens=*/kShort, 2));
    for (int64_t i = 0; i < options.sessions; ++i)
      begin(kPrompt, options.steps + 2);
    while (scheduler_.numWaiting() > 0 || hasPrompts_)
      step();
  }

  Times run() {
    Times times;
    uint64_t numBefore = scheduler_.prefixCache().numEvicted();
    for (int64_t i = 0; i < options_.steps; ++i) {
      auto start = std::chrono::steady_clock::now();
      step();
      std::chrono::duration<double, std::micro> took =
          std::chrono::steady_clock::now() - start;
      times.meanMicros += took.count() / static_cast<double>(options_.steps);
      times.mostMicros = std::max(times.mostMicros, took.count());
    }
    times.numEvicted = scheduler_.prefixCache().numEvicted() - numBefore;
    return times;
  }

private:
  static constexpr int64_t kShort = 33, kPrompt = 100; // tokens

  static StepLimits limitsOf(const Options &options, int64_t numSnapshots,
                             int64_t window) {
    StepLimits limits{.maxStepTokens = 2048,
                      .maxChunkTokens = 1024,
                      .maxStepOutputs = 64,
                      .numSlots = options.sessions,
                      .pageSize = 32};
    limits.pagesPerSlot = limits.pagesOf(kPrompt + options.steps + 8);
    // A short prompt has two pages, which its snapshot keeps.
    limits.numPages =
        std::max(2 * numSnapshots, options.sessions * limits.pagesPerSlot);
    limits.window = window;
    limits.windowPagesPerSlot = limits.ringPages();
    limits.numWindowPages =
        std::max(options.sessions * limits.windowPagesPerSlot,
                 window > 0 ? 2 * numSnapshots : 0);
    return limits;
  }

  /// A prompt that no other one begins like.
  SequenceId begin(int64_t numTokens, int64_t maxTokens) {
    SequenceId id{++numBegun_};
    std::vector<int32_t> tokens(static_cast<size_t>(numTokens), 7);
    tokens[0] = static_cast<int32_t>(numBegun_);
    scheduler_.submit(id,
                      {.tokens = std::move(tokens), .maxTokens = maxTokens});
    return id;
  }
  void end(SequenceId id) {
    step();
    scheduler_.finish(id);
  }
  void step() {
    const ScheduledStep &step = scheduler_.next();
    scheduler_.complete();
    hasPrompts_ = false;
    for (const ScheduledChunk &chunk : step.chunks) {
      hasPrompts_ |= chunk.numPromptRows > 0;
      if (chunk.hasOutput)
        scheduler_.append(chunk.id, 11);
    }
  }

  const Options &options_;
  StepLimits limits_;
  Scheduler scheduler_;
  uint64_t numBegun_ = 0;
  bool hasPrompts_ = true;
};

} // namespace

static void report(const Options &options, bool hasCache, int64_t numSnapshots,
                   int64_t window) {
  std::vector<double> means;
  double most = 0;
  uint64_t numEvicted = 0;
  for (int i = 0; i < 5; ++i) {
    Times times = Bench(options, hasCache, numSnapshots, window).run();
    means.push_back(times.meanMicros);
    most = std::max(most, times.mostMicros);
    numEvicted = times.numEvicted;
  }
  std::ranges::sort(means);
  std::printf("%-6s %9lld %7lld %10.1f %10.1f %9llu\n", hasCache ? "yes" : "no",
              static_cast<long long>(numSnapshots),
              static_cast<long long>(window), means[2], most,
              static_cast<unsigned long long>(numEvicted));
  std::fflush(stdout);
}

int main(int argc, char **argv) {
  CLI::App app("What a step costs beside the model.");
  Options options;
  app.add_option("--sessions", options.sessions, "Sequences that decode")
      ->check(CLI::Range(int64_t{1}, int64_t{64}))
      ->capture_default_str();
  app.add_option("--steps", options.steps, "Steps that are measured")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 20))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  std::printf("cache  snapshots  window us/step     longest   evicted\n");
  for (int64_t window : {int64_t{0}, int64_t{1024}}) {
    report(options, false, 0, window);
    report(options, true, 0, window);
    for (int64_t numSnapshots : {1000, 4000, 16000})
      report(options, true, numSnapshots, window);
  }
  return 0;
}
