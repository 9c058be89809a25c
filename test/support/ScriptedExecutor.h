//===- ScriptedExecutor.h - A model that says what it is told ---*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_SCRIPTEDEXECUTOR_H
#define G4_TEST_SUPPORT_SCRIPTEDEXECUTOR_H

#include "runtime/exec/Executor.h"

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace g4rt {

/// Every answer is `script`, then `endId` again and again. A gate that is
/// closed holds steps back, so that a test can look at a moment between two.
class ScriptedExecutor : public Executor {
public:
  ScriptedExecutor(const ExecutorLimits &limits, int32_t endId)
      : limits_(limits), endId_(endId) {}

  void setScript(std::vector<int32_t> script) {
    std::lock_guard lock(mutex_);
    script_ = std::move(script);
  }
  /// The device fails from here on.
  void breakDevice(Status error = {StatusCode::Unavailable,
                                   "the device is lost"}) {
    std::lock_guard lock(mutex_);
    error_ = std::move(error);
  }
  /// How many steps may still run; -1: any number.
  void allowSteps(int64_t numSteps) {
    std::lock_guard lock(mutex_);
    stepsLeft_ = numSteps;
    changed_.notify_all();
  }
  /// Waits until a step stands before the closed gate.
  void waitUntilHeld() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return isHeld_; });
  }

  const ExecutorLimits &limits() const override { return limits_; }

  Result<std::span<const float>> run(const StepPlan &plan) override {
    std::unique_lock lock(mutex_);
    if (stepsLeft_ == 0) {
      isHeld_ = true;
      changed_.notify_all();
      changed_.wait(lock, [this] { return stepsLeft_ != 0; });
      isHeld_ = false;
    }
    if (stepsLeft_ > 0)
      --stepsLeft_;
    if (!error_.ok())
      return error_;
    fill(plan);
    return std::span<const float>(logits_);
  }

private:
  void fill(const StepPlan &plan) {
    for (size_t row = 0; row < plan.tokenIds.size(); ++row)
      if (plan.positions[row] == 0)
        numSaid_[plan.slots[row]] = 0;
    size_t vocab = static_cast<size_t>(limits_.vocabSize);
    logits_.assign(plan.outputRows.size() * vocab, 0.0F);
    for (size_t i = 0; i < plan.outputRows.size(); ++i) {
      int32_t slot = plan.slots[static_cast<size_t>(plan.outputRows[i])];
      size_t at = numSaid_[slot]++;
      int32_t id = at < script_.size() ? script_[at] : endId_;
      logits_[i * vocab + static_cast<size_t>(id)] = 50;
    }
  }

  ExecutorLimits limits_;
  int32_t endId_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int32_t> script_;
  int64_t stepsLeft_ = -1;
  bool isHeld_ = false;
  Status error_;                      // of every step
  std::map<int32_t, size_t> numSaid_; // by slot
  std::vector<float> logits_;
};

} // namespace g4rt

#endif // G4_TEST_SUPPORT_SCRIPTEDEXECUTOR_H
