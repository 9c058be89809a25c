//===- CpuMemory.h - Memory of this machine ---------------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_CPUMEMORY_H
#define G4_RUNTIME_DEVICE_CPU_CPUMEMORY_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <utility>

namespace g4rt {

/// Bytes that this process can ever have: RAM and swap, or what its control
/// group allows where that is less.
uint64_t machineMemoryBytes();

/// Owns anonymous pages, all zeros at first; large ones where the kernel has
/// them. They take memory when they are written.
class CpuPages {
public:
  /// At least `bytes`. Errors: ResourceExhausted.
  static Result<CpuPages> allocate(uint64_t bytes);

  CpuPages(CpuPages &&other) noexcept
      : at_(std::exchange(other.at_, nullptr)), size_(other.size_) {}
  CpuPages &operator=(CpuPages &&other) noexcept {
    std::swap(at_, other.at_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~CpuPages();

  void *data() const { return at_; }

private:
  CpuPages(void *at, uint64_t size) : at_(at), size_(size) {}

  void *at_;
  uint64_t size_;
};

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_CPUMEMORY_H
