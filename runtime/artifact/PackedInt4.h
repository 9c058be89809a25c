//===- PackedInt4.h - Where a 4-bit weight and its scale lie ----*- C++ -*-===//
//
// The formulas of docs/artifact.md for 4-bit integers in groups of 32 along K,
// as Packing.h has them for plain numbers. An element is (q - 8) * scale, with
// q in 0..15 and one bf16 scale a row and group.
//
// A unit is 16 rows x 64 columns: 128 words of 8 nibbles each, then 32 scales;
// 576 bytes, so that a unit begins at a multiple of 64. Both orders put the
// columns 2i and 2i + 1 into nibbles r and r + 4 of one word: w >> 4r has the
// pair in its two halves.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_PACKEDINT4_H
#define G4_RUNTIME_ARTIFACT_PACKEDINT4_H

#include "runtime/artifact/Packing.h"

#include <cstddef>
#include <cstring>

namespace g4::artifact {

/// Columns that share a scale; rows and columns of a unit; its bytes.
inline constexpr int64_t kInt4Group = 32;
inline constexpr int64_t kInt4UnitRows = 16;
inline constexpr int64_t kInt4UnitCols = 64;
inline constexpr int64_t kInt4ScalesAt = kInt4UnitRows * kInt4UnitCols / 2;
inline constexpr int64_t kInt4UnitBytes =
    kInt4ScalesAt + kInt4UnitRows * (kInt4UnitCols / kInt4Group) * 2;
/// q of the number zero.
inline constexpr int kInt4Zero = 8;

enum class Int4Order {
  /// "panel16g32": word j * 16 + n is columns 8j..8j+7 of row n. A word of
  /// scales
  /// a row: group 0 in its low half, group 1 in its high half.
  Panel,
  /// "mma16x64g32": lane l of a warp has the 4 words from 4l, word j for
  /// columns
  /// 16j..16j+15 in the order of operand A of mma.m16n8k16: nibbles r and r + 4
  /// are register r. Scales of rows i and i + 8 are together: {i group 0, i + 8
  /// group 0, i group 1, i + 8 group 1}.
  Mma,
};

/// A matrix [numRows, numCols] in units, those of 16 rows one after the other.
/// The product of the padded sizes must fit 63 bits.
struct PackedInt4 {
  int64_t numRows;
  int64_t numCols;
  Int4Order order;

  int64_t paddedRows() const {
    return PackedMatrix::roundUp(numRows, kInt4UnitRows);
  }
  int64_t paddedCols() const {
    return PackedMatrix::roundUp(numCols, kInt4UnitCols);
  }
  /// Bytes of 16 rows; the same in both orders, as are all sizes.
  int64_t panelBytes() const {
    return paddedCols() / kInt4UnitCols * kInt4UnitBytes;
  }
  /// Bytes of the stored matrix, padding included.
  int64_t numBytes() const {
    return paddedRows() / kInt4UnitRows * panelBytes();
  }

  /// The byte and the bit in it where the four bits of [row, col] begin.
  struct Nibble {
    int64_t byte;
    int shift;
  };
  Nibble nibbleOf(int64_t row, int64_t col) const {
    int64_t n = row % kInt4UnitRows, k = col % kInt4UnitCols;
    int64_t word, nibble;
    if (order == Int4Order::Panel) {
      word = k / 8 * kInt4UnitRows + n;
      nibble = k % 8 / 2 + k % 2 * 4;
    } else {
      word = (n % 8 * 4 + k % 8 / 2) * 4 + k / 16;
      nibble = n / 8 + k % 16 / 8 * 2 + k % 2 * 4;
    }
    return {unitOf(row, col) + word * 4 + nibble / 2,
            static_cast<int>(nibble % 2 * 4)};
  }
  /// The byte where the scale of [row, col] begins.
  int64_t scaleOf(int64_t row, int64_t col) const {
    int64_t n = row % kInt4UnitRows, g = col % kInt4UnitCols / kInt4Group;
    int64_t place =
        order == Int4Order::Panel ? n * 2 + g : n % 8 * 4 + g * 2 + n / 8;
    return unitOf(row, col) + kInt4ScalesAt + place * 2;
  }

  /// The integer and the bits of the scale of [row, col] of a stored matrix.
  int quantAt(const std::byte *matrix, int64_t row, int64_t col) const {
    Nibble at = nibbleOf(row, col);
    return (std::to_integer<int>(matrix[at.byte]) >> at.shift) & 15;
  }
  uint16_t scaleBitsAt(const std::byte *matrix, int64_t row,
                       int64_t col) const {
    uint16_t bits;
    std::memcpy(&bits, matrix + scaleOf(row, col), sizeof(bits));
    return bits;
  }

private:
  int64_t unitOf(int64_t row, int64_t col) const {
    return row / kInt4UnitRows * panelBytes() +
           col / kInt4UnitCols * kInt4UnitBytes;
  }
};

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_PACKEDINT4_H
