//===- HipBackend.h - Kernels for AMD GPUs ----------------------*- C++ -*-===//

#ifndef G4_CODEGEN_HIP_HIPBACKEND_H
#define G4_CODEGEN_HIP_HIPBACKEND_H

#include "codegen/hip/HsacoCompiler.h"
#include "compiler/backend/KernelBackend.h"

#include <memory>

namespace g4 {

/// A back end that emits a code object (HSACO) for `target`, which outlives it.
/// The loader asks the GPU for the feature of the target's name: code of one
/// chip runs on no other.
///
/// A kernel that needs more LDS than the target has is an error; one whose
/// registers do not suffice is a warning on its op.
std::unique_ptr<KernelBackend> createHipBackend(const AmdTarget &target);

} // namespace g4

#endif // G4_CODEGEN_HIP_HIPBACKEND_H
