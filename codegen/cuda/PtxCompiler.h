//===- PtxCompiler.h - GPU functions to PTX and cubins ----------*- C++ -*-===//

#ifndef G4_CODEGEN_CUDA_PTXCOMPILER_H
#define G4_CODEGEN_CUDA_PTXCOMPILER_H

#include "codegen/gpu/DeviceCompiler.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace g4 {

/// "sm80" -> chip "sm_80". PTX is of the lowest version that the chip knows, so
/// that older drivers can take it.
struct NvidiaTarget {
  const char *name;
  const char *chip;
  /// Shared memory that one block can have.
  int64_t scratchBytes;
};

/// All of them, the newest first.
llvm::ArrayRef<NvidiaTarget> allNvidiaTargets();

/// The target named `name`; null if there is none.
const NvidiaTarget *findNvidiaTarget(llvm::StringRef name);

/// The functions of `module`, which lowerKernelToGpu() made for NVIDIA, as LLVM
/// IR; the module is lowered in place. Errors are reported on ops besides.
llvm::Expected<DeviceModule> lowerToDevice(mlir::gpu::GPUModuleOp module,
                                           const NvidiaTarget &target);

/// LLVM's passes, then PTX of it; neither needs MLIR, so any thread may do it.
void optimizeForPtx(DeviceModule &device);
llvm::Expected<std::string> printPtx(DeviceModule &device);

/// All in one.
llvm::Expected<std::string> compileToPtx(mlir::gpu::GPUModuleOp module,
                                         const NvidiaTarget &target);

/// What the assembler made of PTX.
struct Cubin {
  std::string binary;
  /// Registers, spills and shared memory of each kernel, as it says them;
  /// nothing that differs from run to run.
  std::string log;
};

/// Whether cubins can be made: this build found nvJitLink.
bool canAssemblePtx();

/// Any thread. Errors: what nvJitLink says, or that this build has none.
llvm::Expected<Cubin> assemblePtx(llvm::StringRef ptx,
                                  const NvidiaTarget &target);

} // namespace g4

#endif // G4_CODEGEN_CUDA_PTXCOMPILER_H
