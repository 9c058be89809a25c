//===- CudaDevice.h - An NVIDIA GPU as a device -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CUDA_CUDADEVICE_H
#define G4_RUNTIME_DEVICE_CUDA_CUDADEVICE_H

#include "runtime/device/Device.h"
#include "runtime/device/cuda/CudaDriver.h"
#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/gpu/Platform.h"

#include <memory>

namespace g4rt {

/// The GPU of this number among those that CUDA_VISIBLE_DEVICES leaves, with
/// the driver of this machine.
///
/// Errors: NotFound if there is no driver, it is too old, or there is no GPU;
/// InvalidArgument if there is none of this number; Unavailable if the GPU
/// cannot be used.
Result<std::unique_ptr<Device>> createCudaDevice(int ordinal);

/// The same with a given driver, for tests.
Result<std::unique_ptr<Device>> createCudaDevice(int ordinal,
                                                 const cuda::CudaTable &driver);

namespace cuda {

/// What CUDA does in its own way on this GPU.
std::unique_ptr<gpu::Platform> makePlatform(const CudaTable &driver,
                                            const gpu::Gpu &gpu);

} // namespace cuda

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CUDA_CUDADEVICE_H
