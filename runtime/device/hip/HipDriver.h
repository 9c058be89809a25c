//===- HipDriver.h - The functions of ROCm's HIP runtime --------*- C++ -*-===//
//
// The one list of what is called in libamdhip64.so. From it come the table that
// devices call through, its look-up and the scripted driver of the tests.
//
// Sources: hip_runtime_api.h and hip_hcc.map.in (in which version of the
// library a symbol came) of ROCm 6.2, github.com/ROCm/HIP at c5e11fc and
// github.com/ROCm/clr at f9f995c.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_HIP_HIPDRIVER_H
#define G4_RUNTIME_DEVICE_HIP_HIPDRIVER_H

#include "runtime/device/gpu/DriverLibrary.h"
#include "runtime/device/gpu/DriverTable.h"

#include <span>
#include <string>

/// The oldest runtime that has all of them, as hipDriverGetVersion says it:
/// major * 10,000,000 + minor * 100,000 + patch. hipGetDevicePropertiesR0600
/// came with 6.0.
#define G4_HIP_DRIVER_VERSION 60000000

/// X(member of DriverTable, symbol of libamdhip64.so).
#define G4_HIP_SHARED_FUNCTIONS(X)                                             \
  X(init, hipInit)                                                             \
  X(driverGetVersion, hipDriverGetVersion)                                     \
  X(getErrorName, hipDrvGetErrorName)                                          \
  X(getErrorString, hipDrvGetErrorString)                                      \
  X(deviceGetCount, hipGetDeviceCount)                                         \
  X(deviceGet, hipDeviceGet)                                                   \
  X(deviceGetName, hipDeviceGetName)                                           \
  X(deviceGetUuid, hipDeviceGetUuid)                                           \
  X(deviceTotalMem, hipDeviceTotalMem)                                         \
  X(deviceGetAttribute, hipDeviceGetAttribute)                                 \
  X(memGetInfo, hipMemGetInfo)                                                 \
  X(memAlloc, hipMalloc)                                                       \
  X(memFree, hipFree)                                                          \
  X(memHostAlloc, hipHostMalloc)                                               \
  X(memFreeHost, hipHostFree)                                                  \
  X(memcpyToDevice, hipMemcpyHtoDAsync)                                        \
  X(memcpyToHost, hipMemcpyDtoHAsync)                                          \
  X(memcpyOnDevice, hipMemcpyDtoDAsync)                                        \
  X(memset, hipMemsetD8Async)                                                  \
  X(streamCreate, hipStreamCreateWithFlags)                                    \
  X(streamDestroy, hipStreamDestroy)                                           \
  X(streamSynchronize, hipStreamSynchronize)                                   \
  X(eventCreate, hipEventCreateWithFlags)                                      \
  X(eventDestroy, hipEventDestroy)                                             \
  X(eventRecord, hipEventRecord)                                               \
  X(eventSynchronize, hipEventSynchronize)                                     \
  X(eventElapsedTime, hipEventElapsedTime)                                     \
  X(moduleLoadData, hipModuleLoadDataEx)                                       \
  X(moduleUnload, hipModuleUnload)                                             \
  X(moduleGetFunction, hipModuleGetFunction)                                   \
  X(functionGetAttribute, hipFuncGetAttribute)                                 \
  X(launchKernel, hipModuleLaunchKernel)                                       \
  X(streamBeginCapture, hipStreamBeginCapture)                                 \
  X(streamEndCapture, hipStreamEndCapture)                                     \
  X(graphInstantiate, hipGraphInstantiateWithFlags)                            \
  X(graphUpload, hipGraphUpload)                                               \
  X(graphLaunch, hipGraphLaunch)                                               \
  X(graphDestroy, hipGraphDestroy)                                             \
  X(graphExecDestroy, hipGraphExecDestroy)

/// X(member of HipTable, symbol, parameters): what only HIP has. The header
/// hides the version of hipGetDeviceProperties behind a macro; the symbol
/// without one still is that of ROCm 5, with another structure.
#define G4_HIP_OWN_FUNCTIONS(X)                                                \
  X(setDevice, hipSetDevice, (gpu::DriverDevice device))                       \
  X(deviceGetProperties, hipGetDevicePropertiesR0600,                          \
    (DeviceProperties * properties, gpu::DriverDevice device))

namespace g4rt::hip {

/// hipDeviceProp_tR0600: 1,472 bytes, of which one field is read.
struct DeviceProperties {
  char before[1160];
  char gcnArchName[256]; // "gfx942:sramecc+:xnack-"
  char after[56];
  /// Room for a structure that grew.
  char spare[2624];
};

/// hipDeviceAttribute_t.
enum DeviceAttribute : int {
  kMaxGridX = 29,
  kMaxGridY = 30,
  kMaxThreadsPerBlock = 56,
  kMultiprocessorCount = 63,
  kMaxSharedMemoryPerBlock = 74,
};

extern const gpu::DriverFacts kHipFacts;

/// A HIP runtime, loaded or made up by a test. No function is null.
struct HipTable : gpu::DriverTable {
  HipTable() { facts = &kHipFacts; }
#define G4_HIP_MEMBER(member, symbol, parameters)                              \
  gpu::DriverFunction<gpu::DriverResult parameters> member;
  G4_HIP_OWN_FUNCTIONS(G4_HIP_MEMBER)
#undef G4_HIP_MEMBER
};

/// The names of the library: of ROCm 7, of 6, that of the development files,
/// and of 5, which then says itself that it is too old; then the same in the
/// folder that ROCm's packages use and do not always tell the loader of.
std::span<const char *const> libraryNames();

/// The runtime of this machine.
///
/// Errors: NotFound if there is no library; those of findFunctions.
Result<HipTable>
loadDriver(std::span<const char *const> names = libraryNames());

/// The table of what `find` finds, the version asked first: a runtime that is
/// too old says so, and not which symbol it lacks.
///
/// Errors: NotFound, with the symbol's name or
/// `HIP driver: this one is HIP 5.7, HIP 6.0 (ROCm 6.0) or newer is needed`.
Result<HipTable> findFunctions(const gpu::SymbolFinder &find);

/// 60241133 to "6.2".
std::string driverVersionText(int version);

} // namespace g4rt::hip

#endif // G4_RUNTIME_DEVICE_HIP_HIPDRIVER_H
