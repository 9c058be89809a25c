#include "runtime/engine/process/EngineProcess.h"

#include "runtime/engine/LocalEngine.h"
#include "runtime/engine/process/EngineWorker.h"
#include "runtime/grammar/GrammarCompiler.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "test/runtime/engine/process/ProcessFixture.h"
#include "test/support/GenerationRecorder.h"
#include "test/support/StepGate.h"

namespace g4rt {
namespace {

TEST_F(EngineProcessTest, ItsAnswersAreThoseOfALocalEngine) {
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  FakeExecutor executor(kLimits);
  LocalEngine local(executor, *tokenizer, {.maxModelLength = 64});
  std::vector<GenerationRecorder> here(20), there(20);
  for (int i = 0; i < 20; ++i) {
    GenerationRequest request = greedy(5 + i);
    request.promptIds.assign(1 + i, i);
    request.sampling.temperature = i % 2 ? 0.8F : 0.F;
    request.sampling.numTopLogprobs = i % 3 - 1;
    ASSERT_TRUE(engine->submit(request, there[i].sink()));
    ASSERT_TRUE(local.submit(request, here[i].sink()));
  }
  for (int i = 0; i < 20; ++i) {
    RecordedAnswer want = here[i].wait(), got = there[i].wait();
    EXPECT_EQ(got.tokens, want.tokens) << i;
    EXPECT_EQ(got.text, want.text) << i;
    EXPECT_EQ(got.numLateEvents, 0);
    EXPECT_EQ(got.end->reason, want.end->reason);
    EXPECT_GT(got.end->times.total, 0);
  }
  EXPECT_TRUE(engine->drain(kForever));
  EngineStatus status = engine->status();
  EXPECT_EQ(status.numFinishedLength, 20u);
  EXPECT_EQ(status.numAnswerTokens, local.status().numAnswerTokens);
  EXPECT_EQ(status.numRunning + status.numWaiting, 0);
  EXPECT_TRUE(status.isDraining);
}

TEST_F(EngineProcessTest, RulesHoldInIt) {
  if (!hasGrammars())
    GTEST_SKIP() << "built without grammars";
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  std::vector<GenerationRecorder> recorders(8);
  for (GenerationRecorder &recorder : recorders) {
    GenerationRequest request = greedy(40);
    request.rules.content = R"(root ::= "abab" | "baba")";
    ASSERT_TRUE(engine->submit(request, recorder.sink()));
  }
  for (GenerationRecorder &recorder : recorders) {
    RecordedAnswer answer = recorder.wait();
    EXPECT_TRUE(answer.text == "abab" || answer.text == "baba") << answer.text;
    EXPECT_EQ(answer.end->reason, FinishReason::Stop)
        << answer.end->error.message();
  }
  GenerationRequest bad = greedy(40);
  bad.rules.content = "root ::=";
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(bad, recorder.sink()));
  RecordedAnswer answer = recorder.wait();
  EXPECT_EQ(answer.end->reason, FinishReason::Failed);
  EXPECT_EQ(answer.end->error.code(), StatusCode::InvalidArgument);
  EXPECT_EQ(ask(3).tokens.size(), 3u);
}

TEST_F(EngineProcessTest, ARequestThatWaitsForItsRulesCanBeCancelled) {
  if (!hasGrammars())
    GTEST_SKIP() << "built without grammars";
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  std::vector<GenerationRecorder> recorders(20);
  std::vector<GenerationId> ids;
  for (size_t i = 0; i < recorders.size(); ++i) {
    GenerationRequest request = greedy(40);
    request.rules.content = "root ::= [ab]{" + std::to_string(i + 1) + "}";
    ids.push_back(*engine->submit(request, recorders[i].sink()));
  }
  for (GenerationId id : ids)
    engine->cancel(id);
  for (GenerationRecorder &recorder : recorders) {
    FinishReason reason = recorder.wait().end->reason;
    EXPECT_TRUE(reason == FinishReason::Cancelled ||
                reason == FinishReason::Stop);
  }
  EXPECT_EQ(ask(3).tokens.size(), 3u);
}

TEST_F(EngineProcessTest, RefusesWhatALocalEngineRefuses) {
  start({.maxQueued = 1});
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  auto messageOf = [&](GenerationRequest request) {
    auto id = engine->submit(std::move(request), recorder.sink());
    return id ? "ok" : id.error().toString();
  };
  EXPECT_EQ(messageOf({.promptIds = std::vector<int32_t>(64, 5)}),
            "InvalidArgument: context_length_exceeded: this model's maximum "
            "context length is 64 tokens, but the prompt has 64 tokens and an "
            "answer needs room: this exceeds the available context size, "
            "please reduce the length of the messages");
  EXPECT_EQ(messageOf({.promptIds = {1}, .stops = {""}}),
            "InvalidArgument: stop[0]: empty");
  EXPECT_TRUE(engine->drain(kForever));
  EXPECT_EQ(messageOf(greedy(1)), "Unavailable: the engine is shutting down");
  EXPECT_EQ(engine->status().numRefused, 3u);
  EXPECT_FALSE(recorder.now().end);
}

TEST_F(EngineProcessTest, AFullQueueRefuses) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start({.maxQueued = 2});
  ASSERT_TRUE(engine->waitUntilLoaded());
  std::vector<GenerationRecorder> recorders(7);
  for (int i = 0; i < 6; ++i) // 4 slots, 2 that wait
    EXPECT_TRUE(engine->submit(greedy(2), recorders[i].sink())) << i;
  auto refused = engine->submit(greedy(2), recorders[6].sink());
  EXPECT_EQ(refused.error().code(), StatusCode::ResourceExhausted);
  EngineStatus status = engine->status();
  EXPECT_EQ(status.numRunning + status.numWaiting, 6);
  EXPECT_GE(status.drainSeconds, 1);
  gate.open();
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(recorders[i].wait().end->reason, FinishReason::Length);
}

