//===- QuantizedRow.h - Rows of x as integers of 8 bits ---------*- C++ -*-===//
//
// What g4t.quantize writes and a dot of integers reads: a memref of i32 whose
// rows are groups of 32 columns, 12 words each.
//
//   8 words    32 codes of 8 bits, round(x * (127 / largest |x| of the group)),
//              halves to even
//   1 word     the scale, f32: largest / 127
//   3 words    sums of all codes, of the first 16 columns, of the last 16
//
// A weight's codes count from a zero of their own, z: sum(code * (w - z)) is
// sum(code * w) - z * sum, so a dot may take codes of weights as they are.
// Within 8 columns the codes lie in the order in which a word of a packed
// weight has its nibbles (runtime/artifact/WeightFormat.cpp): the even nibbles
// of 4 bytes, then the odd ones.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_TILE_QUANTIZEDROW_H
#define G4_DIALECTS_TILE_QUANTIZEDROW_H

#include "runtime/artifact/WeightFormat.h"

namespace g4::tile {

struct QuantizedRow {
  /// Columns that share a scale, and columns of a half that has its own sum.
  static constexpr int64_t kGroup = 32, kHalf = 16;
  /// The largest code.
  static constexpr int kLargest = 127;
  /// Bytes of a group, and where in it the scale and the sums begin.
  static constexpr int64_t kGroupBytes = 48, kScaleAt = 32, kSumsAt = 36;
  /// A group whose largest number is below has zeros for codes: 127 over it
  /// would not be finite.
  static constexpr float kSmallest = 0x1p-100F;
  /// Where in its group the code of a column lies.
  static constexpr artifact::PlaceOrder kOrder = "c2 c0 c1 c3 c4";

  /// Where the group of a column begins, in words; of a whole row its words.
  static constexpr int64_t wordsOf(int64_t cols) {
    return cols / kGroup * (kGroupBytes / 4);
  }

  /// Whether a dot takes the codes of such a weight as integers.
  static bool suits(const artifact::WeightFormat &weight) {
    return weight.hasGroups() && weight.bits < 8;
  }
};

} // namespace g4::tile

#endif // G4_DIALECTS_TILE_QUANTIZEDROW_H
