//===- CudaApi.cpp - The functions of the fake libcuda.so.1 ---------------===//
//
// The core's under NVIDIA's names, and those that only CUDA has.
//
//===----------------------------------------------------------------------===//

#include "test/fakecuda/CudaTypes.h"
#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Driver.h"

namespace g4::fakedriver {

// Of an H200 where it is the same on all; the rest from the settings.
static int attributeOf(const Device &device, int which, bool &isKnown) {
  isKnown = true;
  switch (static_cast<fakecuda::DeviceAttribute>(which)) {
  case fakecuda::kMaxThreadsPerBlock:
  case fakecuda::kMaxBlockDimX:
  case fakecuda::kMaxBlockDimY:
    return 1024;
  case fakecuda::kMaxBlockDimZ:
    return 64;
  case fakecuda::kMaxGridDimX:
    return 0x7fffffff;
  case fakecuda::kMaxGridDimY:
  case fakecuda::kMaxGridDimZ:
    return 0xffff;
  case fakecuda::kMaxSharedMemoryPerBlock:
    return fakecuda::kDefaultSharedBytes;
  case fakecuda::kWarpSize:
    return 32;
  case fakecuda::kMultiprocessorCount:
    return 132;
  case fakecuda::kL2CacheSize:
    return 50 << 20;
  case fakecuda::kComputeCapabilityMajor:
    return device.settings.major;
  case fakecuda::kComputeCapabilityMinor:
    return device.settings.minor;
  case fakecuda::kMaxSharedMemoryPerMultiprocessor:
    return device.settings.maxSharedBytes + 1024;
  case fakecuda::kMaxSharedMemoryPerBlockOptin:
    return device.settings.maxSharedBytes;
  }
  isKnown = false;
  return 0;
}

G4_FAKE_API cuDeviceGetAttribute(int *value, int attribute, int device) {
  return withDevice(device, [&](Device &d) {
    bool isKnown = false;
    *value = attributeOf(d, attribute, isKnown);
    if (!isKnown)
      complain("device attribute " + std::to_string(attribute) +
               " is not known here");
    return isKnown ? kSuccess : kInvalidValue;
  });
}

//===----------------------------------------------------------------------===//
// Contexts: one a device
//===----------------------------------------------------------------------===//

G4_FAKE_API cuDevicePrimaryCtxRetain(void **context, int device) {
  return withDevice(device, [&](Device &d) {
    if (d.sticky != kSuccess)
      return d.sticky;
    ++d.numRetains;
    *context = &d;
    return kSuccess;
  });
}

G4_FAKE_API cuDevicePrimaryCtxRelease_v2(int device) {
  return withDevice(device, [&](Device &d) {
    if (d.numRetains == 0)
      return kInvalidContext;
    --d.numRetains;
    return kSuccess;
  });
}

G4_FAKE_API cuCtxSetCurrent(void *context) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  for (auto &device : driver.devices)
    if (device.get() == context && device->numRetains > 0) {
      currentDevice() = device.get();
      return kSuccess;
    }
  if (context)
    return kInvalidContext;
  currentDevice() = nullptr;
  return kSuccess;
}

//===----------------------------------------------------------------------===//
// The core's
//===----------------------------------------------------------------------===//

G4_FAKE_API cuInit(unsigned flags) { return init(flags); }

G4_FAKE_API cuDriverGetVersion(int *version) {
  return driverGetVersion(version);
}

G4_FAKE_API cuGetErrorName(int error, const char **name) {
  return getErrorName(error, name);
}

G4_FAKE_API cuGetErrorString(int error, const char **words) {
  return getErrorString(error, words);
}

G4_FAKE_API cuDeviceGetCount(int *count) { return deviceGetCount(count); }

G4_FAKE_API cuDeviceGet(int *device, int ordinal) {
  return deviceGet(device, ordinal);
}

G4_FAKE_API cuDeviceGetName(char *name, int bytes, int device) {
  return deviceGetName(name, bytes, device);
}

G4_FAKE_API cuDeviceGetUuid_v2(char *uuid, int device) {
  return deviceGetUuid(uuid, device);
}

G4_FAKE_API cuDeviceTotalMem_v2(size_t *bytes, int device) {
  return deviceTotalMem(bytes, device);
}

G4_FAKE_API cuMemGetInfo_v2(size_t *freeBytes, size_t *totalBytes) {
  return memGetInfo(__func__, freeBytes, totalBytes);
}

G4_FAKE_API cuMemAlloc_v2(Address *address, size_t bytes) {
  return memAlloc(__func__, address, bytes);
}

G4_FAKE_API cuMemFree_v2(Address address) { return memFree(__func__, address); }

