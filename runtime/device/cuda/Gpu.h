//===- Gpu.h - Which NVIDIA GPUs the driver shows ---------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_GPU_H
#define G4_RUNTIME_DEVICE_CUDA_GPU_H

#include "runtime/device/cuda/CudaDriver.h"
#include "runtime/device/gpu/Gpu.h"

#include <string>
#include <string_view>

namespace g4rt::cuda {

/// How they are looked at: of those that CUDA_VISIBLE_DEVICES leaves.
gpu::GpuLook nvidiaGpus();

/// Whether code of this feature runs on a GPU of compute capability
/// `major`.`minor`:
///   "sm_80"       a cubin: the same major number, and no newer minor one
///   "sm_90a"      a cubin with an architecture's own instructions: exactly it
///   "sm_100f"     of a family: the same major number, and no newer minor one
///   "compute_80"  PTX, which the driver compiles: this or anything newer
bool gpuHasFeature(std::string_view feature, int major, int minor);

/// What `g4c compile --target` calls the newest target whose code runs on a GPU
/// of this compute capability: "sm80" for 8.6; empty where there is none.
std::string gpuTarget(int major, int minor);

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_GPU_H
