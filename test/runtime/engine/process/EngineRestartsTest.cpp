// Engines that are lost, and what becomes of their answers.

#include "runtime/engine/process/EngineProcess.h"

#include <gtest/gtest.h>

#include <atomic>

#include "test/runtime/engine/process/ProcessFixture.h"
#include "test/support/StepGate.h"

namespace g4rt {
namespace {

class EngineRestartsTest : public EngineProcessTest {};

TEST_F(EngineRestartsTest, ALostProcessFailsWhatHasBegunAndComesBack) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  gate.allow(3);
  GenerationRecorder running;
  ASSERT_TRUE(engine->submit(greedy(50), running.sink()));
  running.waitForTokens(2);
  killChild();
  gate.open();
  RecordedAnswer answer = running.wait();
  EXPECT_EQ(answer.end->reason, FinishReason::Failed);
  EXPECT_EQ(answer.end->error.toString(),
            "Unavailable: the engine process ended: killed");
  EXPECT_EQ(answer.numLateEvents, 0);
  waitForPhase(EnginePhase::Serving);
  EXPECT_EQ(ask(5).tokens.size(), 5u);
  EngineStatus status = engine->status();
  EXPECT_EQ(status.numRestarts, 1u);
  EXPECT_EQ(status.numFailed, 1u);
  EXPECT_EQ(status.numFinishedLength, 1u);
  EXPECT_GE(status.numAnswerTokens, 7u); // those of both children
  EXPECT_EQ(status.lastError, "the engine process ended: killed");
}

TEST_F(EngineRestartsTest, WhoOnlyWaitedIsAnsweredByTheNextProcess) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  gate.allow(3);
  std::vector<GenerationRecorder> recorders(12); // 4 slots
  ASSERT_TRUE(engine->submit(greedy(50), recorders[0].sink()));
  recorders[0].waitForTokens(2);
  for (size_t i = 1; i < recorders.size(); ++i)
    ASSERT_TRUE(engine->submit(greedy(20), recorders[i].sink()));
  for (int i = 0; i < 2; ++i) {
    killChild();
    gate.allow(1); // a thread ends only by itself
    while (engine->status().numRestarts <= uint64_t(i))
      std::this_thread::yield();
    waitForPhase(EnginePhase::Serving);
  }
  gate.open();
  EXPECT_EQ(recorders[0].wait().end->reason, FinishReason::Failed);
  RecordedAnswer solo = ask(20);
  uint64_t numFailed = 1;
  for (size_t i = 1; i < recorders.size(); ++i) {
    RecordedAnswer answer = recorders[i].wait();
    if (answer.end->reason == FinishReason::Failed) {
      // It got a slot and a token before one of the ends.
      EXPECT_FALSE(answer.tokens.empty()) << i;
      ++numFailed;
      continue;
    }
    EXPECT_EQ(answer.end->reason, FinishReason::Length) << i;
    EXPECT_EQ(answer.tokens, solo.tokens) << i;
  }
  EXPECT_LE(numFailed, 8u); // two processes had 4 slots each
  EXPECT_TRUE(engine->drain(kForever));
  EXPECT_EQ(engine->status().numFailed, numFailed);
}

TEST_F(EngineRestartsTest, WhoLeavesWhileThereIsNoProcessIsCancelled) {
  StepGate load;
  work = [&](int number, int socket) {
    if (number > 0)
      (void)load.pass();
    serve(number, socket);
  };
  StepGate gate;
  onRun = [&](int number, const StepPlan &) {
    return number ? Status() : gate.pass();
  };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder leaves, stays;
  auto id = engine->submit(greedy(5), leaves.sink());
  ASSERT_TRUE(id);
  ASSERT_TRUE(engine->submit(greedy(5), stays.sink()));
  killChild();
  gate.open();
  waitForPhase(EnginePhase::Restarting);
  engine->cancel(*id);
  EXPECT_EQ(leaves.wait().end->reason, FinishReason::Cancelled);
  load.open();
  EXPECT_EQ(stays.wait().end->reason, FinishReason::Length);
  EXPECT_EQ(engine->status().numCancelled, 1u);
}

TEST_F(EngineRestartsTest, WhoWaitsIsToldWhenStartsFailOneAfterTheOther) {
  work = [&](int number, int socket) {
    if (number == 0)
      serve(number, socket);
  };
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(greedy(5), recorder.sink()));
  killChild();
  gate.open();
  EXPECT_EQ(recorder.wait().end->reason, FinishReason::Failed);
}

