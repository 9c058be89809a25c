//===- PlainIntrinsics.h - AVX-512 without the machine ----------*- C++ -*-===//
//
// What x86's manual says that an instruction does, as plain arithmetic: so code
// for a machine that this one is not can be run here. It proves that a lowering
// chooses the right lanes, bytes and signs, not what LLVM makes of it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_CODEGEN_PLAININTRINSICS_H
#define G4_TEST_CODEGEN_PLAININTRINSICS_H

#include "mlir/IR/BuiltinOps.h"

namespace g4 {

/// Replaces the calls of AVX-512's intrinsics in functions that
/// lowerKernelToCpu wrote. Fails, with an error, at one that it does not know.
mlir::LogicalResult replaceAvx512(mlir::ModuleOp module);

} // namespace g4

#endif // G4_TEST_CODEGEN_PLAININTRINSICS_H
