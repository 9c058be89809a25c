//===- Driver.cpp - A fake driver and its devices -------------------------===//

#include "test/fakedriver/Driver.h"

#include <cstdio>
#include <cstring>
#include <iterator>

#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Face.h"

namespace g4::fakedriver {

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
  static thread_local Device *device =
      face().hasFirstDevice ? Driver::get().device(0) : nullptr;
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

static const ErrorText *textOf(int result) {
  for (const ErrorText &text : face().errors)
    if (text.result == result)
      return &text;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// The driver and its devices
//===----------------------------------------------------------------------===//

Result init(unsigned flags) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (flags != 0)
    return kInvalidValue;
  if (driver.devices.empty())
    return kNoDevice;
  driver.isInitialized = true;
  return kSuccess;
}

Result driverGetVersion(int *version) {
  *version = Driver::get().settings.driverVersion;
  return kSuccess;
}

Result getErrorName(int error, const char **name) {
  const ErrorText *text = textOf(error);
  *name = text ? text->name : nullptr;
  return text ? kSuccess : kInvalidValue;
}

Result getErrorString(int error, const char **words) {
  const ErrorText *text = textOf(error);
  *words = text ? text->text : nullptr;
  return text ? kSuccess : kInvalidValue;
}

Result deviceGetCount(int *count) {
  Driver &driver = Driver::get();
  if (!driver.isInitialized)
    return kNotInitialized;
  *count = static_cast<int>(driver.devices.size());
  return kSuccess;
}

Result deviceGet(int *device, int ordinal) {
  return withDevice(ordinal, [&](Device &) {
    *device = ordinal;
    return kSuccess;
  });
}

Result deviceGetName(char *name, int bytes, int device) {
  return withDevice(device, [&](Device &d) {
    std::snprintf(name, static_cast<size_t>(bytes), "%s",
                  d.settings.name.c_str());
    return kSuccess;
  });
}

Result deviceGetUuid(char *uuid, int device) {
  return withDevice(device, [&](Device &d) {
    std::memcpy(uuid, d.settings.uuid.data(), d.settings.uuid.size());
    return kSuccess;
  });
}

Result deviceTotalMem(size_t *bytes, int device) {
  return withDevice(device, [&](Device &d) {
    *bytes = d.memory.totalBytes();
    return kSuccess;
  });
}

} // namespace g4::fakedriver
