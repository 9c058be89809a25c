//===- MemoryCalls.cpp - Memory, copies and clears of a fake driver -------===//

#include <cstring>

#include "test/fakedriver/Calls.h"
#include "test/fakedriver/Driver.h"

namespace g4::fakedriver {

Result memGetInfo(const char *call, size_t *freeBytes, size_t *totalBytes) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    *freeBytes = device.memory.freeBytes();
    *totalBytes = device.memory.totalBytes();
    return kSuccess;
  });
}

Result memAlloc(const char *call, Address *address, size_t bytes) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    if (bytes == 0)
      return kInvalidValue;
    *address = device.memory.allocate(bytes);
    return *address ? kSuccess : kOutOfMemory;
  });
}

Result memFree(const char *call, Address address) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    // It waits for all work, as the driver's does.
    if (Result result = device.drainAll(); result != kSuccess)
      return result;
    if (address == 0 || device.memory.release(address))
      return kSuccess;
    complain(std::string(call) + " of what is no allocation");
    return kInvalidValue;
  });
}

Result memHostAlloc(const char *call, void **pointer, size_t bytes,
                    unsigned flags) {
  return inContext(call, InCapture::Forbidden, [&](Device &) {
    if (bytes == 0)
      return kInvalidValue;
    Driver &driver = Driver::get();
    auto memory = std::make_unique<std::byte[]>(bytes);
    std::memset(memory.get(), 0xff, bytes);
    *pointer = memory.get();
    auto at = reinterpret_cast<uintptr_t>(*pointer);
    driver.pinnedBytes[at] = bytes;
    driver.pinned[at] = std::move(memory);
    return kSuccess;
  });
}

Result memFreeHost(const char *call, void *pointer) {
  return inContext(call, InCapture::Forbidden, [&](Device &device) {
    if (Result result = device.drainAll(); result != kSuccess)
      return result;
    Driver &driver = Driver::get();
    auto at = reinterpret_cast<uintptr_t>(pointer);
    if (!driver.pinned.erase(at)) {
      complain(std::string(call) + " of what is no allocation");
      return kInvalidValue;
    }
    driver.pinnedBytes.erase(at);
    return kSuccess;
  });
}

/// Adds work on memory of the device that has been looked at already.
static Result addWork(const char *call, Device &device, Address at,
                      size_t bytes, void *stream, Work work) {
  Stream *found = streamOf(call, device, stream);
  if (!found)
    return kInvalidHandle;
  if (!device.memory.holds(at, bytes)) {
    complain(std::string(call) + " of " + std::to_string(bytes) +
             " bytes outside of an allocation");
    return kInvalidValue;
  }
  return found->add([&device, at, bytes, work = std::move(work)] {
    if (!device.memory.holds(at, bytes))
      return device.lose(kIllegalAddress, "a copy to memory that was freed");
    return work();
  });
}

/// Bytes of the host as a copy will find them: page-locked memory is read when
/// the copy happens, other memory before the call returns, but in a graph.
static std::function<const void *()> sourceOf(const void *from, size_t bytes,
                                              bool isCaptured) {
  if (isCaptured || Driver::get().isPinned(from, bytes))
    return [from] { return from; };
  auto *begin = static_cast<const std::byte *>(from);
  auto copy = std::make_shared<std::vector<std::byte>>(begin, begin + bytes);
  return [copy] { return static_cast<const void *>(copy->data()); };
}

Result memcpyToDevice(const char *call, Address to, const void *from,
                      size_t bytes, void *stream) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    Stream *found = streamOf(call, device, stream);
    auto source = sourceOf(from, bytes, found && found->capture);
    return addWork(call, device, to, bytes, stream,
                   [to, source, bytes, &device] {
                     logEvent(device.driver, "copy_in");
                     std::memcpy(reinterpret_cast<void *>(to), source(), bytes);
                     return kSuccess;
                   });
  });
}

Result memcpyToHost(const char *call, void *to, Address from, size_t bytes,
                    void *stream) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    return addWork(call, device, from, bytes, stream,
                   [to, from, bytes, &device] {
                     logEvent(device.driver, "copy_out");
                     std::memcpy(to, reinterpret_cast<void *>(from), bytes);
                     return kSuccess;
                   });
  });
}

Result memcpyOnDevice(const char *call, Address to, Address from, size_t bytes,
                      void *stream) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    if (!device.memory.holds(from, bytes))
      return kInvalidValue;
    return addWork(call, device, to, bytes, stream, [to, from, bytes] {
      std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from),
                  bytes);
      return kSuccess;
    });
  });
}

Result memsetBytes(const char *call, Address at, unsigned char value,
                   size_t bytes, void *stream) {
  return inContext(call, InCapture::Allowed, [&](Device &device) {
    return addWork(call, device, at, bytes, stream, [at, value, bytes] {
      std::memset(reinterpret_cast<void *>(at), value, bytes);
      return kSuccess;
    });
  });
}

} // namespace g4::fakedriver
