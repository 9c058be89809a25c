#include "runtime/engine/LocalEngine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "test/support/FakeExecutor.h"
#include "test/support/GenerationRecorder.h"
#include "test/support/StepGate.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 32,
                                    .maxChunkTokens = 32,
                                    .maxStepOutputs = 32,
                                    .numSlots = 16,
                                    .pageSize = 8,
                                    .numPages = 96,
                                    .pagesPerSlot = 8};

constexpr auto kForever = std::chrono::steady_clock::time_point::max();

const Tokenizer &tokenizer() {
  static const TestTokenizer tokenizer(tinyTokenizerJson());
  return *tokenizer;
}

GenerationRequest greedy(std::vector<int32_t> prompt, int64_t maxTokens) {
  return {.promptIds = std::move(prompt),
          .sampling = {.temperature = 0},
          .maxTokens = maxTokens};
}

// Prompts of 1 to 40 tokens; every other one is sampled.
GenerationRequest request(int number) {
  std::vector<int32_t> prompt;
  for (int i = 0; i <= number * 7 % 40; ++i)
    prompt.push_back((number * 31 + i * 17) % 300);
  GenerationRequest request = greedy(std::move(prompt), 20);
  request.sampling.temperature = number % 2 ? 0.8F : 0.F;
  request.sampling.seed = static_cast<uint64_t>(number);
  return request;
}

/// An answer that is paused, by its sink, at its fifth token.
class PausedAnswer {
public:
  explicit PausedAnswer(LocalEngine &engine) {
    auto id = engine.submit(
        request(0), [this, &engine, sink = recorder.sink()](GenerationEvent e) {
          if (e.token && ++numTokens == 5)
            engine.setPaused(id_.get_future().get(), true);
          sink(std::move(e));
        });
    EXPECT_TRUE(id);
    id_.set_value(*id);
    this->id = *id;
  }

  GenerationRecorder recorder;
  std::atomic<int> numTokens = 0;
  GenerationId id{};

private:
  std::promise<GenerationId> id_;
};

TEST(LocalEngineTest, APausedAnswerWaitsWhileOthersGoOn) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  PausedAnswer paused(engine);
  for (int i = 1; i < 4; ++i) {
    GenerationRecorder other;
    EXPECT_TRUE(engine.submit(request(i), other.sink()));
    EXPECT_EQ(other.wait().tokens.size(), 20u);
  }
  EXPECT_EQ(paused.numTokens, 5);
  engine.setPaused(paused.id, false);
  RecordedAnswer whole = paused.recorder.wait();
  GenerationRecorder alone;
  EXPECT_TRUE(engine.submit(request(0), alone.sink()));
  EXPECT_EQ(whole.tokens, alone.wait().tokens);
}

TEST(LocalEngineTest, APausedAnswerCanBeCancelled) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  PausedAnswer paused(engine);
  GenerationRecorder other;
  EXPECT_TRUE(engine.submit(request(1), other.sink()));
  other.wait();
  engine.cancel(paused.id);
  EXPECT_EQ(paused.recorder.wait().end->reason, FinishReason::Cancelled);
  EXPECT_EQ(paused.numTokens, 5);
}

TEST(LocalEngineTest, SixteenStreamsEqualTheirSoloRuns) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  std::vector<GenerationRecorder> shared(16);
  std::vector<std::thread> callers;
  for (int i = 0; i < 16; ++i)
    callers.emplace_back(
        [&, i] { EXPECT_TRUE(engine.submit(request(i), shared[i].sink())); });
  for (std::thread &caller : callers)
    caller.join();
  for (int i = 0; i < 16; ++i) {
    RecordedAnswer together = shared[i].wait();
    GenerationRecorder alone;
    EXPECT_TRUE(engine.submit(request(i), alone.sink()));
    RecordedAnswer solo = alone.wait();
    EXPECT_EQ(together.tokens, solo.tokens) << i;
    EXPECT_EQ(together.text, solo.text) << i;
    EXPECT_EQ(together.tokens.size(), 20u) << i;
  }
  EXPECT_TRUE(engine.drain(kForever));
  EXPECT_THAT(executor.problems(), IsEmpty());
}

