//===- Gpu.h - Which AMD GPUs the HIP runtime shows -------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_HIP_GPU_H
#define G4_RUNTIME_DEVICE_HIP_GPU_H

#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/hip/HipDriver.h"

#include <string>
#include <string_view>

namespace g4rt::hip {

/// How they are looked at: of those that ROCR_VISIBLE_DEVICES, then
/// HIP_VISIBLE_DEVICES or, where that is not set, CUDA_VISIBLE_DEVICES leave.
gpu::GpuLook amdGpus(const HipTable &table);

/// "gfx942:sramecc+:xnack-" to "gfx942": what follows are settings of the
/// memory that code may ask for; ours runs with either.
std::string_view archOf(std::string_view gcnArchName);

/// Whether code of this feature, the name of a target, runs on a GPU of this
/// architecture: code of one chip runs on no other.
bool gpuHasFeature(std::string_view feature, std::string_view arch);

/// What `g4c compile --target` calls a GPU of this architecture; empty where
/// there is no target for it.
std::string gpuTarget(std::string_view arch);

} // namespace g4rt::hip

#endif // G4_RUNTIME_DEVICE_HIP_GPU_H
