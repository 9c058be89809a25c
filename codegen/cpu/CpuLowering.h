//===- CpuLowering.h - A g4t.kernel as a function for a CPU core *- C++ -*-===//

#ifndef G4_CODEGEN_CPU_CPULOWERING_H
#define G4_CODEGEN_CPU_CPULOWERING_H

#include "codegen/cpu/CpuTarget.h"
#include "dialects/tile/Tile.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace g4 {

/// The function of a kernel, and what its caller must provide.
struct CpuFunction {
  mlir::func::FuncOp function;
  int64_t scratchBytes;
};

/// Writes, at the insertion point of `b`,
///
///   func @name(%args: !llvm.ptr, %x: i64, %y: i64, %scratch: !llvm.ptr)
///
/// which runs one work item. `args` points to 8 bytes a parameter: an address,
/// or a number. `scratch` is 128-byte aligned. Errors are reported on the op.
mlir::FailureOr<CpuFunction> lowerKernelToCpu(tile::KernelOp kernel,
                                              const CpuTarget &target,
                                              mlir::OpBuilder &b);

} // namespace g4

#endif // G4_CODEGEN_CPU_CPULOWERING_H
