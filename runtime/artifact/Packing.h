//===- Packing.h - Where an element of a packed weight lies -----*- C++ -*-===//
//
// The formulas of docs/artifact.md in one place: the loader's checks, the
// compiler's packer, the interpreter and the kernels' tests use them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_PACKING_H
#define G4_RUNTIME_ARTIFACT_PACKING_H

#include "runtime/artifact/WeightFormat.h"

#include <cstring>
#include <optional>

namespace g4::artifact {

constexpr int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// A matrix [numRows, numCols] as its bytes lie: units in panels, the panels
/// one after the other. A unit has its codes, then the scales of its groups and
/// their minima; of rows with one scale each, those of a panel lie after its
/// units. A matrix whose sizes do not divide is padded with zeros. The format
/// takes rows of numCols, and the product of the padded sizes fits 55 bits.
struct PackedMatrix {
  const WeightFormat *format;
  const Packing *packing;
  int64_t numRows, numCols;

  int64_t paddedRows() const { return roundUp(numRows, packing->rows); }
  int64_t paddedCols() const { return roundUp(numCols, packing->cols); }

  /// Bytes of a unit: of its codes, of their low bits, and of all there is.
  int64_t codeBytes() const { return unitCodes() * format->bits / 8; }
  int64_t lowBytes() const { return unitCodes() * format->lowBits() / 8; }
  int64_t unitBytes() const {
    return codeBytes() + (format->hasGroups() ? groupBytes() : 0);
  }
  /// Bytes of the scales of one unit, or of one panel where a row has one
  /// scale; the minima after them take as many.
  int64_t scaleBytes() const {
    int64_t groups = format->groupsOf(format->hasGroups() ? packing->cols : 1);
    return groups * packing->rows * format->scaleBytes();
  }
  /// Bytes of the rows of one panel, and of the stored matrix.
  int64_t panelBytes() const {
    return unitsBytes() + (format->isWholeRow() ? groupBytes() : 0);
  }
  int64_t numBytes() const {
    return paddedRows() / packing->rows * panelBytes();
  }
  /// Bytes of the units of one panel: what lies before the scales of rows that
  /// have one each.
  int64_t unitsBytes() const {
    return paddedCols() / packing->cols * unitBytes();
  }

  /// The byte and the bit in it where the code of [row, col] begins.
  struct Place {
    int64_t byte;
    int shift;
  };
  Place codeAt(int64_t row, int64_t col) const {
    int64_t bit = packing->codes.placeOf(row, col) * format->lowBits();
    return {unitAt(row, col) + bit / 8, static_cast<int>(bit % 8)};
  }
  /// The same of the high bits of a code of 6.
  Place highBitsAt(int64_t row, int64_t col) const {
    int64_t bit = packing->highBits.placeOf(row, col) * 2;
    return {unitAt(row, col) + lowBytes() + bit / 8, static_cast<int>(bit % 8)};
  }
  /// The bytes where the scale and the minimum of [row, col] begin.
  int64_t scaleAt(int64_t row, int64_t col) const {
    int64_t begin = format->isWholeRow() ? panelAt(row) + unitsBytes()
                                         : unitAt(row, col) + codeBytes();
    return begin + packing->scales.placeOf(row, col) * format->scaleBytes();
  }
  int64_t minimumAt(int64_t row, int64_t col) const {
    return scaleAt(row, col) + scaleBytes();
  }

  /// What lies at a place of a stored matrix.
  uint32_t codeOf(const std::byte *matrix, int64_t row, int64_t col) const;
  uint32_t scaleBitsOf(const std::byte *matrix, int64_t row, int64_t col) const;
  uint32_t minimumBitsOf(const std::byte *matrix, int64_t row,
                         int64_t col) const;
  /// The number itself, rounded once where the format has minima.
  double valueOf(const std::byte *matrix, int64_t row, int64_t col) const;

private:
  int64_t unitCodes() const { return packing->rows * packing->cols; }
  int64_t groupBytes() const {
    return scaleBytes() * (format->hasMinimum ? 2 : 1);
  }
  int64_t panelAt(int64_t row) const {
    return row / packing->rows * panelBytes();
  }
  int64_t unitAt(int64_t row, int64_t col) const {
    return panelAt(row) + col / packing->cols * unitBytes();
  }
};

/// The matrix that a dtype and a packing of an artifact stand for; nothing if
/// no format has both.
std::optional<PackedMatrix> findPacking(NumberType element,
                                        std::string_view packing, int64_t rows,
                                        int64_t cols);

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_PACKING_H
