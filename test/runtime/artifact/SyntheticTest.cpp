// The numbers of synthetic weights.

#include "runtime/artifact/Synthetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace g4::artifact {
namespace {

// Every machine and every later version must make the same model from a seed.
TEST(SyntheticTest, TheNumbersOfASeedNeverChange) {
  SyntheticValues values{
      .seed = 0x123456789abcdef0, .center = 0, .halfWidth = 0.5f};
  EXPECT_EQ(values.bitsAt(0, 0), 0x2c02a127u);
  EXPECT_EQ(values.at(3, 5), -0x1.c4f2b8p-3f);
  const WeightFormat &int4 = *findFormat("int4");
  EXPECT_EQ(values.codeAt(int4, 3, 5), 12u);
  EXPECT_EQ(values.scaleBitsAt(int4, 3, 1), 0x3d80u);
}

TEST(SyntheticTest, NumbersAreEvenlySpreadAroundTheCenter) {
  SyntheticValues values{.seed = 1, .center = 0, .halfWidth = 2};
  double sum = 0, squares = 0;
  constexpr int kSide = 512;
  for (int row = 0; row < kSide; ++row)
    for (int col = 0; col < kSide; ++col) {
      float x = values.at(row, col);
      ASSERT_LT(std::abs(x), 2);
      ASSERT_NE(x, 0);
      sum += x;
      squares += x * x;
    }
  constexpr double kCount = kSide * kSide;
  // Four deviations of the mean of so many.
  EXPECT_NEAR(sum / kCount, 0, 4 * 2 / std::sqrt(3 * kCount));
  EXPECT_NEAR(squares / kCount, 4.0 / 3, 0.02);
}

TEST(SyntheticTest, RowsAndNeighboursAreNotAlike) {
  SyntheticValues values{.seed = 1, .center = 0, .halfWidth = 1};
  double along = 0, across = 0, seeds = 0;
  SyntheticValues other = values;
  other.seed = 2;
  constexpr int kSide = 256;
  for (int row = 0; row < kSide; ++row)
    for (int col = 0; col < kSide; ++col) {
      float x = values.at(row, col);
      along += x * values.at(row, col + 1);
      across += x * values.at(row + 1, col);
      seeds += x * other.at(row, col);
    }
  // Products of independent numbers have the deviation 1/3.
  double limit = 4 * kSide / 3.0;
  EXPECT_LT(std::abs(along), limit);
  EXPECT_LT(std::abs(across), limit);
  EXPECT_LT(std::abs(seeds), limit);
}

TEST(SyntheticTest, AWidthOfZeroIsAConstant) {
  SyntheticValues values{.seed = 9, .center = 1, .halfWidth = 0};
  EXPECT_EQ(values.at(0, 0), 1);
  EXPECT_EQ(values.at(77, 3), 1);
}

TEST(SyntheticTest, ScalesOfIntegersHaveBothSigns) {
  SyntheticValues values{.seed = 1, .center = 0, .halfWidth = 8};
  int numNegative = 0;
  for (uint32_t row = 0; row < 1000; ++row) {
    float scale = floatOf(NumberType::BF16,
                          values.scaleBitsAt(*findFormat("int4"), row, 3));
    EXPECT_EQ(std::abs(scale), 1);
    numNegative += scale < 0;
  }
  EXPECT_NEAR(numNegative, 500, 64); // four deviations
}

TEST(SyntheticTest, IntegersTakeAllSixteenValues) {
  SyntheticValues values{.seed = 1, .center = 0, .halfWidth = 8};
  std::set<int> seen;
  for (uint32_t col = 0; col < 400; ++col)
    seen.insert(int(values.codeAt(*findFormat("int4"), 0, col)));
  EXPECT_EQ(seen.size(), 16u);
  EXPECT_EQ(*seen.begin(), 0);
  EXPECT_EQ(*seen.rbegin(), 15);
}

} // namespace
} // namespace g4::artifact
