//===- StepPlans.h - The steps that device-check runs -----------*- C++ -*-===//

#ifndef G4_BENCH_DEVICE_STEPPLANS_H
#define G4_BENCH_DEVICE_STEPPLANS_H

#include "runtime/scheduler/StepPlan.h"

#include <random>
#include <string>

namespace g4rt {

struct NamedStep {
  std::string name; // "decode 8", "prefill 70"
  StepPlan plan;
};

/// Makes steps of random ids, without page tables: each side has its own.
class StepPlans {
public:
  explicit StepPlans(int64_t vocabSize) : vocabSize_(vocabSize) {}

  /// Positions before the rows of a slot: `context` of slot 0, some fewer of
  /// the others, so that they end at different places of their pages.
  static int64_t lengthOf(int64_t slot, int64_t context);

  /// One row in each of `count` slots, after their lengths.
  NamedStep decode(int64_t count, int64_t context);
  /// `count` rows of slot 0 from position `first` on.
  NamedStep prefill(int64_t count, int64_t first);

private:
  void addRow(StepPlan &plan, int64_t slot, int64_t position, bool wantsLogits);

  int64_t vocabSize_;
  std::mt19937 random_{1};
};

} // namespace g4rt

#endif // G4_BENCH_DEVICE_STEPPLANS_H
