//===- StepMemory.h - Kernels that read a step's sizes ----------*- C++ -*-===//

#ifndef G4_COMPILER_TILE_STEPMEMORY_H
#define G4_COMPILER_TILE_STEPMEMORY_H

#include "dialects/tile/Tile.h"

namespace g4 {

/// Rewrites a kernel for steps that are recorded once and replayed, for which
/// no argument may be passed by value that changes from step to step:
///
///   g4t.kernel @k(%x: memref<..>, %rows: index) grid(%i, %j) { body }
///
/// becomes, `params` saying that %rows is a #g4x.dim,
///
///   g4t.kernel @k(%x: memref<..>, %rows: memref<?xi32>,
///                 %active: memref<?xi32>) grid(%i, %j) {
///     if (%i < %active[0]) { %rows_ = %rows[0]; body }
///   }
///
/// Returns the params that go with it: #g4x.dim_address for #g4x.dim, and
/// #g4x.active_items after the last. A kernel that was rewritten before stays.
llvm::SmallVector<mlir::Attribute>
readSizesFromMemory(tile::KernelOp kernel,
                    llvm::ArrayRef<mlir::Attribute> params);

} // namespace g4

#endif // G4_COMPILER_TILE_STEPMEMORY_H
