//===- FakeExecutor.h - A model whose tokens show every mix-up --*- C++ -*-===//
//
// Logits are a hash of all tokens that a row can see, read back from the pages
// as a device would: a stale or wrong page changes the tokens. What the
// window's pages say must be what the others say. Each plan is checked against
// the contract of StepPlan.h; what is wrong is kept in problems().
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

  /// The tokens that a page holds.
  uint64_t pageBytes(PageKind kind) const override;
  Status readPage(PageKind kind, int32_t page,
                  std::span<std::byte> to) override;
  Status writePage(PageKind kind, int32_t page,
                   std::span<const std::byte> from) override;

  /// Called at the start of each run, on its thread; a failure is the run's.
  std::function<Status(const StepPlan &)> onRun;
  /// Rows that feed this token get a logit that is NaN.
  std::optional<int32_t> nanToken;

  /// What was wrong with the plans so far; empty is right.
  const std::vector<std::string> &problems() const { return problems_; }
  int64_t numRuns() const { return numRuns_; }
  /// Rows of the fullest plan so far.
  int64_t mostRows() const { return mostRows_; }
  int64_t numCopies() const { return numCopies_; }

private:
  void checkRows(const StepPlan &plan);
  void checkShape(const StepPlan &plan);
  void checkRow(const StepPlan &plan, int64_t row);
  void checkPages(const StepPlan &plan);
  void problem(const std::string &what);

  std::span<int32_t> cellsOf(PageKind kind, int32_t page);
  void copyPages(const StepPlan &plan);
  void write(const StepPlan &plan, int64_t row);
  void fillLogits(const StepPlan &plan);
  void checkWindow(const StepPlan &plan, int64_t row);
  uint64_t visibleHash(const StepPlan &plan, int64_t row);
  int32_t &cell(const StepPlan &plan, int32_t slot, int64_t position);
  int32_t &windowCell(const StepPlan &plan, int32_t slot, int64_t position);

  ExecutorLimits limits_;
  std::vector<int32_t> cache_, windowCache_; // a token by page and place in it
  std::vector<float> logits_;
  std::vector<std::string> problems_;
  int64_t numRuns_ = 0;
  int64_t mostRows_ = 0;
  int64_t numCopies_ = 0;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_FAKEEXECUTOR_H
