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

  ExecutorOptions shrunk(MayShrink may, uint64_t bytes) const {
    auto options = shrinkToFit(root(), program(), options_, may, bytes);
    EXPECT_TRUE(options);
    return *options;
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

TEST_F(MemoryFitTest, AGpuHasMoreSequencesAndLargerStepsUnlessAsked) {
  ExecutorOptions none{.maxSequences = 0, .maxStepTokens = 0};
  auto cpu = withDefaults(none, artifact::DeviceKind::cpu);
  EXPECT_EQ(std::pair(cpu.maxSequences, cpu.maxStepTokens),
            (std::pair<int64_t, int64_t>(16, 256)));
  auto gpu = withDefaults(none, artifact::DeviceKind::cuda);
  EXPECT_EQ(std::pair(gpu.maxSequences, gpu.maxStepTokens),
            (std::pair<int64_t, int64_t>(64, 2048)));
  auto asked = withDefaults({.maxSequences = 3, .maxStepTokens = 9},
                            artifact::DeviceKind::cuda);
  EXPECT_EQ(std::pair(asked.maxSequences, asked.maxStepTokens),
            (std::pair<int64_t, int64_t>(3, 9)));
}

TEST_F(MemoryFitTest, AsManySequencesAsHaveRoom) {
  for (int64_t count : {1, 2, 3, 4}) {
    ExecutorOptions fewer = options_;
    fewer.maxSequences = count;
    uint64_t needed = neededBytes(planOf(fewer));
    EXPECT_EQ(shrunk({.sequences = true}, needed).maxSequences, count);
    EXPECT_EQ(shrunk({.sequences = true}, needed - 1).maxSequences,
              std::max<int64_t>(1, count - 1));
  }
  EXPECT_EQ(shrunk({.sequences = true}, 1 << 30).maxSequences, 4);
  EXPECT_EQ(shrunk({}, 1).maxSequences, 4);
}

// Pages for 4,096 positions of 6,000, and all of them once.
TEST_F(MemoryFitTest, LongSequencesSharePagesBeforeTheyBecomeFewer) {
  options_.maxModelLength = 6000;
  ExecutorOptions promised = options_;
  promised.numPages = 4 * 1024;
  uint64_t needed = neededBytes(planOf(promised));
  EXPECT_EQ(shrunk({.sequences = true}, needed).maxSequences, 4);
  EXPECT_EQ(shrunk({.sequences = true}, needed - 1).maxSequences, 3);
  promised.maxSequences = 1;
  promised.numPages = 1500;
  needed = neededBytes(planOf(promised));
  EXPECT_EQ(shrunk({.sequences = true}, needed).maxSequences, 1);
  EXPECT_TRUE(planWithin(root(), program(), promised, needed));
}

TEST_F(MemoryFitTest, StepsBecomeSmallerBeforeNotOneSequenceFits) {
  options_.maxStepTokens = 2048;
  ExecutorOptions smaller = options_;
  smaller.maxStepTokens = 512;
  smaller.maxSequences = 1;
  MayShrink both{.sequences = true, .stepTokens = true};
  uint64_t needed = neededBytes(planOf(smaller));
  EXPECT_EQ(shrunk(both, needed).maxStepTokens, 512);
  EXPECT_EQ(shrunk(both, needed - 1).maxStepTokens, 256);
  EXPECT_EQ(shrunk(both, 1).maxStepTokens, 256);
  EXPECT_EQ(shrunk(both, 1 << 30).maxStepTokens, 2048);
  EXPECT_EQ(shrunk({.sequences = true}, needed).maxStepTokens, 2048);
}

TEST_F(MemoryFitTest,
       SequencesThatWereAskedForShareTheirPagesBeforeStepsShrink) {
  options_.maxStepTokens = 512;
  ExecutorOptions least = options_;
  least.numPages = 10;
  uint64_t needed = neededBytes(planOf(least));
  EXPECT_EQ(shrunk({.stepTokens = true}, needed).maxStepTokens, 512);
  EXPECT_EQ(shrunk({.stepTokens = true}, needed - 1).maxStepTokens, 256);
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

TEST_F(MemoryFitTest, ARefusalSaysWhatWouldFit) {
  auto refusal = [&](uint64_t bytes) {
    auto plan = planWhole(root(), program(), options_, bytes);
    EXPECT_FALSE(plan);
    return plan ? "" : plan.error().message();
  };
  auto needed = [&](int64_t sequences, int64_t length) {
    ExecutorOptions other = options_;
    other.maxSequences = sequences;
    other.maxModelLength = length;
    return neededBytes(planOf(other));
  };
  uint64_t full = neededBytes(planOf(options_));
  EXPECT_TRUE(planWhole(root(), program(), options_, full));
  EXPECT_TRUE(planWhole(root(), program(), options_, std::nullopt));
  EXPECT_THAT(refusal(full - 1), HasSubstr("--max-num-seqs 3 or "
                                           "--max-model-len 36 would fit"));
  // Not even a page for each of four, but one short sequence.
  EXPECT_LT(needed(1, 8), needed(4, 4));
  EXPECT_THAT(refusal(needed(1, 8)),
              HasSubstr("--max-num-seqs 1 --max-model-len 8 would fit"));
  EXPECT_THAT(refusal(10), HasSubstr("no number of sequences fits beside the "
                                     "weights"));
}

TEST_F(MemoryFitTest, WeightsThatDoNotFitAreNamedInAnotherFormat) {
  ToyModel model;
  model.tables.model->num_parameters = 64;
  bytes_ = model.metadata();
  auto plan = planWhole(root(), program(), options_, 10);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(),
              HasSubstr("`g4c compile --weights q4` makes them about 36 B"));
}

TEST_F(MemoryFitTest, AGpusRefusalCountsSharedPages) {
  uint64_t full = neededBytes(planOf(options_));
  auto plan = within(full - 961);
  ASSERT_FALSE(plan);
  EXPECT_THAT(plan.error().message(), HasSubstr("--max-num-seqs 3 or "));
}

TEST_F(MemoryFitTest, AFittedPlanKeepsWhatWasAskedForWhereNothingFits) {
  const artifact::Variant &variant = *root().variants()->Get(0);
  auto fitted = fitPlan(root(), variant, options_, {}, 10);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->fit.code(), StatusCode::ResourceExhausted);
  EXPECT_EQ(fitted->memory.limits.numSlots, 4);
  fitted = fitPlan(root(), variant, options_, {}, std::nullopt);
  ASSERT_TRUE(fitted);
  EXPECT_TRUE(fitted->fit.ok());
  options_.maxModelLength = 1 << 20;
  EXPECT_FALSE(fitPlan(root(), variant, options_, {}, std::nullopt));
}

} // namespace
} // namespace g4rt