TEST(LocalEngineTest, RefusesWhatCannotBeAnswered) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 50});
  GenerationRecorder recorder;
  auto messageOf = [&](GenerationRequest request) {
    Result<GenerationId> id =
        engine.submit(std::move(request), recorder.sink());
    return id ? "ok" : id.error().toString();
  };
  EXPECT_EQ(messageOf(greedy(std::vector<int32_t>(50, 5), 0)),
            "InvalidArgument: context_length_exceeded: this model's maximum "
            "context length is 50 tokens, but the prompt has 50 tokens and an "
            "answer needs room: this exceeds the available context size, "
            "please reduce the length of the messages");
  EXPECT_EQ(messageOf({}),
            "InvalidArgument: the prompt has no tokens, needs at least 1");
  EXPECT_EQ(messageOf({.promptIds = {1}, .stops = {"a", ""}}),
            "InvalidArgument: stop[1]: empty");
  EXPECT_TRUE(engine.drain(kForever));
  EXPECT_EQ(messageOf(greedy({1}, 1)),
            "Unavailable: the engine is shutting down");
  EXPECT_EQ(engine.status().numRefused, 4u);
  EXPECT_FALSE(recorder.now().end);
}

TEST(LocalEngineTest, AnAnswerWithoutALimitFillsTheSequence) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 50});
  GenerationRecorder recorder;
  EXPECT_TRUE(engine.submit(greedy({1, 2, 3}, 0), recorder.sink()));
  RecordedAnswer answer = recorder.wait();
  EXPECT_EQ(answer.tokens.size(), 47u);
  EXPECT_EQ(answer.end->reason, FinishReason::Length);
}

TEST(LocalEngineTest, ASequenceIsNoLongerThanThePoolHolds) {
  ExecutorLimits limits = kLimits;
  limits.numPages = 3;
  FakeExecutor executor(limits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 1 << 20});
  GenerationRecorder recorder;
  EXPECT_TRUE(engine.submit(greedy({1, 2, 3, 4}, 0), recorder.sink()));
  EXPECT_EQ(recorder.wait().tokens.size(), 20u);
}

TEST(LocalEngineTest, AFullQueueRefusesUntilAnAnswerEnds) {
  ExecutorLimits limits = kLimits;
  limits.numSlots = 1;
  FakeExecutor executor(limits);
  StepGate gate;
  executor.onRun = [&](const StepPlan &) { return gate.pass(); };
  LocalEngine engine(executor, tokenizer(),
                     {.maxModelLength = 64, .maxQueued = 2});
  std::vector<GenerationRecorder> recorders(5);
  for (int i = 0; i < 3; ++i)
    EXPECT_TRUE(engine.submit(greedy({5}, 1), recorders[i].sink()));
  Result<GenerationId> refused =
      engine.submit(greedy({5}, 1), recorders[3].sink());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().toString(),
            "ResourceExhausted: the queue is full: 3 requests");
  gate.allow(1);
  recorders[0].wait();
  EXPECT_TRUE(engine.submit(greedy({5}, 1), recorders[4].sink()));
  gate.open();
  recorders[4].wait();
  EXPECT_FALSE(recorders[3].now().end);
}

TEST(LocalEngineTest, CancelEndsAnAnswerInTheMiddleOfAStep) {
  FakeExecutor executor(kLimits);
  StepGate gate;
  executor.onRun = [&](const StepPlan &) { return gate.pass(); };
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  GenerationRecorder recorder;
  auto id = engine.submit(greedy({5, 6}, 30), recorder.sink());
  gate.allow(2);
  gate.waitForStep(3);
  engine.cancel(*id);
  gate.allow(1);
  RecordedAnswer answer = recorder.wait();
  EXPECT_EQ(answer.end->reason, FinishReason::Cancelled);
  EXPECT_EQ(answer.tokens.size(), 3u);
  EXPECT_EQ(answer.end->usage.numAnswerTokens, 3);
  EXPECT_EQ(engine.status().numPagesUsed, 0);
  engine.cancel(*id);
  engine.cancel(GenerationId{12345});
  gate.open();
}

TEST(LocalEngineTest, CancelReachesAnAnswerThatWaits) {
  ExecutorLimits limits = kLimits;
  limits.numSlots = 1;
  FakeExecutor executor(limits);
  StepGate gate;
  executor.onRun = [&](const StepPlan &) { return gate.pass(); };
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  GenerationRecorder first, second;
  EXPECT_TRUE(engine.submit(greedy({5}, 3), first.sink()));
  gate.waitForStep(1);
  auto id = engine.submit(greedy({5}, 3), second.sink());
  EXPECT_EQ(engine.status().numRunning, 1);
  EXPECT_EQ(engine.status().numWaiting, 1);
  engine.cancel(*id);
  gate.open();
  RecordedAnswer cancelled = second.wait();
  EXPECT_EQ(cancelled.end->reason, FinishReason::Cancelled);
  EXPECT_THAT(cancelled.tokens, IsEmpty());
  EXPECT_EQ(first.wait().end->reason, FinishReason::Length);
}

