//===- Lattice.cpp - Weights that were trained as 4-bit integers ----------===//

#include "compiler/quantize/Lattice.h"

#include "runtime/base/Bf16.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace g4 {

using artifact::WeightFormat;

namespace {

/// Where a scale may lie.
struct Bounds {
  double low, high;

  bool isEmpty() const { return !(low <= high); }
  double middle() const { return (low + high) / 2; }
  Bounds meet(const Bounds &other) const {
    return {std::max(low, other.low), std::min(high, other.high)};
  }
};

constexpr Bounds kNone = {1, 0};

} // namespace

/// The numbers that bf16 rounds to `number`, which is one of bf16 and not 0.
static Bounds roundedTo(float number) {
  float size = std::abs(number);
  uint16_t bits = g4rt::toBf16(size);
  double low = (double(size) + g4rt::fromBf16(bits - 1)) / 2;
  double high = (double(size) + g4rt::fromBf16(bits + 1)) / 2;
  return number > 0 ? Bounds{low, high} : Bounds{-high, -low};
}

/// The scales of which `integer`, not 0, times them is rounded to `number`.
static Bounds scalesOf(float number, int integer) {
  auto [low, high] = roundedTo(number);
  low /= integer;
  high /= integer;
  return {std::min(low, high), std::max(low, high)};
}

/// Finite, and without digits that bf16 does not have.
static bool isBf16(float number) {
  return std::isfinite(number) &&
         (std::bit_cast<uint32_t>(number) & 0xffff) == 0;
}

/// What the largest number may be: what the rule of training makes it, then the
/// other integers.
static constexpr std::array kExtremes = {-8, 7, -7, 6, -6, 5, -5, 4,
                                         -4, 3, -3, 2, -2, 1, -1};

/// The scales with which all numbers lie on a lattice, if the largest is this
/// integer; empty if there is none.
static Bounds findBounds(std::span<const float> numbers, int half,
                         float extreme, int integer) {
  Bounds bounds = scalesOf(extreme, integer);
  for (float number : numbers) {
    if (number == 0)
      continue;
    double quotient = std::nearbyint(number / bounds.middle());
    if (quotient == 0 || !(quotient >= -half && quotient < half))
      return kNone;
    bounds = bounds.meet(scalesOf(number, static_cast<int>(quotient)));
    if (bounds.isEmpty())
      return bounds;
  }
  return bounds;
}

/// Whether codes of this scale are the numbers, rounded to bf16 or as they are.
static bool fillCodes(const WeightFormat &format,
                      std::span<const float> numbers, uint32_t bits,
                      bool isRounded, std::span<uint8_t> codes) {
  auto half = static_cast<float>(1 << (format.bits - 1));
  float scale = artifact::floatOf(format.scale, bits);
  if (scale == 0 || !std::isfinite(scale))
    return false;
  for (size_t i = 0; i < numbers.size(); ++i) {
    float code = std::nearbyint(numbers[i] / scale);
    if (!(code >= -half && code < half))
      return false;
    float value = code * scale;
    if (isRounded)
      value = g4rt::fromBf16(g4rt::toBf16(value));
    if (value != numbers[i])
      return false;
    codes[i] = static_cast<uint8_t>(code + half);
  }
  return true;
}

/// The first of some scales between the bounds with which codes are the
/// numbers. Of an f32 one with 16 bits of mantissa comes first: its product
/// with a code is exact.
static std::optional<GroupScale> findScale(const WeightFormat &format,
                                           std::span<const float> numbers,
                                           const Bounds &bounds, bool isRounded,
                                           std::span<uint8_t> codes) {
  for (double between : {bounds.middle(), bounds.low, bounds.high}) {
    auto scale = static_cast<float>(between);
    for (uint32_t bits :
         {scaleBits(format, scale), artifact::bitsOf(format.scale, scale)})
      if (fillCodes(format, numbers, bits, isRounded, codes))
        return GroupScale{.scale = bits};
  }
  return std::nullopt;
}

std::optional<GroupScale> encodeOnLattice(const WeightFormat &format,
                                          std::span<const float> numbers,
                                          std::span<uint8_t> codes) {
  int half = 1 << (format.bits - 1);
  if (!std::ranges::all_of(numbers, isBf16))
    return std::nullopt;
  float extreme = extremeOf(numbers);
  if (extreme == 0) {
    std::ranges::fill(codes, static_cast<uint8_t>(half));
    return GroupScale();
  }
  std::array<Bounds, kExtremes.size()> bounds;
  for (size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = findBounds(numbers, half, extreme, kExtremes[i]);
    if (bounds[i].isEmpty())
      continue;
    // Without rounding the largest number says the scale.
    float exact = extreme / static_cast<float>(kExtremes[i]);
    uint32_t bits = artifact::bitsOf(format.scale, exact);
    if (fillCodes(format, numbers, bits, /*isRounded=*/false, codes))
      return GroupScale{.scale = bits};
  }
  for (const Bounds &each : bounds)
    if (!each.isEmpty())
      if (auto found =
              findScale(format, numbers, each, /*isRounded=*/true, codes))
        return found;
  return std::nullopt;
}

} // namespace g4
