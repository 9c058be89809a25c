//===- MemoryFit.cpp - A memory plan within limits ------------------------===//

#include "runtime/exec/MemoryFit.h"

#include "runtime/base/SystemMemory.h"

#include <string>

namespace g4rt {

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
