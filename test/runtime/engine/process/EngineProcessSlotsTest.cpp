//===- EngineProcessSlotsTest.cpp - Commands to an engine's process -------===//

#include "runtime/engine/process/EngineProcess.h"
#include "runtime/engine/process/EngineWorker.h"

#include <gtest/gtest.h>

#include <future>

#include "test/support/FakeExecutor.h"
#include "test/support/GenerationRecorder.h"
#include "test/support/StepGate.h"
#include "test/support/TestTokenizer.h"
#include "test/support/ThreadChild.h"

namespace g4rt {
namespace {

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 32,
                                    .maxChunkTokens = 32,
                                    .maxStepOutputs = 32,
                                    .numSlots = 4,
                                    .pageSize = 8,
                                    .numPages = 96,
                                    .pagesPerSlot = 8};

/// A child without sessions, whose steps wait for the gate.
class EngineProcessSlotsTest : public testing::Test {
protected:
  void SetUp() override {
    auto started = EngineProcess::start([this] { return launch(); }, {});
    ASSERT_TRUE(started);
    engine = *std::move(started);
    ASSERT_TRUE(engine->waitUntilLoaded());
  }
  Result<std::unique_ptr<EngineChild>> launch() {
    auto child = ThreadChild::start([this](int socket) {
      FakeExecutor executor(kLimits);
      executor.onRun = [this](const StepPlan &) { return gate.pass(); };
      EngineWorker worker(socket);
      (void)worker.serve(executor, *tokenizer,
                         {.limits = kLimits, .maxModelLength = 64});
    });
    if (!child)
      return child.error();
    last = (*child)->line();
    return std::unique_ptr<EngineChild>(*std::move(child));
  }
  /// What the command will come to.
  std::future<StatusCode> run(const SlotCommand &command) {
    auto done = std::make_shared<std::promise<StatusCode>>();
    engine->run(command, [done](const SlotReport &report) {
      done->set_value(report.error.code());
    });
    return done->get_future();
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  StepGate gate;
  std::atomic<std::shared_ptr<ThreadChild::Line>> last;
  std::unique_ptr<EngineProcess> engine; // first to go
};

TEST_F(EngineProcessSlotsTest, ACommandIsAnsweredByTheChild) {
  EXPECT_EQ(run({SlotAction::Erase, 0}).get(), StatusCode::Unimplemented);
  gate.open();
}

TEST_F(EngineProcessSlotsTest, ACommandEndsWithTheChildThatHasIt) {
  gate.allow(3);
  GenerationRecorder running;
  ASSERT_TRUE(engine->submit({.promptIds = {1, 2, 3}, .maxTokens = 50},
                             running.sink()));
  gate.waitForStep(4); // the child reads no message before it is over
  auto code = run({SlotAction::Erase, 0});
  last.load()->cut(); // before it has come out of a step
  gate.open();
  EXPECT_EQ(code.get(), StatusCode::Unavailable);
}

} // namespace
} // namespace g4rt
