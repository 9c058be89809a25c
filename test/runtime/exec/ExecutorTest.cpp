#include "runtime/exec/Executor.h"

#include "gtest/gtest.h"

namespace g4rt {
namespace {

/// Gives what it was made with.
class ConstantExecutor : public Executor {
public:
  explicit ConstantExecutor(std::vector<float> logits)
      : logits_(std::move(logits)) {
    limits_.vocabSize = 3;
  }
  const ExecutorLimits &limits() const override { return limits_; }
  Result<std::span<const float>> run(const StepPlan &) override {
    return std::span<const float>(logits_);
  }

private:
  ExecutorLimits limits_;
  std::vector<float> logits_;
};

StepPlan planWithOutputs(std::vector<int32_t> rows) {
  StepPlan plan;
  plan.outputRows = std::move(rows);
  return plan;
}

TEST(Executor, GivesEachOutputRowItsOwnSource) {
  ConstantExecutor executor({1, 2, 3, 4, 5, 6});
  auto rows = executor.runForSampling(planWithOutputs({0, 4}));
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 2u);
  auto second = (*rows)[1].all();
  EXPECT_EQ(std::vector<float>(second->begin(), second->end()),
            (std::vector<float>{4, 5, 6}));
}

TEST(Executor, RefusesLogitsThatAreTooFew) {
  ConstantExecutor executor({1, 2, 3, 4});
  auto rows = executor.runForSampling(planWithOutputs({0, 4}));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().message(), "step: 4 logits, needs 6");
}

TEST(Executor, GivesNothingForAStepWithoutOutputs) {
  ConstantExecutor executor({});
  auto rows = executor.runForSampling(planWithOutputs({}));
  ASSERT_TRUE(rows);
  EXPECT_TRUE(rows->empty());
}

} // namespace
} // namespace g4rt
