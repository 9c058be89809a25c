//===- Stream.cpp - Streams of a fake driver ----------------------------===//

#include "test/fakedriver/Stream.h"

#include "test/fakedriver/Device.h"

namespace g4::fakedriver {

Result Stream::add(Work work) {
  if (capture)
    capture->nodes.push_back(std::move(work));
  else
    queue.push_back(std::move(work));
  return kSuccess;
}

Result Stream::step() {
  Work work = std::move(queue.front());
  queue.pop_front();
  if (device.sticky != kSuccess)
    return device.sticky;
  DeviceMemory::Opened opened(device.memory);
  Result result = work();
  if (std::string damage = device.memory.damage();
      result == kSuccess && !damage.empty())
    result = device.lose(kIllegalAddress, damage);
  return result;
}

Result Stream::drain() {
  DeviceMemory::Opened opened(device.memory);
  while (!queue.empty())
    if (Result result = step(); result != kSuccess)
      return result;
  return kSuccess;
}

} // namespace g4::fakedriver