TEST_F(EngineRestartsTest, ALostDeviceIsNamedAndReplaced) {
  onRun = [](int number, const StepPlan &plan) {
    return number || plan.positions[0] < 4
               ? Status()
               : Status(StatusCode::Unavailable, "cuGraphLaunch: 700");
  };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  EnginePhase phase = EnginePhase::Serving;
  GenerationRecorder recorder;
  auto sink = [&, told = recorder.sink()](GenerationEvent event) {
    phase = engine->status().phase; // while the engine's last word is heard
    told(std::move(event));
  };
  ASSERT_TRUE(engine->submit(greedy(9), sink));
  EXPECT_EQ(recorder.wait().end->error.toString(),
            "Unavailable: cuGraphLaunch: 700");
  EXPECT_EQ(phase, EnginePhase::Restarting);
  while (engine->status().numRestarts == 0)
    std::this_thread::yield();
  waitForPhase(EnginePhase::Serving);
  EXPECT_EQ(ask(3).tokens.size(), 3u);
  EXPECT_EQ(engine->status().lastError, "cuGraphLaunch: 700");
  EXPECT_EQ(engine->status().numFailed, 1u);
}

TEST_F(EngineRestartsTest, ADeviceThatIsLostInAFirstStepIsTriedAgain) {
  onRun = [](int number, const StepPlan &) {
    return number ? Status()
                  : Status(StatusCode::Unavailable, "cuGraphLaunch: 700");
  };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  EXPECT_EQ(ask(3).tokens.size(), 3u);
  EXPECT_EQ(engine->status().numFailed, 0u);
  EXPECT_EQ(engine->status().numRestarts, 1u);
}

TEST_F(EngineRestartsTest, AProcessThatSendsRubbishIsReplaced) {
  work = [this](int number, int socket) {
    if (number > 0)
      return serve(number, socket);
    StepMessage step;
    step.events.push_back({GenerationId{1}, {.token = Sample{{300, 0}, {}}}});
    say(socket, {ready(), step});
    (void)FrameReceiver(socket).receive(Wait::Yes);
  };
  start();
  while (engine->status().numRestarts == 0)
    std::this_thread::yield();
  waitForPhase(EnginePhase::Serving);
  EXPECT_EQ(engine->status().lastError,
            "the engine process sent a token outside of the vocabulary");
  EXPECT_EQ(ask(2).tokens.size(), 2u);
}

TEST_F(EngineRestartsTest, AProcessThatHangsIsReplaced) {
  StepGate gate;
  onRun = [&](int number, const StepPlan &) {
    return number == 0 ? gate.pass() : Status();
  };
  start({.stepTimeout = std::chrono::milliseconds(500)});
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(greedy(5), recorder.sink()));
  waitForPhase(EnginePhase::Restarting);
  gate.open();
  RecordedAnswer answer = recorder.wait();
  EXPECT_EQ(answer.end->reason, FinishReason::Length);
  EXPECT_EQ(engine->status().lastError,
            "the engine process hangs: 1 requests wait, and it has given no "
            "sign of life for 500 ms");
  waitForPhase(EnginePhase::Serving);
  EXPECT_EQ(ask(5).end->reason, FinishReason::Length);
}

// By looks, of which it has eight: it is stopped at six, and its step takes
// four others.
TEST_F(EngineRestartsTest, AProcessThatWasStoppedHasItsTimeBack) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  std::atomic<bool> isAsked = false;
  std::atomic<int> numLooks = 0;
  onLook = [&] {
    int look = isAsked ? ++numLooks : 0;
    if (look == 10)
      gate.open();
    return look >= 1 && look <= 6;
  };
  start({.stepTimeout = std::chrono::milliseconds(2'000)});
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(greedy(5), recorder.sink()));
  isAsked = true;
  EXPECT_EQ(recorder.wait().end->reason, FinishReason::Length);
  EXPECT_GE(numLooks, 10);
  EXPECT_EQ(engine->status().numRestarts, 0u);
}

TEST_F(EngineRestartsTest, ItsSizesAreKnownWhileItRestarts) {
  ExecutorLimits limits = kLimits;
  limits.numWindowPages = 66;
  work = [limits](int number, int socket) {
    if (number > 0)
      return;
    say(socket, {ready(limits)});
    (void)FrameReceiver(socket).receive(Wait::Yes);
  };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  EXPECT_EQ(engine->status().numWindowPages, 66);
  killChild();
  while (engine->status().lastError.empty())
    std::this_thread::yield();
  EngineStatus status = engine->status();
  EXPECT_EQ(status.numSlots, 4);
  EXPECT_EQ(status.numPages, 96);
  EXPECT_EQ(status.numWindowPages, 66);
}

} // namespace
} // namespace g4rt
