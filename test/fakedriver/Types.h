//===- Types.h - What the fake drivers know of the APIs ---------*- C++ -*-===//
//
// Numbers that CUDA's driver API and HIP share, written down here a second time
// on purpose: the runtime has a list of its own, and a mistake in one of them
// shows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_FAKEDRIVER_TYPES_H
#define G4_TEST_FAKEDRIVER_TYPES_H

#include <cstddef>
#include <cstdint>

namespace g4::fakedriver {

/// CUresult, hipError_t.
enum Result : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNotInitialized = 3,
  kInvalidConfiguration = 9,
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

/// CUfunction_attribute, hipFunction_attribute.
enum FunctionAttribute : int {
  kFunctionMaxThreadsPerBlock = 0,
  kFunctionSharedBytes = 1,
  kFunctionConstBytes = 2,
  kFunctionLocalBytes = 3,
  kFunctionNumRegisters = 4,
  kFunctionMaxDynamicSharedBytes = 8,
};

using Address = unsigned long long; // CUdeviceptr, hipDeviceptr_t

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_TYPES_H
