//===- StepGate.h - Holds an executor's steps -------------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_STEPGATE_H
#define G4_TEST_SUPPORT_STEPGATE_H

#include "runtime/base/Status.h"
#include "runtime/scheduler/StepPlan.h"

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace g4rt {

/// For FakeExecutor::onRun, `[&](const StepPlan &) { return gate.pass(); }`:
/// each step waits until a test lets it go. Closed at first. Thread-safe.
class StepGate {
public:
  Status pass() {
    std::unique_lock lock(mutex_);
    ++numArrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return isOpen_ || numAllowed_ > 0; });
    numAllowed_ -= !isOpen_;
    return Status();
  }

  /// Lets `count` more steps go.
  void allow(int64_t count) {
    std::lock_guard lock(mutex_);
    numAllowed_ += count;
    changed_.notify_all();
  }
  /// Lets all go from now on.
  void open() {
    std::lock_guard lock(mutex_);
    isOpen_ = true;
    changed_.notify_all();
  }
  /// Returns when step number `count`, from 1 on, has come to the gate.
  void waitForStep(int64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return numArrived_ >= count; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t numArrived_ = 0;
  int64_t numAllowed_ = 0;
  bool isOpen_ = false;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_STEPGATE_H
