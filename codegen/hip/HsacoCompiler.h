//===- HsacoCompiler.h - GPU functions to AMD code objects ------*- C++ -*-===//

#ifndef G4_CODEGEN_HIP_HSACOCOMPILER_H
#define G4_CODEGEN_HIP_HSACOCOMPILER_H

#include "codegen/gpu/DeviceCompiler.h"

#include "llvm/ADT/ArrayRef.h"

#include <string>

namespace g4 {

struct AmdTarget {
  const char *name;      // also LLVM's chip: "gfx942"
  int warpSize;          // lanes of a wavefront
  int64_t scratchBytes;  // LDS of a workgroup
  const char *intrinsic; // of MatrixIntrinsic.h
};
/// CDNA first, of a kind the newest first.
llvm::ArrayRef<AmdTarget> allAmdTargets();
/// Null if there is none of this name.
const AmdTarget *findAmdTarget(llvm::StringRef name);

/// LLVM IR of the functions of `module`, which lowerKernelToGpu() made for AMD;
/// the module is lowered in place. Errors are reported on ops besides.
llvm::Expected<DeviceModule> lowerToDevice(mlir::gpu::GPUModuleOp module,
                                           const AmdTarget &target);

/// How LLVM is to optimise kernels for AMD.
llvm::PipelineTuningOptions amdTuning();

/// A code object of version 5. Neither ROCm nor its device libraries are
/// needed.
llvm::Expected<std::string> compileToHsaco(mlir::gpu::GPUModuleOp module,
                                           const AmdTarget &target);

/// The assembly of the same.
llvm::Expected<std::string> compileToGcn(mlir::gpu::GPUModuleOp module,
                                         const AmdTarget &target);

} // namespace g4

#endif // G4_CODEGEN_HIP_HSACOCOMPILER_H
