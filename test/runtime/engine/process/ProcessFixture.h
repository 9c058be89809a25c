//===- ProcessFixture.h - An engine whose processes are threads -*- C++ -*-===//
//
// So that a test can reach into them.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TEST_RUNTIME_ENGINE_PROCESS_PROCESSFIXTURE_H
#define G4_TEST_RUNTIME_ENGINE_PROCESS_PROCESSFIXTURE_H

#include "runtime/engine/process/EngineProcess.h"
#include "runtime/engine/process/EngineWorker.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "test/support/FakeExecutor.h"
#include "test/support/GenerationRecorder.h"
#include "test/support/TestTokenizer.h"
#include "test/support/ThreadChild.h"

namespace g4rt {

inline constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                           .maxStepTokens = 32,
                                           .maxChunkTokens = 32,
                                           .maxStepOutputs = 32,
                                           .numSlots = 4,
                                           .pageSize = 8,
                                           .numPages = 96,
                                           .pagesPerSlot = 8};
inline constexpr auto kForever = std::chrono::steady_clock::time_point::max();

class EngineProcessTest : public testing::Test {
protected:
  using OnRun = std::function<Status(const StepPlan &)>;

  /// The n-th child, from 0, runs `worker(n)`; without one it serves.
  void start(const EngineProcessOptions &options = {}) {
    auto started = EngineProcess::start([this] { return launch(); }, options);
    ASSERT_TRUE(started);
    engine = *std::move(started);
  }
  Result<std::unique_ptr<EngineChild>> launch() {
    std::lock_guard lock(mutex);
    int number = numStarted++;
    auto child = ThreadChild::start([this, number](int socket) {
      work ? work(number, socket) : serve(number, socket);
    });
    if (!child)
      return child.error();
    last = (*child)->line();
    (*child)->onLook = onLook;
    return std::unique_ptr<EngineChild>(*std::move(child));
  }
  void serve(int number, int socket) {
    FakeExecutor executor(kLimits);
    executor.onRun = [this, number](const StepPlan &plan) {
      return onRun ? onRun(number, plan) : Status();
    };
    EngineWorker worker(socket);
    (void)worker.serve(executor, *tokenizer,
                       {.limits = kLimits, .maxModelLength = 64});
  }
  /// A child says this.
  static void say(int socket, const std::vector<FromEngine> &messages) {
    FrameSender sender(socket);
    for (const FromEngine &message : messages)
      appendFrame(message, sender.buffer());
    (void)sender.flush(Wait::Yes);
  }
  static FromEngine ready(const ExecutorLimits &limits = kLimits) {
    return ReadyMessage{{.limits = limits, .maxModelLength = 64}};
  }
  /// As a crash would.
  void killChild() {
    std::lock_guard lock(mutex);
    last->cut();
  }
  void waitForPhase(EnginePhase phase) {
    while (engine->status().phase != phase)
      std::this_thread::yield();
  }
  static GenerationRequest greedy(int64_t maxTokens) {
    return {.promptIds = {1, 2, 3},
            .sampling = {.temperature = 0},
            .maxTokens = maxTokens};
  }
  RecordedAnswer ask(int64_t maxTokens) {
    GenerationRecorder recorder;
    EXPECT_TRUE(engine->submit(greedy(maxTokens), recorder.sink()));
    return recorder.wait();
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  std::function<void(int number, int socket)> work;
  std::function<Status(int number, const StepPlan &)> onRun;
  std::function<bool()> onLook; // whether the child is stopped
  std::mutex mutex;
  int numStarted = 0;
  std::shared_ptr<ThreadChild::Line> last;
  std::unique_ptr<EngineProcess> engine; // first to go
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_ENGINE_PROCESS_PROCESSFIXTURE_H
