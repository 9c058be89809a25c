//===- Driver.h - A fake driver of a process --------------------*- C++ -*-===//

#ifndef G4_TEST_FAKEDRIVER_DRIVER_H
#define G4_TEST_FAKEDRIVER_DRIVER_H

#include <map>
#include <mutex>

#include "test/fakedriver/Device.h"

// A function that programs find in the library.
#define G4_FAKE_API extern "C" __attribute__((visibility("default"))) int

namespace g4::fakedriver {

class Driver {
public:
  /// The one of this process; it reads the environment when it is first used.
  static Driver &get();

  const Settings settings = Settings::fromEnvironment();
  bool isInitialized = false;
  std::vector<std::unique_ptr<Device>> devices;
  /// Page-locked memory of the host: bytes by address.
  std::map<uintptr_t, std::unique_ptr<std::byte[]>> pinned;
  std::map<uintptr_t, size_t> pinnedBytes;
  std::recursive_mutex mutex;

  /// Null if there is no such device.
  Device *device(int number);
  bool isPinned(const void *pointer, size_t bytes) const;

private:
  Driver();
};

/// The device that this thread uses; null if none.
Device *&currentDevice();

/// Runs `body` with the device of this number.
template <typename F>
Result withDevice(int number, F &&body) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (!driver.isInitialized)
    return kNotInitialized;
  Device *device = driver.device(number);
  return device ? body(*device) : kInvalidDevice;
}

enum class InCapture { Allowed, Forbidden };

/// What most calls begin with: the driver is started, a context current and
/// not lost, and no capture under way that the call would break. Then `body`.
template <typename F>
Result inContext(const char *call, InCapture rule, F &&body) {
  Driver &driver = Driver::get();
  std::lock_guard lock(driver.mutex);
  if (!driver.isInitialized)
    return kNotInitialized;
  Device *device = currentDevice();
  if (!device)
    return kInvalidContext;
  if (device->sticky != kSuccess)
    return device->sticky;
  if (Stream *stream = device->capturing();
      stream && rule == InCapture::Forbidden) {
    complain(std::string(call) + " while a stream is captured");
    stream->isCaptureBroken = true;
    return kCaptureUnsupported;
  }
  return body(*device);
}

/// The stream of a handle; null, and a line on stderr, if there is none.
Stream *streamOf(const char *call, Device &device, void *handle);

} // namespace g4::fakedriver

#endif // G4_TEST_FAKEDRIVER_DRIVER_H
