//===- MemoryPlan.h - What a program needs of a device ----------*- C++ -*-===//
//
// Everything is known before anything is allocated: the plan is printed,
// checked against the machine, and kept.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_MEMORYPLAN_H
#define G4_RUNTIME_EXEC_MEMORYPLAN_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/exec/Executor.h"

#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// A chunk that keeps a large GPU busy; more would only make rings larger.
constexpr int64_t kDefaultChunkTokens = 1024;

/// What a user may set.
struct ExecutorOptions {
  int64_t maxSequences = 16;
  /// Positions of one sequence, prompt and answer.
  int64_t maxModelLength = 4096;
  /// Rows of one step.
  int64_t maxStepTokens = 256;
  /// Those of one sequence, which every slot's ring of window pages has room
  /// for; 0: kDefaultChunkTokens. Never more than maxStepTokens.
  int64_t maxChunkTokens = 0;
  /// Rows with logits in one step, one for each sequence at least, which is
  /// what a server samples; an evaluation wants those of all rows, and prompts
  /// whose log-probabilities are wanted have those that are left. Never more
  /// than maxStepTokens.
  int64_t maxStepOutputs = 0;
  /// Pages of the global layers' pool; 0: enough for all sequences at full
  /// length.
  int64_t numPages = 0;
};

struct MemoryPlan {
  ExecutorLimits limits;
  /// Of those that the program reads, synthetic ones included.
  uint64_t weightBytes = 0;
  /// Part of weightBytes: not in the file, but made at load.
  uint64_t syntheticBytes = 0;
  /// Bytes of each storage of the program, and of the keys and the values of
  /// each of its caches.
  std::vector<uint64_t> storageBytes;
  std::vector<uint64_t> keyBytes, valueBytes;
  /// Of a cache with scales those of its keys, and as many of its values; 0 of
  /// others.
  std::vector<uint64_t> scaleBytes;
  /// All page tables and step inputs.
  uint64_t inputBytes = 0;

  uint64_t totalCacheBytes() const;
  uint64_t totalStorageBytes() const;
};

/// The sizes of a step at its largest.
struct StepSizes {
  int64_t tokens = 0, outputs = 0, queryTiles = 0, keyPositions = 0;

  /// ceil(dim * mul / div) + add.
  uint64_t evaluate(const artifact::Extent &extent) const;
};

/// Errors: InvalidArgument if an option is out of range, ResourceExhausted if
/// the sizes overflow.
Result<MemoryPlan> planMemory(const artifact::Artifact &root,
                              const artifact::Program &program,
                              const ExecutorOptions &options);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_MEMORYPLAN_H
