//===- CudaBackend.h - Kernels for NVIDIA GPUs ------------------*- C++ -*-===//

#ifndef G4_CODEGEN_CUDA_CUDABACKEND_H
#define G4_CODEGEN_CUDA_CUDABACKEND_H

#include "codegen/cuda/PtxCompiler.h"
#include "compiler/backend/KernelBackend.h"

#include <memory>
#include <string>

namespace g4 {

/// What a GPU must have for code for `target`, as the loader asks for it:
/// "sm_90", the very architecture of a cubin; or, where this build cannot
/// assemble, "compute_90", that of PTX or a newer one.
std::string featureOf(const NvidiaTarget &target);

/// A back end that emits a cubin, or PTX where this build cannot assemble, for
/// `target`, which outlives it.
///
/// A kernel that needs more shared memory than the target has is an error; one
/// whose registers do not suffice is a warning on its op.
std::unique_ptr<KernelBackend> createCudaBackend(const NvidiaTarget &target);

} // namespace g4

#endif // G4_CODEGEN_CUDA_CUDABACKEND_H
