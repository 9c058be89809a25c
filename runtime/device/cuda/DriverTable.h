//===- DriverTable.h - The functions of the CUDA driver ---------*- C++ -*-===//
//
// The one list of what is called in libcuda.so.1. From it come the table that
// CudaDevice calls through, its look-up (DriverLibrary), the comparison with
// cuda.h (DriverHeaderTest) and the fake driver of the tests.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_CUDA_DRIVERTABLE_H
#define G4_RUNTIME_DEVICE_CUDA_DRIVERTABLE_H

#include "runtime/device/cuda/DriverTypes.h"

/// The oldest driver that has all of them, as cuDriverGetVersion says it: 12.0.
#define G4_CUDA_DRIVER_VERSION 12000

/// X(member of DriverTable, symbol of libcuda.so.1, parameters). All of them
/// return DriverResult. Where the driver has several versions of a function the
/// symbol names one: cuda.h's macros would hide which.
#define G4_CUDA_FUNCTIONS(X)                                                   \
  X(init, cuInit, (unsigned flags))                                            \
  X(driverGetVersion, cuDriverGetVersion, (int *version))                      \
  X(getErrorName, cuGetErrorName, (DriverResult error, const char **name))     \
  X(getErrorString, cuGetErrorString, (DriverResult error, const char **text)) \
  X(deviceGetCount, cuDeviceGetCount, (int *count))                            \
  X(deviceGet, cuDeviceGet, (DriverDevice * device, int ordinal))              \
  X(deviceGetName, cuDeviceGetName,                                            \
    (char *name, int bytes, DriverDevice device))                              \
  X(deviceGetUuid, cuDeviceGetUuid_v2,                                         \
    (DriverUuid * uuid, DriverDevice device))                                  \
  X(deviceTotalMem, cuDeviceTotalMem_v2, (size_t *bytes, DriverDevice device)) \
  X(deviceGetAttribute, cuDeviceGetAttribute,                                  \
    (int *value, DeviceAttribute attribute, DriverDevice device))              \
  X(primaryContextRetain, cuDevicePrimaryCtxRetain,                            \
    (DriverContext * context, DriverDevice device))                            \
  X(primaryContextRelease, cuDevicePrimaryCtxRelease_v2,                       \
    (DriverDevice device))                                                     \
  X(contextSetCurrent, cuCtxSetCurrent, (DriverContext context))               \
  X(memGetInfo, cuMemGetInfo_v2, (size_t *freeBytes, size_t *totalBytes))      \
  X(memAlloc, cuMemAlloc_v2, (DriverAddress * address, size_t bytes))          \
  X(memFree, cuMemFree_v2, (DriverAddress address))                            \
  X(memHostAlloc, cuMemHostAlloc,                                              \
    (void **pointer, size_t bytes, unsigned flags))                            \
  X(memFreeHost, cuMemFreeHost, (void *pointer))                               \
  X(memcpyToDevice, cuMemcpyHtoDAsync_v2,                                      \
    (DriverAddress to, const void *from, size_t bytes, DriverStream stream))   \
  X(memcpyToHost, cuMemcpyDtoHAsync_v2,                                        \
    (void *to, DriverAddress from, size_t bytes, DriverStream stream))         \
  X(memcpyOnDevice, cuMemcpyDtoDAsync_v2,                                      \
    (DriverAddress to, DriverAddress from, size_t bytes, DriverStream stream)) \
  X(memset, cuMemsetD8Async,                                                   \
    (DriverAddress at, unsigned char value, size_t bytes,                      \
     DriverStream stream))                                                     \
  X(streamCreate, cuStreamCreate, (DriverStream * stream, unsigned flags))     \
  X(streamDestroy, cuStreamDestroy_v2, (DriverStream stream))                  \
  X(streamSynchronize, cuStreamSynchronize, (DriverStream stream))             \
  X(eventCreate, cuEventCreate, (DriverEvent * event, unsigned flags))         \
  X(eventDestroy, cuEventDestroy_v2, (DriverEvent event))                      \
  X(eventRecord, cuEventRecord, (DriverEvent event, DriverStream stream))      \
  X(eventSynchronize, cuEventSynchronize, (DriverEvent event))                 \
  X(eventElapsedTime, cuEventElapsedTime,                                      \
    (float *milliseconds, DriverEvent start, DriverEvent end))                 \
  X(moduleLoadData, cuModuleLoadDataEx,                                        \
    (DriverModule * module, const void *image, unsigned numOptions,            \
     JitOption *options, void **values))                                       \
  X(moduleUnload, cuModuleUnload, (DriverModule module))                       \
  X(moduleGetFunction, cuModuleGetFunction,                                    \
    (DriverFunction * function, DriverModule module, const char *name))        \
  X(functionGetAttribute, cuFuncGetAttribute,                                  \
    (int *value, FunctionAttribute attribute, DriverFunction function))        \
  X(functionSetAttribute, cuFuncSetAttribute,                                  \
    (DriverFunction function, FunctionAttribute attribute, int value))         \
  X(launchKernel, cuLaunchKernel,                                              \
    (DriverFunction function, unsigned gridX, unsigned gridY, unsigned gridZ,  \
     unsigned blockX, unsigned blockY, unsigned blockZ, unsigned sharedBytes,  \
     DriverStream stream, void **params, void **extra))                        \
  X(streamBeginCapture, cuStreamBeginCapture_v2,                               \
    (DriverStream stream, int mode))                                           \
  X(streamEndCapture, cuStreamEndCapture,                                      \
    (DriverStream stream, DriverGraph * graph))                                \
  X(graphInstantiate, cuGraphInstantiateWithFlags,                             \
    (DriverGraphExec * exec, DriverGraph graph, unsigned long long flags))     \
  X(graphUpload, cuGraphUpload, (DriverGraphExec exec, DriverStream stream))   \
  X(graphLaunch, cuGraphLaunch, (DriverGraphExec exec, DriverStream stream))   \
  X(graphDestroy, cuGraphDestroy, (DriverGraph graph))                         \
  X(graphExecDestroy, cuGraphExecDestroy, (DriverGraphExec exec))

namespace g4rt::cuda {

/// A driver, loaded or made up by a test. No member is null.
struct DriverTable {
#define G4_CUDA_MEMBER(member, symbol, parameters)                             \
  DriverResult(*member) parameters = nullptr;
  G4_CUDA_FUNCTIONS(G4_CUDA_MEMBER)
#undef G4_CUDA_MEMBER
};

/// The symbol of a member, for messages: kSymbol<&DriverTable::memAlloc>.
template <auto Member>
inline constexpr const char *kSymbol = nullptr;
#define G4_CUDA_NAME(member, symbol, parameters)                               \
  template <>                                                                  \
  inline constexpr const char *kSymbol<&DriverTable::member> = #symbol;
G4_CUDA_FUNCTIONS(G4_CUDA_NAME)
#undef G4_CUDA_NAME

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_DRIVERTABLE_H
