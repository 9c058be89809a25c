//===- GpuDevice.h - A GPU as a device --------------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_GPU_GPUDEVICE_H
#define G4_RUNTIME_DEVICE_GPU_GPUDEVICE_H

#include "runtime/device/Device.h"
#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/gpu/Platform.h"

#include <memory>

namespace g4rt::gpu {

/// This GPU, with a stream and staging memory of its own. A kernel takes its
/// arguments by value, 8 bytes each, and runs a block for each item of the
/// grid.
///
/// Errors: Unavailable if the GPU cannot be used, ResourceExhausted.
Result<std::unique_ptr<Device>>
openGpuDevice(const DriverTable &table, Gpu gpu,
              std::unique_ptr<Platform> platform);

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_GPUDEVICE_H
