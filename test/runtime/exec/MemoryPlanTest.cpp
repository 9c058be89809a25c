#include "runtime/exec/MemoryPlan.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class MemoryPlanTest : public testing::Test {
protected:
  Result<MemoryPlan> plan(const ExecutorOptions &options) {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return planMemory(root, *root.variants()->Get(0)->program(), options);
  }
  std::string complaint(const ExecutorOptions &options) {
    Result<MemoryPlan> result = plan(options);
    return result ? "" : result.error().toString();
  }

  ToyModel model_;
  std::string bytes_;
};

TEST_F(MemoryPlanTest, AddsUpWhatTheProgramNeeds) {
  Result<MemoryPlan> result =
      plan({.maxSequences = 3, .maxModelLength = 30, .maxStepTokens = 9});
  ASSERT_TRUE(result) << result.error().message();
  const ExecutorLimits &limits = result->limits;
  EXPECT_EQ(limits.vocabSize, kToyVocab);
  EXPECT_EQ(limits.maxStepTokens, 9);
  EXPECT_EQ(limits.numSlots, 3);
  EXPECT_EQ(limits.pageSize, kToyPageSize);
  EXPECT_EQ(limits.pagesPerSlot, 8); // 30 positions in pages of 4
  EXPECT_EQ(limits.numPages, 24);
  // 6 + 9 positions at any offset in a page of 4: 4 pages and one more.
  EXPECT_EQ(result->limits.windowPagesPerSlot, 5);
  // x and tiles share one, y has two columns, the logits of 3 rows 16; all f32
  // or i32.
  EXPECT_THAT(result->storageBytes, ElementsAre(36, 72, 192));
  // Keys of 4 bytes: 24 pages; 3 rings of 5 pages.
  EXPECT_THAT(result->keyBytes, ElementsAre(384, 240));
  EXPECT_EQ(result->valueBytes, result->keyBytes);
  EXPECT_EQ(result->totalCacheBytes(), 2 * (384 + 240));
  EXPECT_EQ(result->totalStorageBytes(), 300);
  EXPECT_EQ(result->weightBytes, 64u);
  // In lines of 64 bytes the sizes, the items of 7 launches, 7 inputs
  // of 9 rows, 3 rings of 5 pages and 3 x 8 pages.
  EXPECT_EQ(result->inputBytes, 64u * (1 + 1 + 7 + 1 + 2));
}

TEST_F(MemoryPlanTest, ARingHoldsTheWindowAndOneChunkOfAStep) {
  Result<MemoryPlan> result = plan({.maxSequences = 3,
                                    .maxModelLength = 64,
                                    .maxStepTokens = 32,
                                    .maxChunkTokens = 9});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->limits.maxChunkTokens, 9);
  EXPECT_EQ(result->limits.windowPagesPerSlot, 5);
}

TEST_F(MemoryPlanTest, AChunkIsAtMostAStepAndUnlessAskedOtherwise1024Rows) {
  auto chunk = [&](int64_t step, int64_t asked) {
    return plan({.maxStepTokens = step, .maxChunkTokens = asked})
        ->limits.maxChunkTokens;
  };
  EXPECT_EQ(chunk(256, 0), 256);
  EXPECT_EQ(chunk(2048, 0), 1024);
  EXPECT_EQ(chunk(2048, 1500), 1500);
  EXPECT_EQ(chunk(256, 1500), 256);
}

TEST_F(MemoryPlanTest, LogitsAreOfOneRowForEachSequenceUnlessMoreAreAskedFor) {
  auto outputs = [&](const ExecutorOptions &options) {
    Result<MemoryPlan> result = plan(options);
    EXPECT_TRUE(result);
    int64_t count = result->limits.maxStepOutputs;
    EXPECT_EQ(result->storageBytes[2], uint64_t(count) * kToyVocab * 4);
    return count;
  };
  EXPECT_EQ(outputs({.maxSequences = 100, .maxStepTokens = 2048}), 100);
  EXPECT_EQ(outputs({.maxSequences = 100, .maxStepTokens = 64}), 64);
  EXPECT_EQ(
      outputs({.maxSequences = 1, .maxStepTokens = 256, .maxStepOutputs = 256}),
      256);
  EXPECT_EQ(outputs({.maxStepTokens = 256, .maxStepOutputs = 300}), 256);
  EXPECT_EQ(
      outputs(
          {.maxSequences = 100, .maxStepTokens = 2048, .maxStepOutputs = 10}),
      100);
}

TEST_F(MemoryPlanTest, GivesARingNoMorePagesThanASequenceHas) {
  Result<MemoryPlan> result = plan({.maxModelLength = 8});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->limits.windowPagesPerSlot, 2);
}

TEST_F(MemoryPlanTest, TakesTheNumberOfPagesThatIsAskedFor) {
  Result<MemoryPlan> result = plan({.numPages = 7});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->limits.numPages, 7);
  EXPECT_EQ(result->keyBytes[0], 7u * kToyPageSize * 4);
}

TEST_F(MemoryPlanTest, HalvesACacheOfHalfThePrecision) {
  model_.program().caches[0]->dtype = artifact::DType::bf16;
  Result<MemoryPlan> result = plan({.numPages = 7});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->keyBytes[0], 7u * kToyPageSize * 2);
}

