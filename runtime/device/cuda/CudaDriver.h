//===- CudaDriver.h - The functions of the CUDA driver ----------*- C++ -*-===//
//
// The one list of what is called in libcuda.so.1. From it come the table that
// devices call through, its look-up, the comparison with cuda.h
// (DriverHeaderTest) and the scripted driver of the tests.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_CUDA_CUDADRIVER_H
#define G4_RUNTIME_DEVICE_CUDA_CUDADRIVER_H

#include "runtime/device/gpu/DriverLibrary.h"
#include "runtime/device/gpu/DriverTable.h"

/// The oldest driver that has all of them, as cuDriverGetVersion says it: 12.0.
#define G4_CUDA_DRIVER_VERSION 12000

/// X(member of DriverTable, symbol of libcuda.so.1). Where the driver has
/// several versions of a function the symbol names one: cuda.h's macros would
/// hide which.
#define G4_CUDA_SHARED_FUNCTIONS(X)                                            \
  X(init, cuInit)                                                              \
  X(driverGetVersion, cuDriverGetVersion)                                      \
  X(getErrorName, cuGetErrorName)                                              \
  X(getErrorString, cuGetErrorString)                                          \
  X(deviceGetCount, cuDeviceGetCount)                                          \
  X(deviceGet, cuDeviceGet)                                                    \
  X(deviceGetName, cuDeviceGetName)                                            \
  X(deviceGetUuid, cuDeviceGetUuid_v2)                                         \
  X(deviceTotalMem, cuDeviceTotalMem_v2)                                       \
  X(deviceGetAttribute, cuDeviceGetAttribute)                                  \
  X(memGetInfo, cuMemGetInfo_v2)                                               \
  X(memAlloc, cuMemAlloc_v2)                                                   \
  X(memFree, cuMemFree_v2)                                                     \
  X(memHostAlloc, cuMemHostAlloc)                                              \
  X(memFreeHost, cuMemFreeHost)                                                \
  X(memcpyToDevice, cuMemcpyHtoDAsync_v2)                                      \
  X(memcpyToHost, cuMemcpyDtoHAsync_v2)                                        \
  X(memcpyOnDevice, cuMemcpyDtoDAsync_v2)                                      \
  X(memset, cuMemsetD8Async)                                                   \
  X(streamCreate, cuStreamCreate)                                              \
  X(streamDestroy, cuStreamDestroy_v2)                                         \
  X(streamSynchronize, cuStreamSynchronize)                                    \
  X(eventCreate, cuEventCreate)                                                \
  X(eventDestroy, cuEventDestroy_v2)                                           \
  X(eventRecord, cuEventRecord)                                                \
  X(eventSynchronize, cuEventSynchronize)                                      \
  X(eventElapsedTime, cuEventElapsedTime)                                      \
  X(moduleLoadData, cuModuleLoadDataEx)                                        \
  X(moduleUnload, cuModuleUnload)                                              \
  X(moduleGetFunction, cuModuleGetFunction)                                    \
  X(functionGetAttribute, cuFuncGetAttribute)                                  \
  X(launchKernel, cuLaunchKernel)                                              \
  X(streamBeginCapture, cuStreamBeginCapture_v2)                               \
  X(streamEndCapture, cuStreamEndCapture)                                      \
  X(graphInstantiate, cuGraphInstantiateWithFlags)                             \
  X(graphUpload, cuGraphUpload)                                                \
  X(graphLaunch, cuGraphLaunch)                                                \
  X(graphDestroy, cuGraphDestroy)                                              \
  X(graphExecDestroy, cuGraphExecDestroy)

/// X(member of CudaTable, symbol, parameters): what only CUDA has.
#define G4_CUDA_OWN_FUNCTIONS(X)                                               \
  X(primaryContextRetain, cuDevicePrimaryCtxRetain,                            \
    (DriverContext * context, gpu::DriverDevice device))                       \
  X(primaryContextRelease, cuDevicePrimaryCtxRelease_v2,                       \
    (gpu::DriverDevice device))                                                \
  X(contextSetCurrent, cuCtxSetCurrent, (DriverContext context))               \
  X(functionSetAttribute, cuFuncSetAttribute,                                  \
    (gpu::DriverFunctionHandle function, gpu::FunctionAttribute attribute,     \
     int value))

namespace g4rt::cuda {

// CUcontext: only ever pointed at.
struct ContextObject;
using DriverContext = ContextObject *;

/// CUDA_ERROR_DEVICE_UNAVAILABLE.
inline constexpr gpu::DriverResult kDeviceUnavailable = 46;

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

extern const gpu::DriverFacts kCudaFacts;

/// A CUDA driver, loaded or made up by a test. No function is null.
struct CudaTable : gpu::DriverTable {
  CudaTable() { facts = &kCudaFacts; }
#define G4_CUDA_MEMBER(member, symbol, parameters)                             \
  gpu::DriverFunction<gpu::DriverResult parameters> member;
  G4_CUDA_OWN_FUNCTIONS(G4_CUDA_MEMBER)
#undef G4_CUDA_MEMBER
};

/// The driver of this machine.
///
/// Errors: NotFound if there is no library `path`; those of findFunctions.
Result<CudaTable> loadDriver(const char *path = "libcuda.so.1");

/// The table of what `find` finds, the version asked first: a driver that is
/// too old says so, and not which symbol it lacks.
///
/// Errors: NotFound, with the symbol's name or
/// `CUDA driver: this one is for CUDA 11.4, CUDA 12.0 or newer is needed`.
Result<CudaTable> findFunctions(const gpu::SymbolFinder &find);

/// 12080 to "12.8".
std::string driverVersionText(int version);

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_CUDADRIVER_H
