//===- PinnedStaging.h - The way into a GPU's memory ------------*- C++ -*-===//
//
// Two buffers of page-locked memory, filled in turn. While the GPU copies out
// of one the host writes the other: weights are read from the page cache and
// uploaded at the same time, and a step's few bytes go in without a wait.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_DEVICE_CUDA_PINNEDSTAGING_H
#define G4_RUNTIME_DEVICE_CUDA_PINNEDSTAGING_H

#include "runtime/device/cuda/Driver.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace g4rt::cuda {

class PinnedStaging {
public:
  static constexpr size_t kBufferBytes = size_t{16} << 20;
  static constexpr size_t kNumBuffers = 2;
  static constexpr size_t totalBytes() { return kNumBuffers * kBufferBytes; }

  /// Copies go to `stream`; both it and `driver` outlive this.
  PinnedStaging(Driver &driver, DriverStream stream)
      : driver_(driver), stream_(stream) {}
  PinnedStaging(const PinnedStaging &) = delete;
  PinnedStaging &operator=(const PinnedStaging &) = delete;
  ~PinnedStaging();

  /// Before the first write. Errors: ResourceExhausted.
  Status allocate();

  /// Puts a copy of `from` to `to` on the stream; `from` has been read when
  /// this returns. Waits only for a buffer that the GPU still reads.
  Status write(DriverAddress to, std::span<const std::byte> from);

private:
  struct Buffer {
    void *data = nullptr;
    DriverEvent isFree = nullptr; // recorded after the last copy out of it
  };
  Status nextBuffer();

  Driver &driver_;
  DriverStream stream_;
  Buffer buffers_[kNumBuffers];
  size_t current_ = 0;
  size_t used_ = 0; // bytes of the current buffer
};

} // namespace g4rt::cuda

#endif // G4_RUNTIME_DEVICE_CUDA_PINNEDSTAGING_H
