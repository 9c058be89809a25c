#include "runtime/exec/StepInputs.h"

#include <gmock/gmock.h>

#include <cstring>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using artifact::StepDim;
using artifact::StepInput;
using testing::ElementsAre;
using testing::ElementsAreArray;

/// 4 slots of 10 pages of 4 positions, 16 rows; the toy's buckets are one row
/// and any number.
class StepInputsTest : public testing::Test {
protected:
  StepInputsTest() : bytes_(toy_.metadata()) {
    for (size_t i = 0; i < 40; ++i)
      pageTable_.push_back(static_cast<int32_t>(100 + i));
    for (size_t i = 0; i < 12; ++i)
      windowTable_.push_back(static_cast<int32_t>(200 + i));
  }
  const artifact::Program &program() const {
    return *artifact::GetSizePrefixedArtifact(bytes_.data())
                ->variants()
                ->Get(0)
                ->program();
  }
  StepPlan plan(std::vector<int32_t> slots, std::vector<int32_t> positions) {
    StepPlan plan;
    plan.pageTable = pageTable_;
    plan.windowTable = windowTable_;
    for (size_t t = 0; t < slots.size(); ++t)
      plan.addRow(static_cast<int32_t>(50 + t), positions[t], slots[t]);
    plan.addOutput();
    return plan;
  }
  /// What the block holds after `part` was copied there.
  void copy(const StepInputs::Part &part) {
    block_.resize(inputs_.totalBytes());
    ASSERT_LE(part.at + part.bytes.size(), block_.size());
    std::memcpy(block_.data() + part.at, part.bytes.data(), part.bytes.size());
  }
  std::vector<int32_t> numbers(uint64_t at, size_t count) {
    std::vector<int32_t> numbers(count);
    std::memcpy(numbers.data(), block_.data() + at, count * sizeof(int32_t));
    return numbers;
  }

  ToyModel toy_;
  std::string bytes_;
  std::vector<int32_t> pageTable_, windowTable_;
  ExecutorLimits limits_{.vocabSize = kToyVocab,
                         .maxStepTokens = 16,
                         .maxChunkTokens = 16,
                         .maxStepOutputs = 16,
                         .numSlots = 4,
                         .pageSize = 4,
                         .numPages = 1000,
                         .pagesPerSlot = 10,
                         .window = 4,
                         .numWindowPages = 1000,
                         .windowPagesPerSlot = 3};
  StepInputs inputs_{limits_, program()};
  std::vector<std::byte> block_;
};

TEST_F(StepInputsTest, TheLastBucketTakesStepsOfAnySize) {
  EXPECT_EQ(inputs_.bucketFor(1), 0u);
  EXPECT_EQ(inputs_.bucketFor(2), 1u);
  EXPECT_EQ(inputs_.bucketFor(16), 1u);
  EXPECT_EQ(inputs_.maxRows(0), 1);
  EXPECT_EQ(inputs_.maxRows(1), 16);
}

TEST_F(StepInputsTest, ABucketBeyondTheLimitsHasRowsOfTheLimits) {
  toy_.program().buckets[0]->max_tokens = 100;
  bytes_ = toy_.metadata();
  StepInputs inputs(limits_, program());
  EXPECT_EQ(inputs.maxRows(0), 16);
  EXPECT_EQ(inputs.bucketFor(16), 0u);
}

TEST_F(StepInputsTest, EveryArrayOfTheStepIsWhereItsKernelsLook) {
  StepPlan step = plan({1, 1, 1, 2, 0}, {3, 4, 5, 0, 38});
  step.outputRows = {2, 3, 4};
  copy(inputs_.fill(1, step));
  auto array = [&](StepInput input, size_t count) {
    return numbers(inputs_.inputAt(1, input), count);
  };
  EXPECT_THAT(array(StepInput::token_ids, 5), ElementsAre(50, 51, 52, 53, 54));
  EXPECT_THAT(array(StepInput::positions, 5), ElementsAre(3, 4, 5, 0, 38));
  EXPECT_THAT(array(StepInput::slots, 5), ElementsAre(1, 1, 1, 2, 0));
  EXPECT_THAT(array(StepInput::visible_ends, 5), ElementsAre(4, 5, 6, 1, 39));
  EXPECT_THAT(array(StepInput::output_rows, 3), ElementsAre(2, 3, 4));
  EXPECT_THAT(array(StepInput::tile_first_rows, 3), ElementsAre(0, 3, 4));
  EXPECT_THAT(array(StepInput::tile_num_rows, 3), ElementsAre(3, 1, 1));
}

