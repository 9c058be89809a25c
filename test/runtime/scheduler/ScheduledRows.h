//===- ScheduledRows.h - Sequences whose steps are looked at ----*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_SCHEDULER_SCHEDULEDROWS_H
#define G4_TEST_RUNTIME_SCHEDULER_SCHEDULEDROWS_H

#include "runtime/scheduler/Scheduler.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace g4rt {

inline constexpr StepLimits kLimits = {.maxStepTokens = 8,
                                       .maxChunkTokens = 8,
                                       .maxStepOutputs = 8,
                                       .numSlots = 4,
                                       .pageSize = 4,
                                       .numPages = 16,
                                       .pagesPerSlot = 4};

inline SequenceId id(uint64_t value) { return SequenceId{value}; }

/// `count` tokens, which rise from `first` on.
inline std::vector<int32_t> prompt(int32_t first, int64_t count) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(first + static_cast<int32_t>(i));
  return tokens;
}

inline void submit(Scheduler &scheduler, uint64_t number,
                   std::vector<int32_t> tokens, int64_t maxTokens,
                   int32_t priority = 0) {
  scheduler.submit(id(number), {.tokens = std::move(tokens),
                                .maxTokens = maxTokens,
                                .priority = priority});
}

/// A prompt of so many tokens, for two more, of a key.
inline void submitOf(Scheduler &scheduler, uint64_t number,
                     const KeyShare &share, int64_t numTokens,
                     int32_t firstToken = 0) {
  scheduler.submit(id(number), {.tokens = prompt(firstToken, numTokens),
                                .maxTokens = 2,
                                .share = share});
}

/// Of a chunk: id and rows.
using Rows = std::pair<uint64_t, int64_t>;

/// Those of each chunk.
inline std::vector<Rows> rows(const ScheduledStep &step) {
  std::vector<Rows> rows;
  for (const ScheduledChunk &chunk : step.chunks)
    rows.emplace_back(static_cast<uint64_t>(chunk.id), chunk.numRows);
  return rows;
}

/// Runs the next step; every output is token 99.
inline std::vector<Rows> runStep(Scheduler &scheduler) {
  ScheduledStep step = scheduler.next();
  scheduler.complete();
  for (const ScheduledChunk &chunk : step.chunks)
    if (chunk.hasOutput)
      scheduler.append(chunk.id, 99);
  return rows(step);
}

} // namespace g4rt

#endif // G4_TEST_RUNTIME_SCHEDULER_SCHEDULEDROWS_H
