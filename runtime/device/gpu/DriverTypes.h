//===- DriverTypes.h - What a GPU's driver is told and tells ----*- C++ -*-===//
//
// The types and numbers that CUDA's driver API and HIP share: HIP took CUDA's,
// down to the numbers of errors. They are declared here so that nothing needs a
// vendor's header: the runtime builds where no toolkit is.
//
// Sources: cuda.h, with which DriverHeaderTest compares each where there is
// one; hip_runtime_api.h and driver_types.h of ROCm 6.2.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_GPU_DRIVERTYPES_H
#define G4_RUNTIME_DEVICE_GPU_DRIVERTYPES_H

#include <cstddef>
#include <cstdint>

namespace g4rt::gpu {

/// CUresult, hipError_t.
using DriverResult = int;
/// CUdevice, hipDevice_t: the number of a GPU among those that the process may
/// see.
using DriverDevice = int;
/// CUdeviceptr; hipDeviceptr_t is a pointer, which is passed alike.
using DriverAddress = unsigned long long;

// CUstream, hipStream_t and so on: only ever pointed at.
struct StreamObject;
struct EventObject;
struct ModuleObject;
struct FunctionObject;
struct GraphObject;
struct GraphExecObject;
using DriverStream = StreamObject *;
using DriverEvent = EventObject *;
using DriverModule = ModuleObject *;
using DriverFunctionHandle = FunctionObject *;
using DriverGraph = GraphObject *;
using DriverGraphExec = GraphExecObject *;

/// CUuuid, hipUUID.
struct DriverUuid {
  char bytes[16];
};

inline constexpr DriverResult kSuccess = 0, kInvalidValue = 1, kOutOfMemory = 2,
                              kNoDevice = 100, kInvalidImage = 200,
                              kNoBinaryForGpu = 209, kNotFound = 500,
                              kIllegalAddress = 700;

/// CUfunction_attribute, hipFunction_attribute.
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

inline constexpr unsigned kStreamNonBlocking = 1;
inline constexpr unsigned kEventDefault = 0, kEventDisableTiming = 2;
inline constexpr int kCaptureThreadLocal = 1;

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_DRIVERTYPES_H