TEST_F(MemoryPlanTest, KeysMayHaveFewerColumnsThanValues) {
  artifact::CacheT &cache = *model_.program().caches[0];
  cache.head_dim = 64;
  cache.key_dim = 16;
  Result<MemoryPlan> result = plan({.numPages = 7});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->keyBytes[0], 7u * kToyPageSize * 16 * 4);
  EXPECT_EQ(result->valueBytes[0], 7u * kToyPageSize * 64 * 4);
  EXPECT_EQ(result->scaleBytes[0], 0u);
}

TEST_F(MemoryPlanTest, ACacheOfEightBitsHasAScaleAPositionAndHead) {
  artifact::CacheT &cache = *model_.program().caches[0];
  cache.num_kv_heads = 2;
  cache.head_dim = 64;
  for (auto dtype : {artifact::DType::i8, artifact::DType::f8e4m3}) {
    cache.dtype = dtype;
    Result<MemoryPlan> result = plan({.numPages = 7});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->keyBytes[0], 7u * kToyPageSize * 2 * 64);
    EXPECT_EQ(result->scaleBytes[0], 7u * kToyPageSize * 2 * 4);
    uint64_t window = 2 * result->keyBytes[1];
    EXPECT_EQ(result->totalCacheBytes(),
              window + 2 * (result->keyBytes[0] + result->scaleBytes[0]));
  }
}

TEST_F(MemoryPlanTest, NamesTheOptionThatIsOutOfRange) {
  for (int64_t value : {int64_t{0}, int64_t{-1}, int64_t{1} << 40}) {
    EXPECT_THAT(complaint({.maxSequences = value}),
                HasSubstr("InvalidArgument: max-num-seqs"));
    EXPECT_THAT(complaint({.maxModelLength = value}),
                HasSubstr("InvalidArgument: max-model-len"));
    EXPECT_THAT(complaint({.maxStepTokens = value}),
                HasSubstr("InvalidArgument: max-num-batched-tokens"));
  }
  for (int64_t value : {-1, 65537})
    EXPECT_THAT(complaint({.maxChunkTokens = value}),
                HasSubstr("InvalidArgument: long-prefill-token-threshold"));
  EXPECT_THAT(complaint({.maxStepOutputs = -1}),
              HasSubstr("InvalidArgument: rows with logits"));
}

TEST_F(MemoryPlanTest, RefusesACacheThatNoMachineHolds) {
  artifact::CacheT &cache = *model_.program().caches[0];
  cache.num_kv_heads = cache.head_dim = 4096;
  EXPECT_THAT(complaint({.maxModelLength = 1 << 28}),
              HasSubstr("ResourceExhausted: the KV cache all"));
}

TEST_F(MemoryPlanTest, RefusesMorePagesThanTheirNumbersReach) {
  EXPECT_THAT(complaint({.maxSequences = 65536, .maxModelLength = 1 << 28}),
              HasSubstr("ResourceExhausted: max-num-seqs 65536"));
  for (int64_t pages : {int64_t{-1}, int64_t{1} << 31})
    EXPECT_THAT(complaint({.numPages = pages}),
                HasSubstr("InvalidArgument: num-pages"));
}

TEST_F(MemoryPlanTest, APageTableThatNoMachineHoldsIsPlannedAndNotMade) {
  Result<MemoryPlan> result =
      plan({.maxSequences = 65536, .maxModelLength = 1 << 25, .numPages = 1});
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_GT(result->inputBytes, uint64_t{1} << 41);
}

TEST_F(MemoryPlanTest, RefusesABufferThatNoMachineHolds) {
  artifact::BufferT &buffer = *model_.program().buffers[1];
  buffer.cols = uint64_t{1} << 32;
  *buffer.rows = artifact::Extent(artifact::StepDim::tokens, 1 << 30, 1, 0);
  EXPECT_THAT(complaint({}), HasSubstr("ResourceExhausted: the buffer y"));
}

TEST(StepSizesTest, RoundsUpAndAdds) {
  StepSizes sizes{
      .tokens = 10, .outputs = 3, .queryTiles = 4, .keyPositions = 130};
  using artifact::Extent;
  using artifact::StepDim;
  EXPECT_EQ(sizes.evaluate(Extent(StepDim::one, 5, 1, 0)), 5u);
  EXPECT_EQ(sizes.evaluate(Extent(StepDim::tokens, 3, 4, 0)), 8u);
  EXPECT_EQ(sizes.evaluate(Extent(StepDim::outputs, 1, 1, 7)), 10u);
  EXPECT_EQ(sizes.evaluate(Extent(StepDim::query_tiles, 2, 1, 0)), 8u);
  EXPECT_EQ(sizes.evaluate(Extent(StepDim::key_positions, 1, 64, 0)), 3u);
}

TEST(StepSizesTest, AddsNothingToAStepWithoutOutputs) {
  StepSizes sizes{.tokens = 10, .outputs = 0, .queryTiles = 4};
  EXPECT_EQ(
      sizes.evaluate(artifact::Extent(artifact::StepDim::outputs, 1, 1, 7)),
      0u);
}

} // namespace
} // namespace g4rt