TEST_F(StepInputsTest, TheStepsSizesAreThere) {
  StepPlan step = plan({1, 1, 2}, {3, 4, 0});
  copy(inputs_.fill(1, step));
  auto dim = [&](StepDim which) {
    return numbers(inputs_.dimAt(1, which), 1)[0];
  };
  EXPECT_EQ(dim(StepDim::one), 1);
  EXPECT_EQ(dim(StepDim::tokens), 3);
  EXPECT_EQ(dim(StepDim::outputs), 1);
  EXPECT_EQ(dim(StepDim::query_tiles), 2);
  EXPECT_EQ(inputs_.sizes().tokens, 3);
  EXPECT_EQ(inputs_.sizes().keyPositions, 5);
}

TEST_F(StepInputsTest, EveryLaunchHasItsItems) {
  StepPlan step = plan({1, 1, 2}, {3, 4, 0});
  step.outputRows = {0, 1, 2};
  copy(inputs_.fill(1, step));
  // Grids of the toy: five of tokens, tiles, ceil(outputs / 2).
  EXPECT_THAT(numbers(inputs_.activeItemsAt(1, 0), 7),
              ElementsAre(3, 3, 3, 3, 3, 2, 2));
}

TEST_F(StepInputsTest, TheTableIsCopiedAsFarAsTheStepLooks) {
  StepInputs::Part part = inputs_.fill(1, plan({2, 0}, {9, 30}));
  copy(part);
  // Slot 2 sees its pages 0 to 2: entries up to 22.
  EXPECT_EQ(part.at + part.bytes.size(), inputs_.pageTableAt() + 23 * 4);
  EXPECT_THAT(numbers(inputs_.pageTableAt(), 23),
              ElementsAreArray(pageTable_.data(), 23));
}

TEST_F(StepInputsTest, TheWindowTableIsCopiedWhole) {
  copy(inputs_.fill(0, plan({0}, {0})));
  EXPECT_THAT(numbers(inputs_.windowTableAt(), 12),
              ElementsAreArray(windowTable_));
}

TEST_F(StepInputsTest, AFullStepFillsTheBlockToItsEnd) {
  std::vector<int32_t> slots(16, 3), positions;
  for (int32_t t = 0; t < 16; ++t)
    positions.push_back(24 + t);
  StepInputs::Part part = inputs_.fill(1, plan(slots, positions));
  copy(part);
  EXPECT_EQ(part.at, 0u);
  EXPECT_THAT(numbers(inputs_.inputAt(1, StepInput::slots), 16),
              ElementsAreArray(slots));
  EXPECT_THAT(numbers(inputs_.pageTableAt(), 40), ElementsAreArray(pageTable_));
}

TEST_F(StepInputsTest, ASmallBucketsStepIsAFewLines) {
  StepInputs::Part part = inputs_.fill(0, plan({0}, {0}));
  // Sizes, items, seven inputs and the window table of 64 bytes each, and one
  // entry of the page table.
  EXPECT_EQ(part.bytes.size(), 10 * 64 + 4u);
}

TEST_F(StepInputsTest, EveryArrayIsAligned) {
  for (size_t bucket : {0, 1})
    for (auto input : artifact::EnumValuesStepInput())
      EXPECT_EQ(inputs_.inputAt(bucket, input) % 64, 0u);
  EXPECT_EQ(inputs_.windowTableAt() % 64, 0u);
  EXPECT_EQ(inputs_.pageTableAt() % 64, 0u);
}

TEST_F(StepInputsTest, TilesEndWithASequenceAndWhereTheyAreFull) {
  std::vector<int32_t> first, count;
  cutQueryTiles(plan({0, 0, 0, 0, 0, 1, 1, 1}, {0, 1, 2, 3, 4, 0, 1, 7}), 4,
                first, count);
  EXPECT_THAT(first, ElementsAre(0, 4, 5, 7));
  EXPECT_THAT(count, ElementsAre(4, 1, 2, 1));
}

TEST_F(StepInputsTest, TheSizeIsKnownWithoutTheBlock) {
  EXPECT_EQ(StepInputs::bytesOf(limits_, program()), inputs_.totalBytes());
  // 2 TiB, which no machine gives.
  limits_.numSlots = 65536;
  limits_.pagesPerSlot = 1 << 23;
  EXPECT_GT(StepInputs::bytesOf(limits_, program()), uint64_t{1} << 41);
}

} // namespace
} // namespace g4rt
