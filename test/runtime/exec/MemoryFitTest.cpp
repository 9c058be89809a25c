#include "runtime/exec/MemoryFit.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

/// 4 sequences of 40 positions: 10 pages each.
class MemoryFitTest : public testing::Test {
protected:
  const artifact::Artifact &root() const {
    return *artifact::GetSizePrefixedArtifact(bytes_.data());
  }
  const artifact::Program &program() const {
    return *root().variants()->Get(0)->program();
  }
  MemoryPlan planOf(ExecutorOptions options) const {
    auto plan = planMemory(root(), program(), options);
    EXPECT_TRUE(plan);
    return *plan;
  }
  Result<MemoryPlan> within(uint64_t bytes) const {
    return planWithin(root(), program(), options_, bytes);
  }

  std::string bytes_ = ToyModel().metadata();
  ExecutorOptions options_{
      .maxSequences = 4, .maxModelLength = 40, .maxStepTokens = 16};
};

TEST_F(MemoryFitTest, EverySequenceHasItsLengthWhereThereIsRoom) {
  uint64_t full = neededBytes(planOf(options_));
  for (uint64_t bytes : {full, full + 1, uint64_t{1} << 40}) {
    auto plan = within(bytes);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->limits.numPages, 40);
  }
}

TEST_F(MemoryFitTest, PagesFillWhatThereIs) {
  uint64_t full = neededBytes(planOf(options_));
  // A page of keys and one of values: 4 positions of one float.
  for (auto [less, pages] :
       {std::pair{1, 39}, {32, 39}, {33, 38}, {320, 30}, {960, 10}}) {
    auto plan = within(full - less);
    ASSERT_TRUE(plan) << less;
    EXPECT_EQ(plan->limits.numPages, pages) << less;
    EXPECT_LE(neededBytes(*plan), full - less);
  }
}

TEST_F(MemoryFitTest, NotEvenOneSequenceIsRefusedWithTheWholePlan) {
  uint64_t full = neededBytes(planOf(options_));
  auto plan = within(full - 961);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(plan.error().message(), HasSubstr("4 sequences of 40 positions"));
  EXPECT_FALSE(within(0));
}

TEST_F(MemoryFitTest, ANumberOfPagesThatIsGivenStays) {
  options_.numPages = 20;
  uint64_t needed = neededBytes(planOf(options_));
  ASSERT_TRUE(within(needed));
  EXPECT_EQ(within(needed)->limits.numPages, 20);
  EXPECT_FALSE(within(needed - 1));
}

TEST_F(MemoryFitTest, OthersShareOfAGpuIsNotOurs) {
  DeviceMemory memory{.totalBytes = 1000, .freeBytes = 700};
  EXPECT_EQ(*gpuLimit(memory, 0.9), 600u);
  EXPECT_EQ(*gpuLimit(memory, 1), 700u);
  EXPECT_EQ(*gpuLimit(memory, 0.3), 0u);
  EXPECT_EQ(*gpuLimit(memory, 0.1), 0u);
}

TEST_F(MemoryFitTest, AShareIsAboveZeroAndAtMostOne) {
  for (double share :
       {0.0, -0.5, 1.01, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_FALSE(gpuLimit({1000, 1000}, share)) << share;
}

} // namespace
} // namespace g4rt