TEST_F(EngineProcessTest, RequestsAreRefusedUntilItServes) {
  StepGate gate;
  work = [&](int number, int socket) {
    EngineWorker worker(socket);
    worker.reportProgress(0.25);
    (void)gate.pass();
    serve(number, socket);
  };
  start();
  while (engine->status().loadProgress < 0.25)
    std::this_thread::yield();
  GenerationRecorder recorder;
  auto refused = engine->submit(greedy(1), recorder.sink());
  EXPECT_EQ(refused.error().toString(), "Unavailable: the engine is loading");
  EXPECT_EQ(engine->status().phase, EnginePhase::Loading);
  gate.allow(1);
  ASSERT_TRUE(engine->waitUntilLoaded());
  EXPECT_EQ(engine->status().phase, EnginePhase::Serving);
  killChild();
  waitForPhase(EnginePhase::Restarting);
  refused = engine->submit(greedy(1), recorder.sink());
  EXPECT_EQ(refused.error().toString(),
            "Unavailable: the engine is restarting");
  gate.open();
  waitForPhase(EnginePhase::Serving);
  EXPECT_EQ(ask(2).tokens.size(), 2u);
}

TEST_F(EngineProcessTest, ALoadThatFailsIsToldAndNotTriedAgain) {
  work = [](int, int socket) {
    EngineWorker(socket).reportFailure(
        Status(StatusCode::ResourceExhausted, "needs 3 GiB"));
  };
  start();
  auto facts = engine->waitUntilLoaded();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().toString(), "ResourceExhausted: needs 3 GiB");
  EXPECT_EQ(engine->status().phase, EnginePhase::Failed);
  EXPECT_EQ(numStarted, 1);
}

TEST_F(EngineProcessTest, ALoadThatCrashesIsToldAndNotTriedAgain) {
  work = [](int, int) {};
  start();
  auto facts = engine->waitUntilLoaded();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().toString(),
            "Unavailable: the engine process ended: ended");
}

TEST_F(EngineProcessTest, ALoadCanBeCancelled) {
  work = [](int, int socket) {
    (void)FrameReceiver(socket).receive(Wait::Yes); // until it is killed
  };
  start();
  engine->cancelLoad();
  auto facts = engine->waitUntilLoaded();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code(), StatusCode::Cancelled);
}

TEST_F(EngineProcessTest, LimitsThatCannotBeAreRefused) {
  work = [](int, int socket) {
    ExecutorLimits limits = kLimits;
    limits.pagesPerSlot = int64_t{1} << 62;
    say(socket, {ready(limits)});
    (void)FrameReceiver(socket).receive(Wait::Yes);
  };
  start();
  auto facts = engine->waitUntilLoaded();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().toString(),
            "Unavailable: the engine process sent limits that cannot be");
}

