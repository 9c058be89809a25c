//===- Emulate.h - GPU functions as host functions --------------*- C++ -*-===//

#ifndef G4_CODEGEN_EMULATOR_EMULATE_H
#define G4_CODEGEN_EMULATOR_EMULATE_H

#include "dialects/intrinsic/MatrixIntrinsic.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace g4 {

/// Moves the functions of `gpu`, as lowerKernelToGpu() made them, to `host` as
///
///   func @name(%args: !llvm.ptr, %x: i64, %y: i64, %scratch: !llvm.ptr,
///              %thread: i64)
///
/// where barriers, shuffles, matrix operations, async copies and every access
/// of memory call the emulator (Emulator.h has the names). `gpu` is erased.
/// `intrinsic` is what multiplies matrices on an emulated AMD GPU; null:
/// nothing does. Errors are reported on an op that the emulator does not know,
/// or that the GPU does not have.
mlir::LogicalResult emulateOnHost(mlir::gpu::GPUModuleOp gpu,
                                  mlir::ModuleOp host,
                                  const MatrixIntrinsic *intrinsic);

} // namespace g4

#endif // G4_CODEGEN_EMULATOR_EMULATE_H
