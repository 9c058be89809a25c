//===- Lattice.h - Weights that were trained as 4-bit integers --*- C++ -*-===//
//
// Quantisation-aware training leaves a bf16 checkpoint whose numbers lie on a
// lattice: in each group of 32 columns they are integers from -8 to 7 times a
// scale, rounded to bf16. The usual rule takes the largest number for -8 times
// the scale; where -8 does not occur in a group it finds another lattice, and
// most numbers change. Here the scale is searched for that the group has.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_QUANTIZE_LATTICE_H
#define G4_COMPILER_QUANTIZE_LATTICE_H

#include "compiler/quantize/GroupRules.h"

#include <optional>

namespace g4 {

/// Codes and a scale of `format`, integers with an offset, that stand for
/// exactly these numbers: bf16(value(code)) is the number, for each of them.
/// Where the products need no rounding to be the numbers, such a scale is
/// taken. None if the numbers are not of bf16, or lie on no lattice whose scale
/// the format can hold.
///
/// Tries each integer for the number of the largest absolute value. It bounds
/// the scale to one part in 256, which tells the integer of every other number;
/// each of these narrows the bounds, until they are empty or the scale lies
/// between them. A group that lies on no lattice is found out after a few.
std::optional<GroupScale> encodeOnLattice(const artifact::WeightFormat &format,
                                          std::span<const float> numbers,
                                          std::span<uint8_t> codes);

} // namespace g4

#endif // G4_COMPILER_QUANTIZE_LATTICE_H