TEST_F(EngineProcessTest, AQueueThatIsFullOfTokensRefuses) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start({.maxQueuedTokens = 10});
  ASSERT_TRUE(engine->waitUntilLoaded());
  std::vector<GenerationRecorder> recorders(6);
  for (int i = 0; i < 4; ++i) // the slots
    EXPECT_TRUE(engine->submit(greedy(50), recorders[i].sink())) << i;
  for (int64_t step = 1; engine->status().numWaitingTokens > 0; ++step) {
    gate.allow(1);
    gate.waitForStep(step + 1);
  }
  GenerationRequest large = greedy(2);
  large.promptIds.assign(20, 1);
  EXPECT_TRUE(engine->submit(large, recorders[4].sink())); // alone
  auto refused = engine->submit(greedy(2), recorders[5].sink());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().toString(),
            "ResourceExhausted: the queue is full: 20 tokens");
  gate.open();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(recorders[i].wait().end->reason, FinishReason::Length);
  EXPECT_TRUE(engine->submit(greedy(2), recorders[5].sink()));
  EXPECT_EQ(recorders[5].wait().end->reason, FinishReason::Length);
}

TEST_F(EngineProcessTest, AnAnswerThatNobodyWantsIsCancelled) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  gate.allow(2);
  GenerationRecorder recorder;
  auto id = engine->submit(greedy(60), recorder.sink());
  ASSERT_TRUE(id);
  recorder.waitForTokens(2);
  engine->cancel(*id);
  engine->cancel(GenerationId{12345});
  gate.open();
  EXPECT_EQ(recorder.wait().end->reason, FinishReason::Cancelled);
  EXPECT_EQ(engine->status().numCancelled, 1u);
}

TEST_F(EngineProcessTest, DrainingWaitsAndThenCancels) {
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  std::vector<GenerationRecorder> recorders(8);
  for (auto &recorder : recorders)
    ASSERT_TRUE(engine->submit(greedy(60), recorder.sink()));
  bool isClean = engine->drain(std::chrono::steady_clock::now());
  bool isCut = false;
  for (auto &recorder : recorders) {
    ASSERT_TRUE(recorder.now().end);
    isCut |= recorder.now().end->reason == FinishReason::Cancelled;
  }
  EXPECT_EQ(isClean, !isCut);
}

TEST_F(EngineProcessTest, AProcessThatHangsDoesNotHoldUpTheEnd) {
  work = [](int, int socket) {
    say(socket, {ready()});
    FrameReceiver receiver(socket); // reads, and never says anything
    while (receiver.receive(Wait::Yes).ok())
      (void)receiver.next();
  };
  start({.grace = std::chrono::milliseconds(20)});
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(greedy(5), recorder.sink()));
  EXPECT_FALSE(engine->drain(std::chrono::steady_clock::now()));
  EXPECT_EQ(recorder.now().end->reason, FinishReason::Failed);
}

TEST_F(EngineProcessTest, AProcessWithoutWorkMayBeSilent) {
  start({.stepTimeout = std::chrono::milliseconds(1)});
  ASSERT_TRUE(engine->waitUntilLoaded());
  // Many looks; a silence that counted would replace it.
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(engine->status().phase, EnginePhase::Serving);
  EXPECT_EQ(engine->status().numRestarts, 0u);
}

TEST_F(EngineProcessTest, EveryAnswerEndsWhenTheEngineDoes) {
  StepGate gate;
  onRun = [&](int, const StepPlan &) { return gate.pass(); };
  start({.grace = std::chrono::milliseconds(20)});
  ASSERT_TRUE(engine->waitUntilLoaded());
  GenerationRecorder recorder;
  ASSERT_TRUE(engine->submit(greedy(5), recorder.sink()));
  gate.open();
  engine.reset();
  EXPECT_TRUE(recorder.now().end);
}

TEST_F(EngineProcessTest, WhatItsChildShowsIsSeen) {
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  while (engine->view().slots.empty()) // a look comes only now and then
    ask(50);
  EXPECT_GT(engine->view().slots[0].maxLength, 0);
  while (!engine->view().slots.empty())
    std::this_thread::yield();
  EXPECT_EQ(engine->view().pools[0].numUsed, 0);
}

TEST_F(EngineProcessTest, AMapThatCannotBeIsRefused) {
  work = [this](int number, int socket) {
    if (number > 0)
      return serve(number, socket);
    say(socket, {ready(),
                 ViewMessage{{.pools = {{.numPages = 4, .pagesPerCell = 0}}}}});
    (void)FrameReceiver(socket).receive(Wait::Yes);
  };
  start();
  ASSERT_TRUE(engine->waitUntilLoaded());
  while (engine->status().numRestarts == 0)
    std::this_thread::yield();
  EXPECT_EQ(engine->status().lastError,
            "the engine process sent a map of pages that cannot be");
}

} // namespace
} // namespace g4rt
