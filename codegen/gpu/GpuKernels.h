//===- GpuKernels.h - All kernels of a target in a GPU module ---*- C++ -*-===//

#ifndef G4_CODEGEN_GPU_GPUKERNELS_H
#define G4_CODEGEN_GPU_GPUKERNELS_H

#include "codegen/gpu/GpuLowering.h"
#include "compiler/backend/KernelBackend.h"

#include <string>
#include <vector>

namespace g4 {

/// Lowers every g4t.kernel of `module` into `into`; gives their entries, in
/// their order, with threads and scratch.
///
/// Errors: a kernel that has no code, or needs more scratch than `target` has.
llvm::Expected<std::vector<KernelCode::Entry>>
lowerKernelsToGpu(mlir::ModuleOp module, GpuVendor vendor,
                  tile::TargetAttr target, mlir::gpu::GPUModuleOp into);

/// What a person should know of a kernel that has local memory.
std::string spillWarning(const KernelCode::Entry &entry,
                         const std::string &target);

} // namespace g4

#endif // G4_CODEGEN_GPU_GPUKERNELS_H