TEST(LocalEngineTest, ASinkMayCallTheEngine) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  GenerationRecorder second;
  auto toSecond = second.sink();
  auto id = std::make_shared<GenerationId>();
  GenerationSink sink = [&, toSecond, id](GenerationEvent event) {
    if (!event.end)
      return engine.cancel(*id);
    EXPECT_EQ(engine.status().numCancelled, 1u);
    EXPECT_TRUE(engine.submit(greedy({5}, 2), toSecond));
  };
  StepGate gate;
  executor.onRun = [&](const StepPlan &) { return gate.pass(); };
  *id = *engine.submit(greedy({5}, 60), sink);
  gate.open();
  EXPECT_EQ(second.wait().tokens.size(), 2u);
}

TEST(LocalEngineTest, DrainWaitsForAllAnswers) {
  FakeExecutor executor(kLimits);
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  std::vector<GenerationRecorder> recorders(40);
  for (int i = 0; i < 40; ++i)
    EXPECT_TRUE(engine.submit(request(i), recorders[i].sink()));
  EXPECT_TRUE(engine.drain(kForever));
  for (GenerationRecorder &recorder : recorders) {
    ASSERT_TRUE(recorder.now().end);
    EXPECT_EQ(recorder.now().end->reason, FinishReason::Length);
  }
  EXPECT_TRUE(engine.status().isDraining);
}

TEST(LocalEngineTest, DrainCancelsWhatTheDeadlineLeaves) {
  FakeExecutor executor(kLimits);
  StepGate gate;
  executor.onRun = [&](const StepPlan &) { return gate.pass(); };
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  GenerationRecorder recorder;
  EXPECT_TRUE(engine.submit(greedy({5}, 60), recorder.sink()));
  gate.waitForStep(1);
  std::thread drainer(
      [&] { EXPECT_FALSE(engine.drain(std::chrono::steady_clock::now())); });
  while (!engine.status().isDraining)
    std::this_thread::yield();
  EXPECT_FALSE(recorder.now().end);
  gate.open();
  drainer.join();
  // The step that was under way, and no other.
  EXPECT_EQ(recorder.now().tokens.size(), 1u);
  ASSERT_TRUE(recorder.now().end);
  EXPECT_EQ(recorder.now().end->reason, FinishReason::Cancelled);
}

TEST(LocalEngineTest, TheDestructorCancelsWhatIsLeft) {
  FakeExecutor executor(kLimits);
  std::vector<GenerationRecorder> recorders(20);
  {
    StepGate gate;
    executor.onRun = [&](const StepPlan &) { return gate.pass(); };
    LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
    for (GenerationRecorder &recorder : recorders)
      EXPECT_TRUE(engine.submit(greedy({5}, 60), recorder.sink()));
    gate.allow(2);
    recorders[0].waitForTokens(1);
    gate.open();
  }
  for (GenerationRecorder &recorder : recorders) {
    ASSERT_TRUE(recorder.now().end);
    EXPECT_EQ(recorder.now().numLateEvents, 0);
  }
}

TEST(LocalEngineTest, AnEngineWithoutRequestsEndsAtOnce) {
  FakeExecutor executor(kLimits);
  {
    LocalEngine engine(executor, tokenizer(), {});
  }
  LocalEngine engine(executor, tokenizer(), {});
  EXPECT_TRUE(engine.drain(std::chrono::steady_clock::now()));
  EXPECT_EQ(executor.numRuns(), 0);
}

TEST(LocalEngineTest, AfterTheDeviceIsLostNothingIsTaken) {
  FakeExecutor executor(kLimits);
  executor.onRun = [](const StepPlan &) {
    return Status(StatusCode::Unavailable, "device gone");
  };
  LocalEngine engine(executor, tokenizer(), {.maxModelLength = 64});
  GenerationRecorder recorder;
  EXPECT_TRUE(engine.submit(greedy({5}, 3), recorder.sink()));
  RecordedAnswer answer = recorder.wait();
  EXPECT_EQ(answer.end->reason, FinishReason::Failed);
  EXPECT_EQ(answer.end->error.code(), StatusCode::Unavailable);
  EXPECT_EQ(engine.status().phase, EnginePhase::Failed);
  EXPECT_EQ(engine.status().lastError, "device gone");
  Result<GenerationId> refused = engine.submit(greedy({5}, 3), recorder.sink());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().toString(), "Unavailable: the device is lost");
  EXPECT_TRUE(engine.drain(kForever));
}

} // namespace
} // namespace g4rt
