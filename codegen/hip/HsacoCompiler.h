//===- HsacoCompiler.h - GPU functions to AMD code objects ------*- C++ -*-===//

#ifndef G4_CODEGEN_HIP_HSACOCOMPILER_H
#define G4_CODEGEN_HIP_HSACOCOMPILER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include <string>

namespace g4 {

struct AmdTarget {
  const char *name; // also the chip: "gfx942"
  int warpSize;
};
llvm::ArrayRef<AmdTarget> allAmdTargets();

/// A code object of the functions of `module`, which lowerKernelToGpu() made
/// for AMD; the module is lowered in place. Neither ROCm nor its device
/// libraries are needed. Errors are reported on ops besides.
llvm::Expected<std::string> compileToHsaco(mlir::gpu::GPUModuleOp module,
                                           const AmdTarget &target);

/// The assembly of the same.
llvm::Expected<std::string> compileToGcn(mlir::gpu::GPUModuleOp module,
                                         const AmdTarget &target);

} // namespace g4

#endif // G4_CODEGEN_HIP_HSACOCOMPILER_H
