//===- CudaTypes.h - What the fake driver knows of the API ------*- C++ -*-===//
//
// Numbers of NVIDIA's driver API, written down here a second time on purpose:
// the runtime has a list of its own, and a mistake in one of them shows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKECUDA_CUDATYPES_H
#define G4_TEST_FAKECUDA_CUDATYPES_H

#include <cstddef>
#include <cstdint>

namespace g4::fakecuda {

/// CUresult.
enum Result : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kInvalidImage = 200,
  kInvalidContext = 201,
  kNoBinaryForGpu = 209,
  kInvalidPtx = 218,
  kInvalidHandle = 400,
  kNotFound = 500,
  kNotReady = 600,
  kIllegalAddress = 700,
  kMisalignedAddress = 716,
  kLaunchFailed = 719,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
};

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

/// CUfunction_attribute.
enum FunctionAttribute : int {
  kFunctionMaxThreadsPerBlock = 0,
  kFunctionSharedBytes = 1,
  kFunctionConstBytes = 2,
  kFunctionLocalBytes = 3,
  kFunctionNumRegisters = 4,
  kFunctionMaxDynamicSharedBytes = 8,
};

/// What a kernel may have without cuFuncSetAttribute.
inline constexpr int kDefaultSharedBytes = 48 << 10;

using Address = unsigned long long; // CUdeviceptr

} // namespace g4::fakecuda

#endif // G4_TEST_FAKECUDA_CUDATYPES_H
