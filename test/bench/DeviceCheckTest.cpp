// What device-check calls different, and the kernels that it checks by what
// they mean. Its runs from end to end are in test/e2e/test_gpucheck.py.

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "bench/device/Compare.h"
#include "bench/device/ExactChecks.h"
#include "bench/device/StepPlans.h"

namespace g4rt {
namespace {

using artifact::DType;
using testing::ElementsAre;

template <typename T>
std::vector<std::byte> bytesOf(std::vector<T> numbers) {
  auto view = std::as_bytes(std::span(numbers));
  return {view.begin(), view.end()};
}

BufferValue ints(std::vector<int32_t> numbers) {
  int64_t count = static_cast<int64_t>(numbers.size());
  return {DType::i32, 1, count, bytesOf(std::move(numbers))};
}

BufferValue floats(std::vector<float> numbers) {
  int64_t count = static_cast<int64_t>(numbers.size());
  return {DType::f32, 1, count, bytesOf(std::move(numbers))};
}

TEST(CompareTest, ADifferenceIsAShareOfTheLargestOfItsRow) {
  std::vector<float> expected{100, 0, 1, 2}, ours{100, 0, 1, 2.5};
  EXPECT_DOUBLE_EQ(relativeDifference(expected, ours, 2), 0.25);
  EXPECT_DOUBLE_EQ(relativeDifference(expected, ours, 4), 0.005);
}

TEST(CompareTest, ARowOfNearlyNothingCountsAsAThousandth) {
  std::vector<float> expected{1000, 0}, ours{1000, 0.01f};
  EXPECT_NEAR(relativeDifference(expected, ours, 1), 0.01, 1e-6);
}

TEST(CompareTest, WhatIsNotFiniteIsInfinitelyFar) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> expected{1, 2}, ours{1, nan};
  EXPECT_TRUE(std::isinf(relativeDifference(expected, ours, 2)));
  EXPECT_EQ(relativeDifference(ours, ours, 2), 0);
}

TEST(CompareTest, NumbersOf16BitsAreTheUpperHalves) {
  EXPECT_THAT(toFloats(DType::bf16, bytesOf<uint16_t>({0x3f80, 0xc000})),
              ElementsAre(1, -2));
}

// experts, tile_experts, tile_begins, tile_ends, num_tiles, order, tokens.
std::vector<BufferValue> groups() {
  return {ints({2, 0, 2, 1}), ints({0, 1, 2}), ints({0, 1, 2}),
          ints({1, 2, 4}),    ints({3}),       ints({1, 3, 0, 2}),
          ints({0, 1, 0, 1})};
}

TEST(ExactChecksTest, ARightGroupingHasNoWrongNumber) {
  EXPECT_EQ(countWrongGroups(groups()), 0);
}

TEST(ExactChecksTest, RowsOfAnExpertOutOfOrderAreWrong) {
  auto wrong = groups();
  wrong[5] = ints({1, 3, 2, 0});
  EXPECT_EQ(countWrongGroups(wrong), 2);
}

TEST(ExactChecksTest, ATileOfAnotherExpertIsWrong) {
  auto wrong = groups();
  wrong[1] = ints({0, 1, 1});
  EXPECT_EQ(countWrongGroups(wrong), 2);
}

TEST(ExactChecksTest, AMissingTileIsWrong) {
  auto wrong = groups();
  wrong[4] = ints({2});
  EXPECT_EQ(countWrongGroups(wrong), 1);
}

TEST(ExactChecksTest, NumbersOfTilesThatMakeNoSenseAreWrong) {
  auto wrong = groups();
  wrong[4] = ints({1000000});
  EXPECT_GT(countWrongGroups(wrong), 0);
}

TEST(ExactChecksTest, TheLargestOfEachBlockComeWithTheLowestIdFirst) {
  std::vector<BufferValue> buffers{floats({1, 7, 7, 0, 3, 5}),
                                   floats({7, 7, 5, 3}), ints({1, 2, 5, 4})};
  EXPECT_EQ(countWrongLargest("largest_n6b3top2", buffers), 0);
  buffers[2] = ints({2, 1, 5, 4});
  EXPECT_EQ(countWrongLargest("largest_n6b3top2", buffers), 2);
}

TEST(StepPlansTest, DecodeHasARowASlotAndPrefillOneSequence) {
  StepPlans plans(/*vocabSize=*/50);
  StepPlan decode = plans.decode(3, /*context=*/40).plan;
  EXPECT_THAT(decode.slots, ElementsAre(0, 1, 2));
  EXPECT_THAT(decode.positions, ElementsAre(40, 33, 26));
  EXPECT_EQ(decode.numOutputs(), 3);
  StepPlan prefill = plans.prefill(2, /*first=*/9).plan;
  EXPECT_THAT(prefill.positions, ElementsAre(9, 10));
  EXPECT_THAT(prefill.outputRows, ElementsAre(1));
}

} // namespace
} // namespace g4rt
