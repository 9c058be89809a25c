//===- TileInterpreter.h - Runs a g4t.kernel, slowly ------------*- C++ -*-===//
//
// The meaning of the tile dialect: one work item after the other, each op as
// its description says, floats in f64 (or rounded to f32 after each op). Every
// access is checked against the size of its memory. The oracle of the
// lowerings' tests.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_TILEINTERPRETER_H
#define G4_COMPILER_INTERPRET_TILEINTERPRETER_H

#include "compiler/interpret/HostMemory.h"
#include "compiler/interpret/Precision.h"
#include "dialects/tile/Tile.h"

#include "llvm/Support/Error.h"

#include <variant>

namespace g4 {

/// What a kernel's parameter is bound to: memory (a memref, or a weight in its
/// packed layout) or a number.
using KernelArgument = std::variant<HostArray, int64_t>;

struct GridSize {
  int64_t x = 1, y = 1;
};

/// Runs `kernel` over the grid.
///
/// Errors: an access outside of its memory, or an op that has no meaning here,
/// with the op's location.
llvm::Error interpretKernel(tile::KernelOp kernel,
                            llvm::ArrayRef<KernelArgument> arguments,
                            GridSize grid, Precision precision);

} // namespace g4

#endif // G4_COMPILER_INTERPRET_TILEINTERPRETER_H
