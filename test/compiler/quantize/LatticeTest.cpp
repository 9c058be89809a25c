//===- LatticeTest.cpp - Weights that were trained as 4-bit integers ------===//

#include "compiler/quantize/Lattice.h"

#include "compiler/quantize/Encode.h"
#include "runtime/base/Bf16.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace g4 {
namespace {

using artifact::NumberType;
using artifact::WeightFormat;

float bf16(float x) { return g4rt::fromBf16(g4rt::toBf16(x)); }

WeightFormat int4With(NumberType scale) {
  WeightFormat format{};
  format.bits = 4;
  format.group = 32;
  format.scale = scale;
  return format;
}

enum class Rounding { BeforeBf16, BeforeF16, After };

/// Groups as training leaves them in a bf16 checkpoint: negative scales, and
/// groups in which the extreme codes do not occur.
std::vector<float> latticeGroup(Rounding rounding, std::mt19937 &random) {
  std::uniform_real_distribution<double> exponent(-14, -4), mantissa(1, 2);
  float scale = static_cast<float>(
      mantissa(random) * std::exp2(exponent(random)) * (random() % 2 ? 1 : -1));
  if (rounding == Rounding::BeforeBf16)
    scale = bf16(scale);
  if (rounding == Rounding::BeforeF16)
    scale = static_cast<float>(static_cast<_Float16>(scale));
  int low = -8 + static_cast<int>(random() % 5);
  int high = 7 - static_cast<int>(random() % 5);
  std::vector<float> numbers(32);
  for (float &x : numbers)
    x = bf16(static_cast<float>(low +
                                static_cast<int>(random() % (high - low + 1))) *
             scale);
  return numbers;
}

void expectExact(NumberType scaleType, Rounding rounding) {
  std::mt19937 random(1);
  WeightFormat format = int4With(scaleType);
  std::vector<uint8_t> codes(32);
  for (int i = 0; i < 5000; ++i) {
    std::vector<float> numbers = latticeGroup(rounding, random);
    auto group = encodeOnLattice(format, numbers, codes);
    ASSERT_TRUE(group) << i;
    float scale = artifact::floatOf(scaleType, group->scale);
    for (size_t k = 0; k < numbers.size(); ++k)
      ASSERT_EQ(bf16((static_cast<int>(codes[k]) - 8) * scale), numbers[k]);
  }
}

TEST(LatticeTest, EveryNumberIsExactWhateverCodesAGroupMisses) {
  expectExact(NumberType::BF16, Rounding::BeforeBf16);
  expectExact(NumberType::F16, Rounding::BeforeF16);
  expectExact(NumberType::F32, Rounding::After);
}

TEST(LatticeTest, ZerosAreZeros) {
  std::vector<float> numbers(32);
  std::vector<uint8_t> codes(32);
  auto group = encodeOnLattice(int4With(NumberType::BF16), numbers, codes);
  ASSERT_TRUE(group);
  EXPECT_EQ(group->scale, 0u);
  EXPECT_EQ(codes, std::vector<uint8_t>(32, 8));
}

TEST(LatticeTest, OtherNumbersAreOnNoLattice) {
  std::mt19937 random(2);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<uint8_t> codes(32);
  for (int i = 0; i < 1000; ++i) {
    std::vector<float> numbers(32);
    for (float &x : numbers)
      x = bf16(normal(random));
    EXPECT_FALSE(encodeOnLattice(int4With(NumberType::F32), numbers, codes));
  }
}

TEST(LatticeTest, NumbersThatBf16CannotHoldAreOnNoLattice) {
  std::vector<uint8_t> codes(32);
  for (float odd : {1 + 0x1p-20F, std::numeric_limits<float>::infinity(),
                    std::numeric_limits<float>::quiet_NaN()}) {
    std::vector<float> numbers(32, 1);
    numbers[7] = odd;
    EXPECT_FALSE(encodeOnLattice(int4With(NumberType::F32), numbers, codes));
  }
}

TEST(LatticeTest, OtherGroupsOfARowHaveTheUsualRule) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 0.02F);
  std::vector<float> row = latticeGroup(Rounding::After, random);
  for (int i = 0; i < 32; ++i)
    row.push_back(bf16(normal(random)));
  const WeightFormat &format = *artifact::findFormat("int4-f32");
  std::vector<float> trained = row, usual = row;
  roundRow({format, ScaleRule::Lattice}, trained);
  roundRow(format, usual);
  for (size_t k = 0; k < 32; ++k)
    EXPECT_EQ(bf16(trained[k]), row[k]);
  EXPECT_TRUE(
      std::equal(usual.begin() + 32, usual.end(), trained.begin() + 32));
}

} // namespace
} // namespace g4
