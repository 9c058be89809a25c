//===- GroupRules.h - Numbers that share a scale as codes -------*- C++ -*-===//
//
// One function a rule; what is common to formats of one kind are bits, sizes
// and the type of the scale. All rules give the same codes for the same
// numbers, whatever stands beside the group. "rounded" is to the type of the
// scale; of f32 to 16 bits of mantissa, so that code times scale is exact.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_GROUPRULES_H
#define G4_COMPILER_QUANTIZE_GROUPRULES_H

#include "runtime/artifact/WeightFormat.h"

#include <span>

namespace g4 {

/// Bits of a group's scale, and of its minimum where the format has one.
struct GroupScale {
  uint32_t scale = 0, minimum = 0;
};

/// Fills `codes`, one a number; `numbers` are finite.
using GroupRule = GroupScale(const artifact::WeightFormat &format,
                             std::span<const float> numbers,
                             std::span<uint8_t> codes);

/// Codes from 0 on, of which half = 2^(bits - 1) stands for zero. The rule of
/// Q4_0 (ggml): the number of the largest absolute value, the first of several,
/// becomes -half exactly, so the scale has the opposite of its sign.
///
///   scale = rounded(extreme / -half)        to the format's type
///   code  = clamp(floor(x / scale + half + 0.5), 0, 2 half - 1)    in f32
///   value = (code - half) * scale           exact in f32
///
/// Of bf16 numbers a bf16 scale is exact, extreme / -half being another
/// exponent. Of other numbers it is wrong by at most 2^-9 of it; an f16 scale
/// by 2^-12, but where the extreme is below half * 2^-14, 5e-4 with 4 bits, it
/// loses digits.
///
/// Errors: at most half a step (|scale| / 2, and what the scale is wrong by),
/// but up to a whole step for a number close to -extreme, which would be +half.
/// A scale that is rounded to 0 gives zeros.
GroupRule encodeOffset;

/// Codes with a sign, of -127 to 127. The rule of Q8_0 (ggml), but for the
/// rounding of the scale, which comes first:
///
///   scale = rounded(largest |x| / 127)   code = nearest(x / scale), even at .5
GroupRule encodeSigned;

/// Codes from 0 on, with a minimum. The rule of Q4_1 (ggml), but for the
/// rounding of scale and minimum, which comes first:
///
///   minimum = rounded(min x)   scale = rounded((max x - minimum) / most)
///   code = clamp(floor((x - minimum) / scale + 0.5), 0, most)   most = 2^bits
///   - 1
GroupRule encodeWithMinimum;

/// Floating point of 8 bits: code = rounded(x / scale) to nearest even, with
/// scale = rounded(largest |x| / 448), which is the largest number.
GroupRule encodeFp8;

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_GROUPRULES_H
