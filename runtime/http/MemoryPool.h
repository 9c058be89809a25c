//===- MemoryPool.h - Bytes that are held for clients -----------*- C++ -*-===//
//
// Bodies that come in, answers that nobody reads, prompts that wait: what many
// clients together could make without bound is counted here before it is
// allocated.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_MEMORYPOOL_H
#define G4_RUNTIME_HTTP_MEMORYPOOL_H

#include <atomic>
#include <cstddef>
#include <utility>

namespace g4rt {

/// A number of bytes that holders share. Thread-safe. Outlives its leases.
class MemoryPool {
public:
  /// An eighth is left to holders of at most so much, so that large requests
  /// never shut out short ones.
  static constexpr size_t kSmallBytes = size_t{64} << 10;

  explicit MemoryPool(size_t capacity) : capacity_(capacity) {}
  MemoryPool(const MemoryPool &) = delete;
  MemoryPool &operator=(const MemoryPool &) = delete;

  size_t capacity() const { return capacity_; }
  size_t numUsed() const { return numUsed_; }
  /// What a holder of so many bytes may find used, its own included.
  size_t limitFor(size_t numBytes) const {
    return numBytes <= kSmallBytes ? capacity_ : capacity_ - capacity_ / 8;
  }

  /// What one holder has. Gives it back at its end.
  class Lease {
  public:
    Lease() = default;
    explicit Lease(MemoryPool &pool) : pool_(&pool) {}
    Lease(Lease &&other) noexcept
        : pool_(std::exchange(other.pool_, nullptr)),
          size_(std::exchange(other.size_, 0)) {}
    Lease &operator=(Lease &&other) noexcept {
      std::swap(pool_, other.pool_);
      std::swap(size_, other.size_);
      return *this;
    }
    ~Lease() { resize(0); }

    size_t size() const { return size_; }
    /// Holds `numBytes` from here on, or as many as before and false if the
    /// pool has no room for them. To hold fewer always succeeds.
    bool resize(size_t numBytes) {
      if (pool_ && !pool_->change(size_, numBytes))
        return false;
      size_ = numBytes;
      return true;
    }

  private:
    MemoryPool *pool_ = nullptr; // null: not counted
    size_t size_ = 0;
  };

private:
  bool change(size_t from, size_t to) {
    if (to <= from) {
      numUsed_ -= from - to;
      return true;
    }
    size_t limit = limitFor(to);
    size_t used = numUsed_;
    do
      if (to - from > limit || used > limit - (to - from))
        return false;
    while (!numUsed_.compare_exchange_weak(used, used + (to - from)));
    return true;
  }

  const size_t capacity_;
  std::atomic<size_t> numUsed_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_MEMORYPOOL_H
