//===- MatrixIntrinsic.h - Matrix instructions as data ----------*- C++ -*-===//
//
// What a warp's matrix instruction multiplies and which lane holds what: one
// table for layouts of tiles, lowerings, the emulator and their tests. A layout
// is linear in bits, as Triton's are: each bit of an element's number in its
// lane, and each bit of the lane's number, adds a fixed step to row and column.
// No LLVM here: the emulator is built without it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_DIALECTS_INTRINSIC_MATRIXINTRINSIC_H
#define G4_DIALECTS_INTRINSIC_MATRIXINTRINSIC_H

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace g4 {

/// A place in a matrix, or a step between two.
struct MatrixPlace {
  int64_t row = 0, col = 0;
  bool operator==(const MatrixPlace &) const = default;
};

/// Where a warp holds a matrix.
struct FragmentLayout {
  /// What bit i of an element's number adds, and bit i of a lane's.
  std::vector<MatrixPlace> elements, lanes;

  /// Elements of a lane.
  int64_t numElements() const { return int64_t{1} << elements.size(); }
  int64_t numLanes() const { return int64_t{1} << lanes.size(); }
  MatrixPlace at(int64_t element, int64_t lane) const;
  FragmentLayout transposed() const;
};

/// d = a * b + c of bf16 operands with f32 accumulators.
struct MatrixIntrinsic {
  const char *name; // of ours: "mfma_16x16x16"
  /// LLVM's, without the types of overloads.
  const char *llvmName;
  /// Whether LLVM's operands are vectors of bf16; else of i16.
  bool takesBf16;
  int64_t rows, cols, depth;
  FragmentLayout a, b, c; // [rows, depth], [depth, cols], [rows, cols]
  /// Document and section with the layouts.
  const char *source;

  int64_t numLanes() const { return c.numLanes(); }

  /// Weights lie in tiles of 16 x 16 in the order of mma_16x8x16's first
  /// operand, so a lane that reads 16 bytes of a tile gets two of its rows, 8
  /// apart. Where the instruction's lanes have one row, it runs twice, on the
  /// tiles of two panels: the first time with rows 0-7 of both, then with rows
  /// 8-15. Panels of 16 rows of one such step: 1 or 2.
  int64_t weightPanels() const { return a.elements[1].row ? 1 : 2; }
  /// Lanes that hold different columns of one row of a.
  int64_t depthLanes() const;

  /// Accumulators of a dot whose a is a weight in that order, as [columns of
  /// b, rows of the weight]; of the last bit of the elements where there are
  /// two panels is which of the two runs.
  FragmentLayout weightSums() const;
};

/// All that there are.
std::span<const MatrixIntrinsic> matrixIntrinsics();
/// Null if there is none of this name.
const MatrixIntrinsic *findMatrixIntrinsic(std::string_view name);
/// NVIDIA's, the first of all.
inline constexpr const char *kMma16x8x16 = "mma_16x8x16";

} // namespace g4

#endif // G4_DIALECTS_INTRINSIC_MATRIXINTRINSIC_H
