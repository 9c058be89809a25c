//===- HipTypes.h - What the fake driver knows of HIP alone -----*- C++ -*-===//
//
// Numbers of hip_runtime_api.h of ROCm 6.2, counted there by the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEHIP_HIPTYPES_H
#define G4_TEST_FAKEHIP_HIPTYPES_H

#include <cstddef>

namespace g4::fakehip {

/// hipDeviceAttribute_t.
enum DeviceAttribute : int {
  kMaxGridDimX = 29,
  kMaxGridDimY = 30,
  kMaxThreadsPerBlock = 56,
  kMultiprocessorCount = 63,
  kMaxSharedMemoryPerBlock = 74,
  kWarpSize = 87,
};

/// hipDeviceProp_tR0600: its size, and where a field of it is.
inline constexpr size_t kPropertiesBytes = 1472, kGcnArchNameAt = 1160,
                        kGcnArchNameBytes = 256;

} // namespace g4::fakehip

#endif // G4_TEST_FAKEHIP_HIPTYPES_H
