//===- GroupRules.cpp - Numbers that share a scale as codes ---------------===//

#include "compiler/quantize/GroupRules.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace g4 {

using artifact::NumberType;
using artifact::WeightFormat;

// A checkpoint has billions of numbers, and these loops are most of the time
// that they take. Nothing is added in another order, so all machines have the
// same bits.
#define G4_FOR_WIDE_VECTORS [[gnu::target_clones("avx2", "default")]]

// As whole numbers, the bits of numbers of one sign are in the order of their
// sizes, and those of the other sign are negative.
G4_FOR_WIDE_VECTORS
float extremeOf(std::span<const float> numbers) {
  constexpr uint32_t kSign = 0x80000000;
  auto sizeOf = [](float x, uint32_t sign) {
    return static_cast<int32_t>(std::bit_cast<uint32_t>(x) ^ sign);
  };
  int32_t positive = INT32_MIN, negative = INT32_MIN;
  for (float x : numbers) {
    positive = std::max(positive, sizeOf(x, 0));
    negative = std::max(negative, sizeOf(x, kSign));
  }
  if (positive != negative)
    return positive > negative ? std::bit_cast<float>(positive)
                               : -std::bit_cast<float>(negative);
  for (float x : numbers)
    if (std::max(sizeOf(x, 0), sizeOf(x, kSign)) == positive)
      return x;
  return 0;
}

// Of a scale in f32 the mantissa has 16 bits, so that its product with a code
// is exact in f32: what is encoded twice is what was encoded once.
uint32_t scaleBits(const WeightFormat &format, float scale) {
  uint32_t bits = artifact::bitsOf(format.scale, scale);
  return format.scale == NumberType::F32 ? (bits + 0x80) & ~0xffU : bits;
}

/// Bits of the scale with which the largest number, of either sign, has the
/// size `most`.
static uint32_t symmetricScale(const WeightFormat &format,
                               std::span<const float> numbers, float most) {
  return scaleBits(format, std::abs(extremeOf(numbers)) / most);
}

/// All numbers are zero, or as good as that.
static GroupScale zeros(const WeightFormat &format, std::span<uint8_t> codes) {
  std::ranges::fill(codes, static_cast<uint8_t>(format.zeroCode));
  return {};
}

/// floor(x) cut to what a code can be; the same without a call to floor.
static uint8_t floorCode(float x, float most) {
  return static_cast<uint8_t>(std::clamp(x, 0.0F, most + 0.5F));
}

bool hasOffset(const WeightFormat &format) {
  return !format.hasMinimum &&
         (format.element == NumberType::I4 || format.element == NumberType::I6);
}

G4_FOR_WIDE_VECTORS
void encodeWithScale(const WeightFormat &format, std::span<const float> numbers,
                     uint32_t bits, std::span<uint8_t> codes) {
  auto half = static_cast<float>(1 << (format.bits - 1));
  float scale = artifact::floatOf(format.scale, bits);
  if (scale == 0)
    return static_cast<void>(zeros(format, codes));
  for (size_t i = 0; i < numbers.size(); ++i)
    codes[i] = floorCode(numbers[i] / scale + (half + 0.5F), 2 * half - 1);
}

GroupScale encodeOffset(const WeightFormat &format,
                        std::span<const float> numbers,
                        std::span<uint8_t> codes) {
  auto half = static_cast<float>(1 << (format.bits - 1));
  uint32_t bits = scaleBits(format, extremeOf(numbers) / -half);
  if (artifact::floatOf(format.scale, bits) == 0)
    return zeros(format, codes);
  encodeWithScale(format, numbers, bits, codes);
  return {.scale = bits};
}

/// The nearest whole number, even at .5, in two's complement. In f32, numbers
/// from 2^23 to 2^24 are whole, so the sum is rounded as std::lrint() rounds,
/// and its last bits are the number.
static uint8_t nearestCode(float x) {
  constexpr float kWhole = 0x1.8p23F;
  return static_cast<uint8_t>(std::bit_cast<uint32_t>(x + kWhole));
}

G4_FOR_WIDE_VECTORS
GroupScale encodeSigned(const WeightFormat &format,
                        std::span<const float> numbers,
                        std::span<uint8_t> codes) {
  constexpr float kMost = 127;
  uint32_t bits = symmetricScale(format, numbers, kMost);
  float scale = artifact::floatOf(format.scale, bits);
  if (scale == 0)
    return zeros(format, codes);
  for (size_t i = 0; i < numbers.size(); ++i)
    codes[i] = nearestCode(std::clamp(numbers[i] / scale, -kMost, kMost));
  return {.scale = bits};
}

G4_FOR_WIDE_VECTORS
GroupScale encodeWithMinimum(const WeightFormat &format,
                             std::span<const float> numbers,
                             std::span<uint8_t> codes) {
  auto most = static_cast<float>((1 << format.bits) - 1);
  auto [low, high] = std::ranges::minmax(numbers);
  GroupScale group{.minimum = artifact::bitsOf(format.scale, low)};
  float minimum = artifact::floatOf(format.scale, group.minimum);
  group.scale = scaleBits(format, std::max(0.0F, high - minimum) / most);
  float scale = artifact::floatOf(format.scale, group.scale);
  for (size_t i = 0; i < numbers.size(); ++i)
    codes[i] =
        scale == 0 ? 0 : floorCode((numbers[i] - minimum) / scale + 0.5F, most);
  return group;
}

GroupScale encodeFp8(const WeightFormat &format, std::span<const float> numbers,
                     std::span<uint8_t> codes) {
  uint32_t bits = symmetricScale(format, numbers, artifact::kLargestF8E4M3);
  float scale = artifact::floatOf(format.scale, bits);
  if (scale == 0)
    return zeros(format, codes);
  for (size_t i = 0; i < numbers.size(); ++i)
    codes[i] = static_cast<uint8_t>(
        artifact::bitsOf(NumberType::F8E4M3, numbers[i] / scale));
  return {.scale = bits};
}

} // namespace g4
