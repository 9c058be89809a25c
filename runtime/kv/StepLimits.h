//===- StepLimits.h - What steps and caches have room for -------*- C++ -*-===//
//
// Fixed when an executor is made: memory was set aside for this. Scheduler,
// executor and the checks of requests all read it here.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_KV_STEPLIMITS_H
#define G4_RUNTIME_KV_STEPLIMITS_H

#include <algorithm>
#include <cstdint>

namespace g4rt {

struct StepLimits {
  int64_t vocabSize = 0;
  /// Rows of a step, those of one sequence, and rows with logits, at most.
  int64_t maxStepTokens = 0;
  int64_t maxChunkTokens = 0;
  int64_t maxStepOutputs = 0;
  /// Sequences that can hold a cache at the same time.
  int64_t numSlots = 0;
  /// Positions in one page, of global layers and of window layers.
  int64_t pageSize = 0;
  /// Pages of the global layers' pool, and pages that one slot can own.
  int64_t numPages = 0;
  int64_t pagesPerSlot = 0;
  /// Positions that a row of a window layer sees, itself included; 0: the model
  /// has no window layers, and the two below are 0, too.
  int64_t window = 0;
  /// Pages of the window layers' pool, and pages of one slot's ring: numSlots
  /// rings at least.
  int64_t numWindowPages = 0;
  int64_t windowPagesPerSlot = 0;

  /// Positions of one sequence at most.
  int64_t maxLength() const {
    return std::min(numPages, pagesPerSlot) * pageSize;
  }
  /// Sequences that run at most; each gets a row and an output in every step.
  int64_t maxRunning() const {
    return std::min({numSlots, maxStepTokens, maxStepOutputs});
  }
  /// Pages that hold so many positions.
  int64_t pagesOf(int64_t numPositions) const {
    return (numPositions + pageSize - 1) / pageSize;
  }
  /// The first page of a window layer that a row at `position` sees.
  int64_t firstWindowPage(int64_t position) const {
    return std::max<int64_t>(position - window + 1, 0) / pageSize;
  }
  /// A ring holds the window before a chunk and the chunk, at any offset within
  /// a page; a sequence that never gets so long needs no more than its length.
  int64_t ringPages() const {
    return window == 0
               ? 0
               : std::min(pagesOf(window + maxChunkTokens) + 1, pagesPerSlot);
  }
};

} // namespace g4rt

#endif // G4_RUNTIME_KV_STEPLIMITS_H
