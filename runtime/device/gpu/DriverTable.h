//===- DriverTable.h - The functions of a GPU's driver ----------*- C++ -*-===//
//
// What is called in the same way in libcuda.so.1 and libamdhip64.so. The
// symbols under which each has them are lists of cuda/CudaDriver.h and
// hip/HipDriver.h, beside the few functions that only one of them has.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_GPU_DRIVERTABLE_H
#define G4_RUNTIME_DEVICE_GPU_DRIVERTABLE_H

#include "runtime/device/gpu/DriverTypes.h"

#include <span>

/// X(member of DriverTable, parameters). All of them return DriverResult.
#define G4_DRIVER_FUNCTIONS(X)                                                 \
  X(init, (unsigned flags))                                                    \
  X(driverGetVersion, (int *version))                                          \
  X(getErrorName, (DriverResult error, const char **name))                     \
  X(getErrorString, (DriverResult error, const char **text))                   \
  X(deviceGetCount, (int *count))                                              \
  X(deviceGet, (DriverDevice * device, int ordinal))                           \
  X(deviceGetName, (char *name, int bytes, DriverDevice device))               \
  X(deviceGetUuid, (DriverUuid * uuid, DriverDevice device))                   \
  X(deviceTotalMem, (size_t *bytes, DriverDevice device))                      \
  X(deviceGetAttribute, (int *value, int attribute, DriverDevice device))      \
  X(memGetInfo, (size_t *freeBytes, size_t *totalBytes))                       \
  X(memAlloc, (DriverAddress * address, size_t bytes))                         \
  X(memFree, (DriverAddress address))                                          \
  X(memHostAlloc, (void **pointer, size_t bytes, unsigned flags))              \
  X(memFreeHost, (void *pointer))                                              \
  X(memcpyToDevice,                                                            \
    (DriverAddress to, const void *from, size_t bytes, DriverStream stream))   \
  X(memcpyToHost,                                                              \
    (void *to, DriverAddress from, size_t bytes, DriverStream stream))         \
  X(memcpyOnDevice,                                                            \
    (DriverAddress to, DriverAddress from, size_t bytes, DriverStream stream)) \
  X(memset, (DriverAddress at, unsigned char value, size_t bytes,              \
             DriverStream stream))                                             \
  X(streamCreate, (DriverStream * stream, unsigned flags))                     \
  X(streamDestroy, (DriverStream stream))                                      \
  X(streamSynchronize, (DriverStream stream))                                  \
  X(eventCreate, (DriverEvent * event, unsigned flags))                        \
  X(eventDestroy, (DriverEvent event))                                         \
  X(eventRecord, (DriverEvent event, DriverStream stream))                     \
  X(eventSynchronize, (DriverEvent event))                                     \
  X(eventElapsedTime,                                                          \
    (float *milliseconds, DriverEvent start, DriverEvent end))                 \
  X(moduleLoadData, (DriverModule * module, const void *image,                 \
                     unsigned numOptions, JitOption *options, void **values))  \
  X(moduleUnload, (DriverModule module))                                       \
  X(moduleGetFunction,                                                         \
    (DriverFunctionHandle * function, DriverModule module, const char *name))  \
  X(functionGetAttribute,                                                      \
    (int *value, FunctionAttribute attribute, DriverFunctionHandle function))  \
  X(launchKernel,                                                              \
    (DriverFunctionHandle function, unsigned gridX, unsigned gridY,            \
     unsigned gridZ, unsigned blockX, unsigned blockY, unsigned blockZ,        \
     unsigned sharedBytes, DriverStream stream, void **params, void **extra))  \
  X(streamBeginCapture, (DriverStream stream, int mode))                       \
  X(streamEndCapture, (DriverStream stream, DriverGraph * graph))              \
  X(graphInstantiate,                                                          \
    (DriverGraphExec * exec, DriverGraph graph, unsigned long long flags))     \
  X(graphUpload, (DriverGraphExec exec, DriverStream stream))                  \
  X(graphLaunch, (DriverGraphExec exec, DriverStream stream))                  \
  X(graphDestroy, (DriverGraph graph))                                         \
  X(graphExecDestroy, (DriverGraphExec exec))

namespace g4rt::gpu {

/// A function of a driver and its name in the library, for messages. `Type` is
/// that of the function.
template <typename Type>
struct DriverFunction {
  Type *call = nullptr;
  const char *symbol = nullptr;
};

/// What the words and numbers of a driver are where it is not asked for them.
struct DriverFacts {
  const char *api;  // "CUDA"
  const char *kind; // "cuda", of --device cuda:0 and of lines in the log
  /// Errors after which every later call of the process on this device fails
  /// too: an illegal address in a kernel, memory that cannot be corrected, a
  /// GPU that fell off the bus. Only a new process helps.
  std::span<const DriverResult> sticky;
  /// Those of a GPU that takes nobody new at present: it is in exclusive mode
  /// and somebody has it, or is prohibited. Later it may.
  std::span<const DriverResult> busy;
  /// Whether moduleLoadData writes why it refuses code.
  bool hasLoadLog;
  /// Whether the code must stay where moduleLoadData found it as long as the
  /// module lives.
  bool keepsImage;
};

/// A driver, loaded or made up by a test. No function is null.
struct DriverTable {
  const DriverFacts *facts = nullptr;
#define G4_DRIVER_MEMBER(member, parameters)                                   \
  DriverFunction<DriverResult parameters> member;
  G4_DRIVER_FUNCTIONS(G4_DRIVER_MEMBER)
#undef G4_DRIVER_MEMBER
};

} // namespace g4rt::gpu

#endif // G4_RUNTIME_DEVICE_GPU_DRIVERTABLE_H
