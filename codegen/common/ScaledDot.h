//===- ScaledDot.h - Dots with weights that have scales ---------*- C++ -*-===//
//
// What TileDotScaled.cpp and TileDotIntegers.cpp share.
//
//===----------------------------------------------------------------------===//

#ifndef G4_CODEGEN_COMMON_SCALEDDOT_H
#define G4_CODEGEN_COMMON_SCALEDDOT_H

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

// Columns of a word, and pairs of columns.
inline constexpr int64_t kWordCols = 8, kWordPairs = 4;

/// A dot as all its steps need it.
struct TileLowering::ScaledDot {
  const RegisterLayout &layout;
  artifact::PackedMatrix matrix;
  Registers rows; // pointers, of a
  /// Of each register's columns: where its lanes begin in words (or bytes) of
  /// codes, and among scales, in the first unit.
  Registers codes, scales;

  const artifact::WeightFormat &format() const { return *matrix.format; }
  int64_t unitCols() const { return matrix.packing->cols; }
  /// Bytes from one vector of 16 rows to the next.
  int64_t laneBytes() const { return format().bits == 8 ? 1 : 4; }
  int64_t wordBytes() const {
    int64_t vectors = format().bits == 8 ? kWordCols : 1;
    return vectors * laneBytes() * matrix.packing->rows;
  }
  int64_t groupsOfUnit() const { return unitCols() / format().group; }
  int64_t wordsOfGroup() const { return format().group / kWordCols; }
  /// What a core sees being read: a panel is one stream, but for one whose
  /// units have high bits behind the low ones: those and the scales, too.
  size_t numStreams() const {
    return codes.size() * (format().hasHighBits() ? 3 : 1);
  }
  /// Both scales of a row in a unit are one word, the first its low half.
  bool hasPairedScales() const {
    return !matrix.packing->scales.bits().front().isRow;
  }
  /// The largest power of two that all vectors at such offsets are multiples
  /// of.
  int64_t alignment(int64_t bytes) const {
    int64_t places = matrix.unitBytes() | matrix.panelBytes() | bytes;
    return places & -places;
  }
};

/// What a word needs besides the dot.
struct TileLowering::ScaledWord {
  Value unit, word; // the word's number in its unit
  /// The same modulo 2: high bits come in words of two words.
  int64_t parity = 0;
  /// Of the word's group, with a minimum.
  Registers scales = {}, minima = {};
};

} // namespace g4

#endif // G4_CODEGEN_COMMON_SCALEDDOT_H
