//===- Int4.cpp - 32 numbers as 4-bit integers with a scale ---------------===//

#include "compiler/quantize/Int4.h"

#include "runtime/base/Bf16.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace g4 {

using artifact::kInt4Group;
using artifact::kInt4Zero;

float Int4Group::value(size_t i) const {
  return static_cast<float>(q[i] - kInt4Zero) * g4rt::fromBf16(scale);
}

/// The number of the largest absolute value; the first of several.
static float extremeOf(std::span<const float> numbers) {
  float extreme = 0;
  for (float x : numbers)
    if (std::abs(x) > std::abs(extreme))
      extreme = x;
  return extreme;
}

Int4Group quantizeInt4(std::span<const float> numbers) {
  assert(int64_t(numbers.size()) == kInt4Group && "a group of 32");
  Int4Group group;
  group.q.fill(kInt4Zero);
  uint16_t bits = g4rt::toBf16(extremeOf(numbers) / -8.0f);
  float scale = g4rt::fromBf16(bits);
  if (scale == 0)
    return group;
  group.scale = bits;
  for (size_t i = 0; i < numbers.size(); ++i)
    group.q[i] = static_cast<uint8_t>(
        std::clamp(std::floor(numbers[i] / scale + 8.5f), 0.0f, 15.0f));
  return group;
}

void roundToInt4(std::span<float> row) {
  assert(row.size() % kInt4Group == 0 && "whole groups");
  for (size_t k = 0; k < row.size(); k += kInt4Group) {
    std::span<float> numbers = row.subspan(k, kInt4Group);
    Int4Group group = quantizeInt4(numbers);
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = group.value(i);
  }
}

void clearInt4Panel(std::span<std::byte> panel) {
  constexpr auto kZeros = std::byte{kInt4Zero * 0x11};
  for (size_t unit = 0; unit < panel.size(); unit += artifact::kInt4UnitBytes) {
    auto integers = panel.subspan(unit, artifact::kInt4ScalesAt);
    std::fill(integers.begin(), integers.end(), kZeros);
    auto scales =
        panel.subspan(unit + artifact::kInt4ScalesAt,
                      artifact::kInt4UnitBytes - artifact::kInt4ScalesAt);
    std::fill(scales.begin(), scales.end(), std::byte{0});
  }
}

void packInt4Row(const artifact::PackedInt4 &matrix, int64_t n,
                 std::span<const float> row, std::span<std::byte> panel) {
  assert(int64_t(row.size()) == matrix.numCols &&
         int64_t(panel.size()) == matrix.panelBytes());
  for (int64_t k = 0; k < matrix.numCols; k += kInt4Group) {
    Int4Group group = quantizeInt4(row.subspan(k, kInt4Group));
    std::memcpy(&panel[matrix.scaleOf(n, k)], &group.scale,
                sizeof(group.scale));
    for (int64_t i = 0; i < kInt4Group; ++i) {
      auto [byte, shift] = matrix.nibbleOf(n, k + i);
      panel[byte] ^= std::byte(uint8_t((group.q[i] ^ kInt4Zero) << shift));
    }
  }
}

} // namespace g4
