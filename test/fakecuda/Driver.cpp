//===- Driver.cpp - The fake driver, its devices and contexts -------------===//

#include "test/fakecuda/Driver.h"

#include <cstdio>
#include <cstring>
#include <iterator>

namespace g4::fakecuda {

Driver::Driver() {
  for (const DeviceSettings &device : settings.devices)
    devices.push_back(std::make_unique<Device>(device, settings));
}

// Never destroyed: a program may call it to its very end.
Driver &Driver::get() {
  static auto *driver = new Driver;
  return *driver;
}

Device *Driver::device(int number) {
  bool isKnown = number >= 0 && static_cast<size_t>(number) < devices.size();
  return isKnown ? devices[number].get() : nullptr;
}

bool Driver::isPinned(const void *pointer, size_t bytes) const {
  auto at = reinterpret_cast<uintptr_t>(pointer);
  auto next = pinnedBytes.upper_bound(at);
  if (next == pinnedBytes.begin())
    return false;
  const auto &[begin, size] = *std::prev(next);
  return at - begin <= size && bytes <= size - (at - begin);
}

Device *&currentDevice() {
  static thread_local Device *device = nullptr;
  return device;
}

Stream *streamOf(const char *call, Device &device, void *handle) {
  if (!handle)
    return &device.defaultStream;
  Stream *stream = device.streams.find(handle);
  if (!stream)
    complain(std::string(call) + ": no such stream");
  return stream;
}

namespace {
struct ErrorText {
  Result result;
  const char *name, *text;
};
} // namespace

static const ErrorText *textOf(int result) {
  static constexpr ErrorText texts[] = {
      {kSuccess, "CUDA_SUCCESS", "no error"},
      {kInvalidValue, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
      {kOutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
      {kNotInitialized, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
      {kNoDevice, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
      {kInvalidDevice, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
      {kInvalidImage, "CUDA_ERROR_INVALID_IMAGE",
       "device kernel image is invalid"},
      {kInvalidContext, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
      {kNoBinaryForGpu, "CUDA_ERROR_NO_BINARY_FOR_GPU",
       "no kernel image is available for execution on the device"},
      {kInvalidPtx, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
      {kInvalidHandle, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
      {kNotFound, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
      {kNotReady, "CUDA_ERROR_NOT_READY", "device not ready"},
      {kIllegalAddress, "CUDA_ERROR_ILLEGAL_ADDRESS",
       "an illegal memory access was encountered"},
      {kMisalignedAddress, "CUDA_ERROR_MISALIGNED_ADDRESS",
       "misaligned address"},
      {kLaunchFailed, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
      {kCaptureUnsupported, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
       "operation not permitted when stream is capturing"},
      {kCaptureInvalidated, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
       "operation failed due to a previous error during capture"},
  };
  for (const ErrorText &text : texts)
    if (text.result == result)
      return &text;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The driver and its devices
//===----------------------------------------------------------------------===//

G4_FAKE_API cuInit(unsigned flags) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (flags != 0)
    return kInvalidValue;
  if (driver.devices.empty())
    return kNoDevice;
  driver.isInitialized = true;
  return kSuccess;
}

G4_FAKE_API cuDriverGetVersion(int *version) {
  *version = Driver::get().settings.driverVersion;
  return kSuccess;
}

G4_FAKE_API cuGetErrorName(int error, const char **name) {
  const ErrorText *text = textOf(error);
  *name = text ? text->name : nullptr;
  return text ? kSuccess : kInvalidValue;
}

G4_FAKE_API cuGetErrorString(int error, const char **words) {
  const ErrorText *text = textOf(error);
  *words = text ? text->text : nullptr;
  return text ? kSuccess : kInvalidValue;
}

/// Runs `body` with the device of this number.
template <typename F>
static Result withDevice(int number, F &&body) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (!driver.isInitialized)
    return kNotInitialized;
  Device *device = driver.device(number);
  return device ? body(*device) : kInvalidDevice;
}

G4_FAKE_API cuDeviceGetCount(int *count) {
  Driver &driver = Driver::get();
  if (!driver.isInitialized)
    return kNotInitialized;
  *count = static_cast<int>(driver.devices.size());
  return kSuccess;
}

G4_FAKE_API cuDeviceGet(int *device, int ordinal) {
  return withDevice(ordinal, [&](Device &) {
    *device = ordinal;
    return kSuccess;
  });
}

G4_FAKE_API cuDeviceGetName(char *name, int bytes, int device) {
  return withDevice(device, [&](Device &d) {
    std::snprintf(name, static_cast<size_t>(bytes), "%s",
                  d.settings.name.c_str());
    return kSuccess;
  });
}

G4_FAKE_API cuDeviceGetUuid_v2(char *uuid, int device) {
  return withDevice(device, [&](Device &d) {
    std::memcpy(uuid, d.settings.uuid.data(), d.settings.uuid.size());
    return kSuccess;
  });
}

G4_FAKE_API cuDeviceTotalMem_v2(size_t *bytes, int device) {
  return withDevice(device, [&](Device &d) {
    *bytes = d.memory.totalBytes();
    return kSuccess;
  });
}

G4_FAKE_API cuDeviceGetAttribute(int *value, int attribute, int device) {
  return withDevice(device, [&](Device &d) {
    bool isKnown = false;
    *value = d.attribute(static_cast<DeviceAttribute>(attribute), isKnown);
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

} // namespace g4::fakecuda
