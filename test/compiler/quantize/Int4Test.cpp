// The rule by which numbers become 4-bit integers, its error, and where they
// lie in both orders of PackedInt4.

#include "compiler/quantize/Int4.h"

#include "runtime/base/Bf16.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace g4 {
namespace {

using namespace artifact;

std::vector<float> normals(size_t count, float deviation, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> numbers(count);
  for (float &x : numbers)
    x = normal(random);
  return numbers;
}

float extremeOf(std::span<const float> numbers) {
  return *std::max_element(
      numbers.begin(), numbers.end(),
      [](float a, float b) { return std::abs(a) < std::abs(b); });
}

TEST(Int4Test, TheExtremeBecomesMinus8) {
  for (float extreme : {3.0f, -3.0f}) {
    std::vector<float> numbers(32, 0.1f);
    numbers[7] = extreme;
    Int4Group group = quantizeInt4(numbers);
    EXPECT_EQ(g4rt::fromBf16(group.scale), extreme / -8);
    EXPECT_EQ(group.q[7], 0);
    EXPECT_EQ(group.value(7), extreme);
    EXPECT_EQ(group.value(0), 0) << "0.1 is less than half a step of 0.375";
  }
}

TEST(Int4Test, OfTwoExtremesTheFirstDecidesAndTheOtherIsCut) {
  std::vector<float> numbers(32);
  numbers[3] = 8;
  numbers[5] = -8;
  Int4Group group = quantizeInt4(numbers);
  EXPECT_EQ(group.value(3), 8);
  EXPECT_EQ(group.value(5), -7);
}

TEST(Int4Test, HalfAStepGoesUpInUnitsOfTheScale) {
  std::vector<float> numbers(32);
  numbers[0] = -8; // scale 1
  numbers[1] = 0.5f;
  numbers[2] = -0.5f;
  numbers[3] = 7.49f;
  numbers[4] = 7.5f;
  Int4Group group = quantizeInt4(numbers);
  EXPECT_EQ(group.value(1), 1);
  EXPECT_EQ(group.value(2), 0);
  EXPECT_EQ(group.value(3), 7);
  EXPECT_EQ(group.value(4), 7) << "there is no 8";
}

TEST(Int4Test, AGroupOfZerosHasScale0) {
  for (float zero : {0.0f, -0.0f, 1e-40f}) {
    Int4Group group = quantizeInt4(std::vector<float>(32, zero));
    EXPECT_EQ(group.scale, 0);
    EXPECT_EQ(std::count(group.q.begin(), group.q.end(), 8), 32);
  }
}

TEST(Int4Test, TheScaleOfBf16NumbersIsExact) {
  std::vector<float> numbers = normals(320, 0.02f, 1);
  for (float &x : numbers)
    x = g4rt::fromBf16(g4rt::toBf16(x));
  for (size_t k = 0; k < numbers.size(); k += 32) {
    auto group = std::span(numbers).subspan(k, 32);
    EXPECT_EQ(g4rt::fromBf16(quantizeInt4(group).scale) * -8, extremeOf(group));
  }
}

TEST(Int4Test, ErrsByHalfAStepOrAStepAtTheFarEnd) {
  std::vector<float> numbers = normals(32 * 1000, 0.02f, 2);
  double squares = 0, errors = 0;
  for (size_t k = 0; k < numbers.size(); k += 32) {
    auto group = std::span(numbers).subspan(k, 32);
    Int4Group packed = quantizeInt4(group);
    float scale = g4rt::fromBf16(packed.scale);
    for (size_t i = 0; i < 32; ++i) {
      double x = group[i], steps = x / scale;
      double error = std::abs(packed.value(i) - x) / std::abs(scale);
      EXPECT_LE(error, steps > 7.5 ? 1 + 8 / 256.0 : 0.5 + 1e-6 + 8 / 512.0);
      squares += x * x;
      errors += std::pow(packed.value(i) - x, 2);
    }
  }
  // Steps of an eighth of the extreme of 32 normals, 2.3 deviations: 0.29 / 8 *
  // 2.3 = 0.083, and what is cut.
  EXPECT_LE(std::sqrt(errors / squares), 0.09);
  EXPECT_GE(std::sqrt(errors / squares), 0.08) << "too good to be 4 bits";
}

TEST(Int4Test, RoundingTwiceChangesNothing) {
  std::vector<float> once = normals(32 * 100, 1, 3);
  roundToInt4(once);
  std::vector<float> twice = once;
  roundToInt4(twice);
  EXPECT_EQ(once, twice);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

class Int4PlaceTest : public testing::TestWithParam<Int4Order> {};

TEST_P(Int4PlaceTest, EveryNibbleAndScaleOfAUnitHasAPlaceOfItsOwn) {
  PackedInt4 matrix{32, 128, GetParam()};
  ASSERT_EQ(matrix.numBytes(), 4 * kInt4UnitBytes);
  std::set<std::pair<int64_t, int>> nibbles;
  std::set<int64_t> scales;
  for (int64_t n = 0; n < 32; ++n)
    for (int64_t k = 0; k < 128; ++k) {
      auto [byte, shift] = matrix.nibbleOf(n, k);
      EXPECT_TRUE(nibbles.emplace(byte, shift).second);
      EXPECT_LT(byte % kInt4UnitBytes, kInt4ScalesAt);
      int64_t scale = matrix.scaleOf(n, k);
      EXPECT_EQ(scales.insert(scale).second, k % 32 == 0);
      EXPECT_GE(scale % kInt4UnitBytes, kInt4ScalesAt);
      EXPECT_EQ(scale / kInt4UnitBytes, byte / kInt4UnitBytes);
    }
  EXPECT_LT(nibbles.rbegin()->first, matrix.numBytes());
  EXPECT_EQ(scales.size(), 32u * 4);
}

TEST_P(Int4PlaceTest, APackedRowReadsAsItsRoundedNumbers) {
  PackedInt4 matrix{16, 96, GetParam()};
  std::vector<std::byte> panel(matrix.panelBytes(), std::byte{0xab});
  clearInt4Panel(panel);
  std::vector<float> row = normals(96, 1, 4);
  packInt4Row(matrix, 5, row, panel);
  roundToInt4(row);
  for (int64_t n = 0; n < 16; ++n)
    for (int64_t k = 0; k < matrix.paddedCols(); ++k) {
      float value =
          static_cast<float>(matrix.quantAt(panel.data(), n, k) - kInt4Zero) *
          g4rt::fromBf16(matrix.scaleBitsAt(panel.data(), n, k));
      EXPECT_EQ(value, n == 5 && k < 96 ? row[k] : 0) << n << ", " << k;
    }
}

INSTANTIATE_TEST_SUITE_P(Orders, Int4PlaceTest,
                         testing::Values(Int4Order::Panel, Int4Order::Mma));

/// Word `word` of a unit of one row `n` whose q are k % 16.
uint32_t wordOf(Int4Order order, int64_t n, int64_t word) {
  uint32_t bits = 0;
  PackedInt4 matrix{16, 64, order};
  for (int64_t k = 0; k < 64; ++k) {
    auto [byte, shift] = matrix.nibbleOf(n, k);
    if (byte / 4 == word)
      bits |= uint32_t(k % 16) << (byte % 4 * 8 + shift);
  }
  return bits;
}

TEST(Int4PanelTest, AWordHasPairsOfNeighboursInItsHalves) {
  // Columns 8..15 of row 3: pair r in nibbles r and r + 4.
  EXPECT_EQ(wordOf(Int4Order::Panel, 3, 16 + 3), 0xfdb9eca8u);
}

TEST(Int4MmaTest, AWordIsTheFragmentOfItsLane) {
  // Lane 4 * 3 + 1, k tile 2: row 3 has columns 34, 35 in register 0 and 42, 43
  // in register 2; row 11 has them in registers 1 and 3.
  int64_t word = (4 * 3 + 1) * 4 + 2;
  EXPECT_EQ(wordOf(Int4Order::Mma, 3, word), 0x0b030a02u);
  EXPECT_EQ(wordOf(Int4Order::Mma, 11, word), 0xb030a020u);
}

TEST(Int4MmaTest, ScalesOfALaneAreTogether) {
  PackedInt4 matrix{16, 64, Int4Order::Mma};
  EXPECT_EQ(matrix.scaleOf(3, 0), 512 + 3 * 8);
  EXPECT_EQ(matrix.scaleOf(11, 31), 512 + 3 * 8 + 2);
  EXPECT_EQ(matrix.scaleOf(3, 32), 512 + 3 * 8 + 4);
  EXPECT_EQ(matrix.scaleOf(11, 63), 512 + 3 * 8 + 6);
}

} // namespace
} // namespace g4
