//===- CpuCompiler.h - Kernels to native code -------------------*- C++ -*-===//

#ifndef G4_CODEGEN_CPU_CPUCOMPILER_H
#define G4_CODEGEN_CPU_CPUCOMPILER_H

#include "codegen/cpu/CpuTarget.h"

#include "llvm/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace g4 {

/// Lowers `module`, which holds only functions made by lowerKernelToCpu() (or
/// the emulator), to the LLVM dialect, in place. Errors are reported on the
/// ops.
mlir::LogicalResult lowerCpuModuleToLlvm(mlir::ModuleOp module,
                                         const CpuTarget &target);

/// The object file of a module of the LLVM dialect. Same input, same bytes.
///
/// Errors: what LLVM says.
llvm::Expected<std::string> compileToObject(mlir::ModuleOp module,
                                            const CpuTarget &target);

/// The assembly of the same, for people and tests.
llvm::Expected<std::string> compileToAssembly(mlir::ModuleOp module,
                                              const CpuTarget &target);

} // namespace g4

#endif // G4_CODEGEN_CPU_CPUCOMPILER_H
