//===- CpuDevice.h - This machine's cores as a device -----------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H
#define G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H

#include "runtime/device/Device.h"

namespace g4rt {

/// A device whose stream is the calling thread: each call has happened when it
/// returns. Kernels run on `numThreads` threads (0: one for each core that this
/// process may use). Weights are read where they are mapped.
std::unique_ptr<Device> createCpuDevice(int numThreads);

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_CPUDEVICE_H