G4_FAKE_API cuMemHostAlloc(void **pointer, size_t bytes, unsigned flags) {
  return memHostAlloc(__func__, pointer, bytes, flags);
}

G4_FAKE_API cuMemFreeHost(void *pointer) {
  return memFreeHost(__func__, pointer);
}

G4_FAKE_API cuMemcpyHtoDAsync_v2(Address to, const void *from, size_t bytes,
                                 void *stream) {
  return memcpyToDevice(__func__, to, from, bytes, stream);
}

G4_FAKE_API cuMemcpyDtoHAsync_v2(void *to, Address from, size_t bytes,
                                 void *stream) {
  return memcpyToHost(__func__, to, from, bytes, stream);
}

G4_FAKE_API cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes,
                                 void *stream) {
  return memcpyOnDevice(__func__, to, from, bytes, stream);
}

G4_FAKE_API cuMemsetD8Async(Address at, unsigned char value, size_t bytes,
                            void *stream) {
  return memsetBytes(__func__, at, value, bytes, stream);
}

G4_FAKE_API cuModuleLoadDataEx(void **module, const void *image,
                               unsigned numOptions, int *options,
                               void **values) {
  return moduleLoadData(__func__, module, image, numOptions, options, values);
}

G4_FAKE_API cuModuleUnload(void *module) {
  return moduleUnload(__func__, module);
}

G4_FAKE_API cuModuleGetFunction(void **function, void *module,
                                const char *name) {
  return moduleGetFunction(__func__, function, module, name);
}

G4_FAKE_API cuFuncGetAttribute(int *value, int attribute, void *handle) {
  return functionGetAttribute(__func__, value, attribute, handle);
}

G4_FAKE_API cuFuncSetAttribute(void *handle, int attribute, int value) {
  return functionSetAttribute(__func__, handle, attribute, value);
}

G4_FAKE_API cuLaunchKernel(void *handle, unsigned gridX, unsigned gridY,
                           unsigned gridZ, unsigned blockX, unsigned blockY,
                           unsigned blockZ, unsigned sharedBytes, void *stream,
                           void **params, void **extra) {
  return launchKernel(__func__, handle, gridX, gridY, gridZ, blockX, blockY,
                      blockZ, sharedBytes, stream, params, extra);
}

G4_FAKE_API cuStreamCreate(void **stream, unsigned flags) {
  return streamCreate(__func__, stream, flags);
}

G4_FAKE_API cuStreamDestroy_v2(void *handle) {
  return streamDestroy(__func__, handle);
}

G4_FAKE_API cuStreamSynchronize(void *handle) {
  return streamSynchronize(__func__, handle);
}

G4_FAKE_API cuStreamQuery(void *handle) {
  return streamQuery(__func__, handle);
}

G4_FAKE_API cuStreamWaitEvent(void *handle, void *event, unsigned flags) {
  return streamWaitEvent(__func__, handle, event, flags);
}

G4_FAKE_API cuEventCreate(void **event, unsigned flags) {
  return eventCreate(__func__, event, flags);
}

G4_FAKE_API cuEventDestroy_v2(void *handle) {
  return eventDestroy(__func__, handle);
}

G4_FAKE_API cuEventRecord(void *handle, void *streamHandle) {
  return eventRecord(__func__, handle, streamHandle);
}

G4_FAKE_API cuEventSynchronize(void *handle) {
  return eventSynchronize(__func__, handle);
}

G4_FAKE_API cuEventQuery(void *handle) { return eventQuery(__func__, handle); }

G4_FAKE_API cuEventElapsedTime(float *milliseconds, void *start, void *end) {
  return eventElapsedTime(__func__, milliseconds, start, end);
}

G4_FAKE_API cuStreamBeginCapture_v2(void *handle, int mode) {
  return streamBeginCapture(__func__, handle, mode);
}

G4_FAKE_API cuStreamEndCapture(void *handle, void **graph) {
  return streamEndCapture(__func__, handle, graph);
}

G4_FAKE_API cuGraphInstantiateWithFlags(void **exec, void *graph,
                                        unsigned long long flags) {
  return graphInstantiate(__func__, exec, graph, flags);
}

G4_FAKE_API cuGraphUpload(void *exec, void *handle) {
  return graphUpload(__func__, exec, handle);
}

G4_FAKE_API cuGraphLaunch(void *exec, void *handle) {
  return graphLaunch(__func__, exec, handle);
}

G4_FAKE_API cuGraphDestroy(void *graph) {
  return graphDestroy(__func__, graph);
}

G4_FAKE_API cuGraphExecDestroy(void *exec) {
  return graphExecDestroy(__func__, exec);
}

} // namespace g4::fakedriver
