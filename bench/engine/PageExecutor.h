//===- PageExecutor.h - Pages of any size, and no model ---------*- C++ -*-===//
//
// For what is measured of pages alone: steps take no time, and the likeliest
// token is always the same.
//
//===----------------------------------------------------------------------===//

#ifndef G4_BENCH_ENGINE_PAGEEXECUTOR_H
#define G4_BENCH_ENGINE_PAGEEXECUTOR_H

#include "runtime/exec/Executor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace g4rt {

/// Bytes that all layers of a kind have of a position.
struct PositionBytes {
  uint64_t global = 0, window = 0;
};

class PageExecutor : public Executor {
public:
  PageExecutor(const ExecutorLimits &limits, const PositionBytes &bytes);

  const ExecutorLimits &limits() const override { return limits_; }
  Result<std::span<const float>> run(const StepPlan &plan) override;

  uint64_t pageBytes(PageKind kind) const override;
  Status readPage(PageKind kind, int32_t page,
                  std::span<std::byte> to) override;
  Status writePage(PageKind kind, int32_t page,
                   std::span<const std::byte> from) override;

private:
  std::span<std::byte> pageOf(PageKind kind, int32_t page);

  ExecutorLimits limits_;
  PositionBytes bytes_;
  std::vector<std::byte> global_, window_;
  std::vector<float> logits_;
};

} // namespace g4rt

#endif // G4_BENCH_ENGINE_PAGEEXECUTOR_H
