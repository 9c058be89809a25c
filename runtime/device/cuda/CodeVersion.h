//===- CodeVersion.h - Which driver a code object needs ---------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_CODEVERSION_H
#define G4_RUNTIME_DEVICE_CUDA_CODEVERSION_H

#include "runtime/artifact/Artifact_generated.h"

#include <cstddef>
#include <span>

namespace g4rt::cuda {

namespace artifact = ::g4::artifact;

/// The oldest driver that reads this code, as cuDriverGetVersion counts
/// (13000: CUDA 13.0), from the version in PTX's text or in a cubin's head. 0
/// if the bytes do not say.
int neededDriverVersion(artifact::CodeFormat format,
                        std::span<const std::byte> code);

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_CODEVERSION_H
