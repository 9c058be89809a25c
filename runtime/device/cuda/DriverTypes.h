//===- DriverTypes.h - What the CUDA driver is told and tells ---*- C++ -*-===//
//
// The types and numbers of the driver API that this project uses, declared
// here so that nothing needs NVIDIA's header: the runtime builds where no
// toolkit is. DriverHeaderTest compares each with cuda.h where there is one.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_CUDA_DRIVERTYPES_H
#define G4_RUNTIME_DEVICE_CUDA_DRIVERTYPES_H

#include <cstddef>
#include <cstdint>

namespace g4rt::cuda {

/// CUresult; kSuccess or one of kErrors' numbers or any other.
using DriverResult = int;
/// CUdevice: the number of a GPU among those that the process may see.
using DriverDevice = int;
/// CUdeviceptr.
using DriverAddress = unsigned long long;

// CUcontext, CUstream and so on: only ever pointed at.
struct ContextObject;
struct StreamObject;
struct EventObject;
struct ModuleObject;
struct FunctionObject;
struct GraphObject;
struct GraphExecObject;
using DriverContext = ContextObject *;
using DriverStream = StreamObject *;
using DriverEvent = EventObject *;
using DriverModule = ModuleObject *;
using DriverFunction = FunctionObject *;
using DriverGraph = GraphObject *;
using DriverGraphExec = GraphExecObject *;

/// CUuuid.
struct DriverUuid {
  char bytes[16];
};

inline constexpr DriverResult kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2,
                              kDeviceUnavailable = 46, kNoDevice = 100,
                              kInvalidImage = 200, kNoBinaryForGpu = 209,
                              kInvalidPtx = 218, kUnsupportedPtxVersion = 222,
                              kInvalidSource = 300, kNotFound = 500,
                              kIllegalAddress = 700;

/// CUdevice_attribute.
enum DeviceAttribute : int {
  kMaxThreadsPerBlock = 1,
  kMaxGridX = 5,
  kMaxGridY = 6,
  kMultiprocessorCount = 16,
  kComputeCapabilityMajor = 75,
  kComputeCapabilityMinor = 76,
  kMaxSharedMemoryPerBlockOptin = 97,
};

/// CUfunction_attribute.
enum FunctionAttribute : int {
  kFunctionMaxThreadsPerBlock = 0,
  kFunctionStaticSharedBytes = 1,
  kFunctionMaxDynamicSharedBytes = 8,
};

/// CUjit_option.
enum JitOption : int {
  kJitErrorLogBuffer = 5,
  kJitErrorLogBufferBytes = 6,
};

inline constexpr unsigned kStreamNonBlocking = 1; // CU_STREAM_NON_BLOCKING
inline constexpr unsigned kEventDefault = 0, kEventDisableTiming = 2;
inline constexpr int kCaptureThreadLocal = 1; // CUstreamCaptureMode

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_DRIVERTYPES_H
