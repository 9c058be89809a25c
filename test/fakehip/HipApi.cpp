//===- HipApi.cpp - The functions of the fake libamdhip64.so --------------===//
//
// The core's under AMD's names, and those that only HIP has.
//
//===----------------------------------------------------------------------===//

#include <cstdio>
#include <cstring>

#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Driver.h"
#include "test/fakehip/HipTypes.h"

namespace g4::fakedriver {

// Of an MI300X where it is the same on all; the rest from the settings.
static int attributeOf(const Device &device, int which, bool &isKnown) {
  isKnown = true;
  switch (static_cast<fakehip::DeviceAttribute>(which)) {
  case fakehip::kMaxGridDimX:
    return 0x7fffffff;
  case fakehip::kMaxGridDimY:
    return 0xffff;
  case fakehip::kMaxThreadsPerBlock:
    return 1024;
  case fakehip::kMultiprocessorCount:
    return 304;
  case fakehip::kMaxSharedMemoryPerBlock:
    return device.settings.maxSharedBytes;
  case fakehip::kWarpSize:
    return device.settings.warpSize;
  }
  isKnown = false;
  return 0;
}

G4_FAKE_API hipDeviceGetAttribute(int *value, int attribute, int device) {
  return withDevice(device, [&](Device &d) {
    bool isKnown = false;
    *value = attributeOf(d, attribute, isKnown);
    if (!isKnown)
      complain("device attribute " + std::to_string(attribute) +
               " is not known here");
    return isKnown ? kSuccess : kInvalidValue;
  });
}

/// The structure of ROCm 6 and 7, with bytes that mean nothing where no test
/// looks.
G4_FAKE_API hipGetDevicePropertiesR0600(char *properties, int device) {
  return withDevice(device, [&](Device &d) {
    std::memset(properties, 0x5a, fakehip::kPropertiesBytes);
    std::snprintf(properties + fakehip::kGcnArchNameAt,
                  fakehip::kGcnArchNameBytes, "%s", d.settings.arch.c_str());
    return kSuccess;
  });
}

G4_FAKE_API hipSetDevice(int device) {
  return withDevice(device, [&](Device &d) {
    currentDevice() = &d;
    return kSuccess;
  });
}

//===----------------------------------------------------------------------===//
// The core's
//===----------------------------------------------------------------------===//

G4_FAKE_API hipInit(unsigned flags) { return init(flags); }

G4_FAKE_API hipDriverGetVersion(int *version) {
  return driverGetVersion(version);
}

G4_FAKE_API hipDrvGetErrorName(int error, const char **name) {
  return getErrorName(error, name);
}

G4_FAKE_API hipDrvGetErrorString(int error, const char **words) {
  return getErrorString(error, words);
}

G4_FAKE_API hipGetDeviceCount(int *count) { return deviceGetCount(count); }

G4_FAKE_API hipDeviceGet(int *device, int ordinal) {
  return deviceGet(device, ordinal);
}

G4_FAKE_API hipDeviceGetName(char *name, int bytes, int device) {
  return deviceGetName(name, bytes, device);
}

G4_FAKE_API hipDeviceGetUuid(char *uuid, int device) {
  return deviceGetUuid(uuid, device);
}

G4_FAKE_API hipDeviceTotalMem(size_t *bytes, int device) {
  return deviceTotalMem(bytes, device);
}

G4_FAKE_API hipMemGetInfo(size_t *freeBytes, size_t *totalBytes) {
  return memGetInfo(__func__, freeBytes, totalBytes);
}

G4_FAKE_API hipMalloc(Address *address, size_t bytes) {
  return memAlloc(__func__, address, bytes);
}

G4_FAKE_API hipFree(Address address) { return memFree(__func__, address); }

G4_FAKE_API hipHostMalloc(void **pointer, size_t bytes, unsigned flags) {
  return memHostAlloc(__func__, pointer, bytes, flags);
}

G4_FAKE_API hipHostFree(void *pointer) {
  return memFreeHost(__func__, pointer);
}

G4_FAKE_API hipMemcpyHtoDAsync(Address to, const void *from, size_t bytes,
                               void *stream) {
  return memcpyToDevice(__func__, to, from, bytes, stream);
}

G4_FAKE_API hipMemcpyDtoHAsync(void *to, Address from, size_t bytes,
                               void *stream) {
  return memcpyToHost(__func__, to, from, bytes, stream);
}

G4_FAKE_API hipMemcpyDtoDAsync(Address to, Address from, size_t bytes,
                               void *stream) {
  return memcpyOnDevice(__func__, to, from, bytes, stream);
}

G4_FAKE_API hipMemsetD8Async(Address at, unsigned char value, size_t bytes,
                             void *stream) {
  return memsetBytes(__func__, at, value, bytes, stream);
}

G4_FAKE_API hipModuleLoadDataEx(void **module, const void *image,
                                unsigned numOptions, int *options,
                                void **values) {
  return moduleLoadData(__func__, module, image, numOptions, options, values);
}

G4_FAKE_API hipModuleUnload(void *module) {
  return moduleUnload(__func__, module);
}

G4_FAKE_API hipModuleGetFunction(void **function, void *module,
                                 const char *name) {
  return moduleGetFunction(__func__, function, module, name);
}

G4_FAKE_API hipFuncGetAttribute(int *value, int attribute, void *handle) {
  return functionGetAttribute(__func__, value, attribute, handle);
}

G4_FAKE_API hipModuleLaunchKernel(void *handle, unsigned gridX, unsigned gridY,
                                  unsigned gridZ, unsigned blockX,
                                  unsigned blockY, unsigned blockZ,
                                  unsigned sharedBytes, void *stream,
                                  void **params, void **extra) {
  return launchKernel(__func__, handle, gridX, gridY, gridZ, blockX, blockY,
                      blockZ, sharedBytes, stream, params, extra);
}

G4_FAKE_API hipStreamCreateWithFlags(void **stream, unsigned flags) {
  return streamCreate(__func__, stream, flags);
}

G4_FAKE_API hipStreamDestroy(void *handle) {
  return streamDestroy(__func__, handle);
}

G4_FAKE_API hipStreamSynchronize(void *handle) {
  return streamSynchronize(__func__, handle);
}

G4_FAKE_API hipEventCreateWithFlags(void **event, unsigned flags) {
  return eventCreate(__func__, event, flags);
}

G4_FAKE_API hipEventDestroy(void *handle) {
  return eventDestroy(__func__, handle);
}

G4_FAKE_API hipEventRecord(void *handle, void *streamHandle) {
  return eventRecord(__func__, handle, streamHandle);
}

G4_FAKE_API hipEventSynchronize(void *handle) {
  return eventSynchronize(__func__, handle);
}

G4_FAKE_API hipEventElapsedTime(float *milliseconds, void *start, void *end) {
  return eventElapsedTime(__func__, milliseconds, start, end);
}

G4_FAKE_API hipStreamBeginCapture(void *handle, int mode) {
  return streamBeginCapture(__func__, handle, mode);
}

G4_FAKE_API hipStreamEndCapture(void *handle, void **graph) {
  return streamEndCapture(__func__, handle, graph);
}

G4_FAKE_API hipGraphInstantiateWithFlags(void **exec, void *graph,
                                         unsigned long long flags) {
  return graphInstantiate(__func__, exec, graph, flags);
}

G4_FAKE_API hipGraphUpload(void *exec, void *handle) {
  return graphUpload(__func__, exec, handle);
}

G4_FAKE_API hipGraphLaunch(void *exec, void *handle) {
  return graphLaunch(__func__, exec, handle);
}

G4_FAKE_API hipGraphDestroy(void *graph) {
  return graphDestroy(__func__, graph);
}

G4_FAKE_API hipGraphExecDestroy(void *exec) {
  return graphExecDestroy(__func__, exec);
}

} // namespace g4::fakedriver
