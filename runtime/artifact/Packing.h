//===- Packing.h - Where an element of a packed weight lies -----*- C++ -*-===//
//
// The formulas of docs/artifact.md in one place: the loader's checks, the
// compiler's packer, the interpreter and the kernels' tests use them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ARTIFACT_PACKING_H
#define G4_RUNTIME_ARTIFACT_PACKING_H

#include <cstdint>
#include <optional>
#include <string_view>

namespace g4::artifact {

/// A matrix [numRows, numCols] in panels of `panel` rows with `interleave`
/// neighbouring columns together; panel 0 is row-major. With mma = 16 a panel
/// is cut into tiles of 16 columns, each in the order of the A fragment of mma
/// m16n8k16. The product of the padded sizes must fit 63 bits.
struct PackedMatrix {
  int64_t numRows;
  int64_t numCols;
  int64_t panel;
  int64_t interleave;
  int64_t mma = 0;

  static int64_t roundUp(int64_t value, int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
  int64_t paddedRows() const {
    return panel ? roundUp(numRows, panel) : numRows;
  }
  int64_t paddedCols() const {
    return panel ? roundUp(numCols, mma ? mma : interleave) : numCols;
  }
  /// Elements of the stored matrix, padding included.
  int64_t numElements() const { return paddedRows() * paddedCols(); }

  /// The place of element [row, col], in elements.
  int64_t indexOf(int64_t row, int64_t col) const {
    if (panel == 0)
      return row * numCols + col;
    if (mma)
      return row / panel * panel * paddedCols() + col / mma * panel * mma +
             inFragment(row % panel, col % mma);
    int64_t group =
        (row / panel) * (paddedCols() / interleave) + col / interleave;
    return (group * panel + row % panel) * interleave + col % interleave;
  }

  /// The place of element [row, col] of a 16 x 16 tile. Element 2r + h of lane
  /// l is row l/4 + 8*(r%2), column 2*(l%4) + h + 8*(r/2): PTX ISA, "Matrix
  /// Fragments for mma.m16n8k16".
  static int64_t inFragment(int64_t row, int64_t col) {
    int64_t lane = row % 8 * 4 + col % 8 / 2;
    int64_t word = row / 8 + col / 8 * 2;
    return lane * 8 + word * 2 + col % 2;
  }
};

/// The packing that a name of docs/artifact.md stands for, for a matrix of
/// these sizes.
inline std::optional<PackedMatrix> findPacking(std::string_view name,
                                               int64_t rows, int64_t cols) {
  if (name == "rows")
    return PackedMatrix{rows, cols, 0, 1};
  if (name == "panel16")
    return PackedMatrix{rows, cols, 16, 1};
  if (name == "panel16x2")
    return PackedMatrix{rows, cols, 16, 2};
  if (name == "mma16x16")
    return PackedMatrix{rows, cols, 16, 1, 16};
  return std::nullopt;
}

} // namespace g4::artifact

#endif // G4_RUNTIME_ARTIFACT_PACKING_H
