//===- SideBySide.h - Two kernels in one launch -----------------*- C++ -*-===//
//
// A launch of few items leaves most of a GPU idle, and the next one begins when
// it has ended. Two that do not need each other share one: its items are those
// of both, one kind after the other, and an item finds by its number which it
// is. No body changes, so neither do the bits.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PLAN_SIDEBYSIDE_H
#define G4_COMPILER_PLAN_SIDEBYSIDE_H

#include "dialects/tile/Tile.h"

namespace g4 {

/// The items of both kernels in one row.
struct SharedGrid {
  /// Of the first kernel, the same in every step.
  int64_t firstX, firstY;
  /// Of the second, along y; along x there are as many as the step has.
  int64_t secondY;

  int64_t numFirst() const { return firstX * firstY; }
};

/// Whether one launch can have both: as many threads, kernels that do nothing
/// in items at or beyond #g4x.active_items (StepMemory.h), and scratch of both
/// within half of `scratchBytes` (an item has room for both, and a unit for two
/// items).
bool canRunSideBySide(tile::KernelOp first, tile::KernelOp second,
                      int64_t scratchBytes);

/// "<first>_beside_<second>_1x132_16": what the kernel below is called.
std::string sideBySideName(tile::KernelOp first, tile::KernelOp second,
                           const SharedGrid &grid);

/// Builds, after canRunSideBySide(),
///
///   g4t.kernel @name(params of first, params of second, %active)
///       grid(%i, %j) {
///     if (%i < %active[0]) {
///       if (%i < numFirst) { first at (%i / firstY, %i mod firstY) }
///       else { second at ((%i - numFirst) / secondY, .. mod secondY) }
///     }
///   }
///
/// of the kernels' params without their own %active.
tile::KernelOp buildSideBySide(mlir::OpBuilder &b, tile::KernelOp first,
                               tile::KernelOp second, const SharedGrid &grid);

} // namespace g4

#endif // G4_COMPILER_PLAN_SIDEBYSIDE_H
