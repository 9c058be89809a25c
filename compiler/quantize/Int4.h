//===- Int4.h - 32 numbers as 4-bit integers with a scale -------*- C++ -*-===//
//
// The rule of Q4_0 (ggml): the number of the largest absolute value, the first
// of several, becomes -8 exactly, so the scale has the opposite of its sign.
//
//   scale = bf16(extreme / -8)          rounded to nearest even
//   q     = clamp(floor(x / scale + 8.5), 0, 15)      in f32
//   value = (q - 8) * scale             exact in f32
//
// The scale is bf16: of a bf16 checkpoint it is exact, extreme / -8 being
// another exponent, and it has the exponents of f32, where an f16 scale would
// lose digits below an extreme of 5e-4. Of other numbers a scale is wrong by at
// most 2^-9 of it, at -8 a 64th of a step.
//
// Errors: at most half a step (|scale| / 2, and that 64th), but up to a whole
// step for a number close to -extreme, which would be +8. An extreme below
// 1e-37 has a scale with fewer digits, one below 4e-40 gets scale 0 and q = 8,
// as all zeros do.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_INT4_H
#define G4_COMPILER_QUANTIZE_INT4_H

#include "runtime/artifact/PackedInt4.h"

#include <array>
#include <span>

namespace g4 {

struct Int4Group {
  uint16_t scale = 0; // bits of a bf16
  std::array<uint8_t, artifact::kInt4Group> q{};

  /// The number that element `i` stands for.
  float value(size_t i) const;
};

/// `numbers` are 32 finite numbers. Depends on them alone.
Int4Group quantizeInt4(std::span<const float> numbers);

/// Rounds each group of 32 of `row` to the numbers that are stored for it; the
/// row's size is a multiple of 32.
void roundToInt4(std::span<float> row);

/// Fills 16 rows in the form of PackedInt4 with zeros: scale 0 and q = 8.
void clearInt4Panel(std::span<std::byte> panel);

/// Quantizes `row`, of matrix.numCols numbers, into row `n` < 16 of a cleared
/// panel; both orders.
void packInt4Row(const artifact::PackedInt4 &matrix, int64_t n,
                 std::span<const float> row, std::span<std::byte> panel);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_INT4_H
