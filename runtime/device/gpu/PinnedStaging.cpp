//===- PinnedStaging.cpp - The way into a GPU's memory --------------------===//

#include "runtime/device/gpu/PinnedStaging.h"

#include <algorithm>
#include <cstring>

namespace g4rt::gpu {

// Copies start where the GPU reads whole lines.
constexpr size_t kAlignment = 256;

Status PinnedStaging::allocate() {
  for (Buffer &buffer : buffers_) {
    G4RT_TRY(driver_.call<&DriverTable::memHostAlloc>(
        "page-locked memory for uploads", &buffer.data, kBufferBytes, 0u));
    G4RT_TRY(driver_.call<&DriverTable::eventCreate>("uploads", &buffer.isFree,
                                                     kEventDisableTiming));
  }
  return Status();
}

PinnedStaging::~PinnedStaging() {
  for (Buffer &buffer : buffers_) {
    if (buffer.isFree)
      driver_.release<&DriverTable::eventDestroy>(buffer.isFree);
    if (buffer.data)
      driver_.release<&DriverTable::memFreeHost>(buffer.data);
  }
}

/// Turns to the other buffer, once the GPU has read it. An event that was never
/// recorded counts as over.
Status PinnedStaging::nextBuffer() {
  G4RT_TRY(driver_.call<&DriverTable::eventRecord>(
      "uploads", buffers_[current_].isFree, stream_));
  current_ = 1 - current_;
  used_ = 0;
  return driver_.call<&DriverTable::eventSynchronize>(
      "waiting for an upload", buffers_[current_].isFree);
}

Status PinnedStaging::write(DriverAddress to, std::span<const std::byte> from) {
  while (!from.empty()) {
    if (used_ == kBufferBytes)
      G4RT_TRY(nextBuffer());
    size_t count = std::min(from.size(), kBufferBytes - used_);
    auto *at = static_cast<std::byte *>(buffers_[current_].data) + used_;
    std::memcpy(at, from.data(), count);
    G4RT_TRY(driver_.call<&DriverTable::memcpyToDevice>(
        "copying to the GPU", to, static_cast<const void *>(at), count,
        stream_));
    used_ = std::min(kBufferBytes, (used_ + count + kAlignment - 1) /
                                       kAlignment * kAlignment);
    from = from.subspan(count);
    to += count;
  }
  return Status();
}

} // namespace g4rt::gpu
