//===- Gpu.h - Which GPUs the driver shows ----------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_GPU_H
#define G4_RUNTIME_DEVICE_CUDA_GPU_H

#include "runtime/base/Status.h"
#include "runtime/device/cuda/DriverTable.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g4rt::cuda {

/// A GPU as a program needs to know it.
struct Gpu {
  /// Its number among the visible ones: N of "cuda:N".
  int ordinal = 0;
  DriverDevice device = 0;
  std::string name; // "NVIDIA H200"
  std::string uuid; // "GPU-8f6d..." or "MIG-...", as nvidia-smi -L prints it
  /// Compute capability.
  int major = 0, minor = 0;
  uint64_t totalBytes = 0;
  int numMultiprocessors = 0;
  int maxThreads = 0;      // of a block
  int maxScratchBytes = 0; // of a block: shared memory, the opt-in limit
  uint64_t maxGridX = 0, maxGridY = 0;

  /// "cuda:0 NVIDIA H200 (GPU-8f6d...)".
  std::string text() const;
};

/// The GPUs that CUDA_VISIBLE_DEVICES leaves, which the driver reads itself.
///
/// Errors: NotFound if there is none, with the variable's value where it is
/// set; Unavailable or Internal if the driver does not answer.
Result<std::vector<Gpu>> listGpus(const DriverTable &table);

/// The GPU of this number.
///
/// Errors: those of listGpus; InvalidArgument, with all visible GPUs, if there
/// is none of this number.
Result<Gpu> findGpu(const DriverTable &table, int ordinal);

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
