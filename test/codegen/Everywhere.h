//===- Everywhere.h - A kernel in all its readings --------------*- C++ -*-===//

#ifndef G4_TEST_CODEGEN_EVERYWHERE_H
#define G4_TEST_CODEGEN_EVERYWHERE_H

#include "test/codegen/KernelCase.h"

namespace g4 {

/// A kernel whose only choice is how its tiles lie.
struct RowKernel {
  const char *name;
  std::function<tile::KernelOp(mlir::OpBuilder &, const TileConfig &)> build;
  std::vector<CaseParam> params;
  GridSize grid;
};

/// What a memory parameter has to hold after the run.
struct Expected {
  int output;
  std::vector<double> content;
};

/// Runs the kernel in the interpreter, as code for every CPU target that this
/// machine has, and in the GPU emulator with warps of 32 and 64; expects the
/// outputs, and agreement of all.
void expectEverywhere(const RowKernel &kernel,
                      const std::vector<Expected> &outputs, double tolerance);
void expectEverywhere(const RowKernel &kernel, int output,
                      const std::vector<double> &plain, double tolerance);

} // namespace g4

#endif // G4_TEST_CODEGEN_EVERYWHERE_H
