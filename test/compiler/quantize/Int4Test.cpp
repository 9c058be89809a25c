// The rule by which numbers become 4-bit integers, and its error.

#include "compiler/quantize/GroupRules.h"
#include "runtime/base/Bf16.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace g4 {
namespace {

/// A group as the format "int4" stores it.
struct Int4Group {
  uint32_t scale = 0;
  std::array<uint8_t, 32> q{};

  float value(size_t i) const {
    return static_cast<float>(q[i] - 8) * g4rt::fromBf16(uint16_t(scale));
  }
};

Int4Group quantizeInt4(std::span<const float> numbers) {
  Int4Group group;
  group.scale =
      encodeOffset(*artifact::findFormat("int4"), numbers, group.q).scale;
  return group;
}

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
    EXPECT_EQ(g4rt::fromBf16(uint16_t(group.scale)), extreme / -8);
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
    EXPECT_EQ(group.scale, 0u);
    EXPECT_EQ(std::count(group.q.begin(), group.q.end(), 8), 32);
  }
}

TEST(Int4Test, TheScaleOfBf16NumbersIsExact) {
  std::vector<float> numbers = normals(320, 0.02f, 1);
  for (float &x : numbers)
    x = g4rt::fromBf16(g4rt::toBf16(x));
  for (size_t k = 0; k < numbers.size(); k += 32) {
    auto group = std::span(numbers).subspan(k, 32);
    EXPECT_EQ(g4rt::fromBf16(uint16_t(quantizeInt4(group).scale)) * -8,
              extremeOf(group));
  }
}

TEST(Int4Test, ErrsByHalfAStepOrAStepAtTheFarEnd) {
  std::vector<float> numbers = normals(32 * 1000, 0.02f, 2);
  double squares = 0, errors = 0;
  for (size_t k = 0; k < numbers.size(); k += 32) {
    auto group = std::span(numbers).subspan(k, 32);
    Int4Group packed = quantizeInt4(group);
    float scale = g4rt::fromBf16(uint16_t(packed.scale));
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

} // namespace
} // namespace g4
