//===- HipDevice.h - An AMD GPU as a device ---------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_HIP_HIPDEVICE_H
#define G4_RUNTIME_DEVICE_HIP_HIPDEVICE_H

#include "runtime/device/Device.h"
#include "runtime/device/gpu/Gpu.h"
#include "runtime/device/gpu/Platform.h"
#include "runtime/device/hip/HipDriver.h"

#include <memory>

namespace g4rt {

/// The GPU of this number among those that HIP_VISIBLE_DEVICES and
/// ROCR_VISIBLE_DEVICES leave, with the HIP runtime of this machine.
///
/// Errors: NotFound if there is no runtime, it is too old, or there is no GPU;
/// InvalidArgument if there is none of this number; Unavailable if the GPU
/// cannot be used.
Result<std::unique_ptr<Device>> createHipDevice(int ordinal);

/// The same with a given runtime, for tests.
Result<std::unique_ptr<Device>> createHipDevice(int ordinal,
                                                const hip::HipTable &driver);

namespace hip {

/// What HIP does in its own way on this GPU.
std::unique_ptr<gpu::Platform> makePlatform(const HipTable &driver,
                                            const gpu::Gpu &gpu);

} // namespace hip

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_HIP_HIPDEVICE_H
