//===- MemoryFit.cpp - A memory plan within limits ------------------------===//

#include "runtime/exec/MemoryFit.h"

#include "runtime/base/SystemMemory.h"

#include <algorithm>
#include <string>

namespace g4rt {

constexpr int64_t kLeastStepTokens = 256;
// What most conversations need: more is taken from the pool while it has pages.
constexpr int64_t kPromisedPositions = 4096;

uint64_t neededBytes(const MemoryPlan &plan) {
  return plan.weightBytes + plan.totalCacheBytes() + plan.totalStorageBytes() +
         plan.inputBytes;
}

Status checkMemory(const MemoryPlan &plan, uint64_t availableBytes) {
  if (neededBytes(plan) <= availableBytes)
    return Status();
  return Status(
      StatusCode::ResourceExhausted,
      "needs " + byteText(neededBytes(plan)) + " of memory (weights " +
          byteText(plan.weightBytes) + ", KV cache " +
          byteText(plan.totalCacheBytes()) + " for " +
          std::to_string(plan.limits.numSlots) + " sequences of " +
          std::to_string(plan.limits.pagesPerSlot * plan.limits.pageSize) +
          " positions, working memory " +
          byteText(plan.totalStorageBytes() + plan.inputBytes) + "), " +
          byteText(availableBytes) + " are available");
}

Result<uint64_t> gpuLimit(const DeviceMemory &memory, double utilization) {
  if (!(utilization > 0 && utilization <= 1))
    return Status(StatusCode::InvalidArgument,
                  "gpu-memory-utilization must be above 0 and at most 1, got " +
                      std::to_string(utilization));
  auto most = static_cast<uint64_t>(static_cast<double>(memory.totalBytes) *
                                    utilization);
  uint64_t used = memory.totalBytes - memory.freeBytes;
  return most > used ? most - used : 0;
}

ExecutorOptions withDefaults(ExecutorOptions options,
                             artifact::DeviceKind kind) {
  bool isCpu = kind == artifact::DeviceKind::cpu;
  if (options.maxSequences == 0)
    options.maxSequences = isCpu ? 16 : 64;
  if (options.maxStepTokens == 0)
    options.maxStepTokens = isCpu ? kLeastStepTokens : 2048;
  return options;
}

/// Whether the plan fits with pages for so many positions of each sequence, and
/// for the full length of one.
static Result<bool> hasRoom(const artifact::Artifact &root,
                            const artifact::Program &program,
                            ExecutorOptions options, int64_t positionsEach,
                            uint64_t availableBytes) {
  G4RT_ASSIGN(MemoryPlan plan, planMemory(root, program, options));
  if (options.numPages == 0) {
    const ExecutorLimits &limits = plan.limits;
    int64_t pagesEach =
        std::min(limits.pagesPerSlot,
                 (positionsEach + limits.pageSize - 1) / limits.pageSize);
    options.numPages =
        std::max(limits.pagesPerSlot, limits.numSlots * pagesEach);
    G4RT_ASSIGN(plan, planMemory(root, program, options));
  }
  return neededBytes(plan) <= availableBytes;
}

Result<ExecutorOptions> shrinkToFit(const artifact::Artifact &root,
                                    const artifact::Program &program,
                                    ExecutorOptions options, MayShrink may,
                                    uint64_t availableBytes) {
  auto fits = [&](int64_t sequences, int64_t positionsEach) {
    ExecutorOptions smaller = options;
    smaller.maxSequences = sequences;
    return hasRoom(root, program, smaller, positionsEach, availableBytes);
  };
  while (may.stepTokens && options.maxStepTokens > kLeastStepTokens) {
    G4RT_ASSIGN(bool fit, fits(may.sequences ? 1 : options.maxSequences,
                               /*positionsEach=*/0));
    if (fit)
      break;
    options.maxStepTokens =
        std::max(kLeastStepTokens, options.maxStepTokens / 2);
  }
  if (!may.sequences)
    return options;
  int64_t least = 1, most = options.maxSequences; // which may fit
  while (least < most) {
    int64_t middle = (least + most + 1) / 2;
    G4RT_ASSIGN(bool fit, fits(middle, kPromisedPositions));
    (fit ? least : most) = fit ? middle : middle - 1;
  }
  options.maxSequences = least;
  return options;
}

Result<MemoryPlan> planWithin(const artifact::Artifact &root,
                              const artifact::Program &program,
                              ExecutorOptions options,
                              uint64_t availableBytes) {
  G4RT_ASSIGN(MemoryPlan full, planMemory(root, program, options));
  if (options.numPages > 0)
    G4RT_TRY(checkMemory(full, availableBytes));
  if (neededBytes(full) <= availableBytes)
    return full;
  options.numPages = full.limits.pagesPerSlot;
  G4RT_ASSIGN(MemoryPlan least, planMemory(root, program, options));
  // The numbers that a user can change are those of the full plan.
  if (neededBytes(least) > availableBytes)
    return checkMemory(full, availableBytes);
  ++options.numPages;
  G4RT_ASSIGN(MemoryPlan next, planMemory(root, program, options));
  uint64_t pageBytes = neededBytes(next) - neededBytes(least);
  uint64_t more =
      pageBytes ? (availableBytes - neededBytes(least)) / pageBytes : 0;
  options.numPages = least.limits.numPages + static_cast<int64_t>(more);
  return planMemory(root, program, options);
}

} // namespace g4rt
