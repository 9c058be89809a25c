//===- LiveCount.h - Waits until all of something are gone ------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_LIVECOUNT_H
#define G4_RUNTIME_HTTP_LIVECOUNT_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace g4rt {

/// Thread-safe. Outlives its tokens.
class LiveCount {
public:
  /// Counts as long as it lives.
  class Token {
  public:
    explicit Token(LiveCount &count) : count_(count) { count_.add(); }
    Token(const Token &) = delete;
    Token &operator=(const Token &) = delete;
    ~Token() { count_.remove(); }

  private:
    LiveCount &count_;
  };

  /// Whether none lived at some moment before `deadline`.
  bool waitUntilNone(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return none_.wait_until(lock, deadline, [this] { return numLive_ == 0; });
  }
  void waitUntilNone() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return numLive_ == 0; });
  }

private:
  void add() {
    std::lock_guard lock(mutex_);
    ++numLive_;
  }
  // Notifies under the lock: who waits may destroy this as soon as it is free.
  void remove() {
    std::lock_guard lock(mutex_);
    if (--numLive_ == 0)
      none_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable none_;
  size_t numLive_ = 0;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_LIVECOUNT_H
