//===- FakeExecutor.h - A model whose tokens show every mix-up --*- C++ -*-===//
//
// Logits are a hash of all tokens that a row can see, read back from the pages
// and from the slot's own state as a device would: a stale, shared or wrong
// page or slot changes the tokens. Each plan is checked against the contract of
// StepPlan.h; what is wrong is kept in problems().
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_SUPPORT_FAKEEXECUTOR_H
#define G4_TEST_SUPPORT_FAKEEXECUTOR_H

#include "runtime/exec/Executor.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

/// Logits depend on the tokens and vocabSize alone, not on the other limits.
class FakeExecutor : public Executor {
public:
  explicit FakeExecutor(const ExecutorLimits &limits);

  const ExecutorLimits &limits() const override { return limits_; }
  Result<std::span<const float>> run(const StepPlan &plan) override;

  /// Called at the start of each run, on its thread; a failure is the run's.
  std::function<Status(const StepPlan &)> onRun;
  /// Rows that feed this token get a logit that is NaN.
  std::optional<int32_t> nanToken;

  /// What was wrong with the plans so far; empty is right.
  const std::vector<std::string> &problems() const { return problems_; }
  int64_t numRuns() const { return numRuns_; }
  /// Rows of the fullest plan so far.
  int64_t mostRows() const { return mostRows_; }

private:
  struct Slot {
    int64_t numPositions = 0;
    uint64_t hash = 0; // of its tokens: the window layers' part
  };

  void checkRows(const StepPlan &plan);
  void checkShape(const StepPlan &plan);
  void checkRow(const StepPlan &plan, int64_t row);
  void checkPages(const StepPlan &plan);
  void problem(const std::string &what);

  void write(const StepPlan &plan, int64_t row);
  uint64_t visibleHash(const StepPlan &plan, int64_t row) const;
  int32_t &cell(const StepPlan &plan, int32_t slot, int64_t position);

  ExecutorLimits limits_;
  std::vector<int32_t> cache_; // a token by page and position in it
  std::vector<Slot> slots_;
  std::vector<float> logits_;
  std::vector<std::string> problems_;
  int64_t numRuns_ = 0;
  int64_t mostRows_ = 0;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_FAKEEXECUTOR_H
