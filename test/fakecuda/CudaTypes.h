//===- CudaTypes.h - What the fake driver knows of CUDA alone ---*- C++ -*-===//

#ifndef G4_TEST_FAKECUDA_CUDATYPES_H
#define G4_TEST_FAKECUDA_CUDATYPES_H

namespace g4::fakecuda {

/// CUdevice_attribute.
enum DeviceAttribute : int {
  kMaxThreadsPerBlock = 1,
  kMaxBlockDimX = 2,
  kMaxBlockDimY = 3,
  kMaxBlockDimZ = 4,
  kMaxGridDimX = 5,
  kMaxGridDimY = 6,
  kMaxGridDimZ = 7,
  kMaxSharedMemoryPerBlock = 8,
  kWarpSize = 10,
  kMultiprocessorCount = 16,
  kL2CacheSize = 38,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerMultiprocessor = 81,
  kMaxSharedMemoryPerBlockOptin = 97,
};

/// What a kernel may have without cuFuncSetAttribute.
inline constexpr int kDefaultSharedBytes = 48 << 10;

} // namespace g4::fakecuda

#endif // G4_TEST_FAKECUDA_CUDATYPES_H
