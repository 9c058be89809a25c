//===- CpuDevice.h - This machine's cores as a device -----------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H
#define G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H

#include "runtime/base/Heartbeat.h"
#include "runtime/device/Device.h"

namespace g4rt {

/// A device whose stream is the calling thread: each call has happened when it
/// returns. Kernels run on `numThreads` threads (0: one for each core that this
/// process may use). Weights are read where they are mapped. `heartbeat`, which
/// may be null and outlives the device, beats with every work item.
std::unique_ptr<Device> createCpuDevice(int numThreads,
                                        Heartbeat *heartbeat = nullptr);

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H
