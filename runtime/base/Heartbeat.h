//===- Heartbeat.h - Signs of life that another process sees ----*- C++ -*-===//
//
// A page of memory that two processes share. Who works counts in it, from step
// to step and inside of long ones; who watches tells from a number that stands
// still that nothing goes on, which the time that a step takes does not tell.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_HEARTBEAT_H
#define G4_RUNTIME_BASE_HEARTBEAT_H

#include "runtime/base/FileHandle.h"
#include "runtime/base/Status.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace g4rt {

class Heartbeat {
public:
  /// Errors: ResourceExhausted.
  static Result<Heartbeat> create();
  /// That of another process, by the descriptor that it passed on. Errors:
  /// InvalidArgument if it is none.
  static Result<Heartbeat> adopt(FileHandle descriptor);

  Heartbeat(Heartbeat &&other) noexcept
      : file_(std::move(other.file_)), page_(std::exchange(other.page_, {})) {}
  Heartbeat &operator=(Heartbeat &&) = delete;
  ~Heartbeat();

  /// To pass on; this object's.
  int descriptor() const { return file_.get(); }

  /// A sign of life of this process's thread of this number, from 0. It is no
  /// barrier.
  void beat(int thread) {
    std::atomic<uint64_t> &count =
        (*page_)[static_cast<size_t>(thread) % kLines].count;
    // Two threads of one line may lose a count; a later one is a sign as well.
    count.store(count.load(std::memory_order_relaxed) + 1,
                std::memory_order_relaxed);
  }
  /// Differs from an earlier result if there was a sign in between.
  uint64_t numSigns() const;

private:
  static constexpr size_t kLines = 64;
  struct alignas(64) Line {
    std::atomic<uint64_t> count;
  };
  using Page = std::array<Line, kLines>;

  Heartbeat(FileHandle file, Page *page)
      : file_(std::move(file)), page_(page) {}

  FileHandle file_;
  Page *page_ = nullptr;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_HEARTBEAT_H
