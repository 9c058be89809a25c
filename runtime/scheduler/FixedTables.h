//===- FixedTables.h - Page tables that never change ------------*- C++ -*-===//

#ifndef G4_RUNTIME_SCHEDULER_FIXEDTABLES_H
#define G4_RUNTIME_SCHEDULER_FIXEDTABLES_H

#include "runtime/kv/StepLimits.h"
#include "runtime/scheduler/StepPlan.h"

#include <cstdint>
#include <vector>

namespace g4rt {

/// Each slot owns pages for its full length for good, which is what evaluations
/// and benchmarks want. Of a pool with fewer pages the last slots' pages are
/// the first ones' again.
class FixedTables {
public:
  explicit FixedTables(const StepLimits &limits)
      : pages_(numbers(limits.numSlots * limits.pagesPerSlot, limits.numPages)),
        windowPages_(numbers(limits.numSlots * limits.windowPagesPerSlot,
                             limits.numWindowPages)) {}

  /// The plan borrows the tables.
  void useIn(StepPlan &plan) const {
    plan.pageTable = pages_;
    plan.windowTable = windowPages_;
  }

private:
  static std::vector<int32_t> numbers(int64_t count, int64_t numPages) {
    std::vector<int32_t> numbers(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i)
      numbers[static_cast<size_t>(i)] = static_cast<int32_t>(i % numPages);
    return numbers;
  }

  std::vector<int32_t> pages_, windowPages_;
};

} // namespace g4rt

#endif // G4_RUNTIME_SCHEDULER_FIXEDTABLES_H
