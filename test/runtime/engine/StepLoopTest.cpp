#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "test/support/FakeExecutor.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 8,
                                    .maxChunkTokens = 8,
                                    .maxStepOutputs = 8,
                                    .numSlots = 4,
                                    .pageSize = 4,
                                    .numPages = 24,
                                    .pagesPerSlot = 8};

class StepLoopTest : public testing::Test {
protected:
  // Each look at the clock takes a millisecond.
  Answer::Time tick() {
    now += std::chrono::milliseconds(1);
    return now;
  }
  GenerationId add(GenerationRequest request) {
    if (request.promptIds.empty())
      request.promptIds = {2, 20};
    if (request.maxTokens == 0)
      request.maxTokens = 32 - static_cast<int64_t>(request.promptIds.size());
    request.sampling.temperature = 0;
    GenerationId id{++lastId};
    loop.add({.id = id,
              .answer = *Answer::create(std::move(request), *tokenizer, now),
              .sink = [this, n = lastId](GenerationEvent event) {
                events.emplace_back(n, std::move(event));
              }});
    return id;
  }
  void step() {
    loop.planStep();
    loop.runStep();
    deliver();
  }
  void deliver() {
    for (Delivery &delivery : loop.takeDeliveries())
      (*delivery.sink)(std::move(delivery.event));
  }
  // Runs to the end; the reasons by id.
  std::map<uint64_t, FinishReason> runAll() {
    for (int i = 0; i < 1000 && loop.hasWork(); ++i)
      step();
    deliver();
    std::map<uint64_t, FinishReason> reasons;
    for (const auto &[id, event] : events)
      if (event.end)
        reasons[id] = event.end->reason;
    return reasons;
  }
  const GenerationEnd &endOf(uint64_t wanted) {
    for (const auto &[id, event] : events)
      if (id == wanted && event.end)
        return *event.end;
    ADD_FAILURE() << wanted << " has no end";
    static const GenerationEnd none;
    return none;
  }
  std::vector<int32_t> tokensOf(uint64_t wanted) {
    std::vector<int32_t> tokens;
    for (const auto &[id, event] : events)
      if (id == wanted && event.token)
        tokens.push_back(event.token->token.id);
    return tokens;
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  FakeExecutor executor{kLimits};
  Answer::Time now{};
  StepLoop loop{executor, [this] { return tick(); }};
  uint64_t lastId = 0;
  std::vector<std::pair<uint64_t, GenerationEvent>> events;
};

TEST_F(StepLoopTest, AnAnswerHasItsTokensAndOneEnd) {
  add({.maxTokens = 3});
  EXPECT_THAT(runAll(), ElementsAre(std::pair(1, FinishReason::Length)));
  EXPECT_EQ(tokensOf(1).size(), 3u);
  EXPECT_EQ(events.size(), 3u);
  EXPECT_TRUE(events.back().second.end);
  EXPECT_EQ(endOf(1).usage.numAnswerTokens, 3);
  EXPECT_THAT(executor.problems(), IsEmpty());
}

TEST_F(StepLoopTest, FourSharedAnswersEqualTheirSoloRuns) {
  std::vector<std::vector<int32_t>> prompts = {
      {2, 20}, {2, 20, 21}, {5, 6, 7, 8, 9, 10, 11, 12, 13}, {2, 20}};
  for (const auto &prompt : prompts)
    add({.promptIds = prompt, .maxTokens = 10});
  runAll();
  for (uint64_t i = 0; i < prompts.size(); ++i) {
    add({.promptIds = prompts[i], .maxTokens = 10});
    runAll();
    EXPECT_EQ(tokensOf(1 + i), tokensOf(5 + i)) << i;
  }
  EXPECT_NE(tokensOf(1), tokensOf(2));
}

TEST_F(StepLoopTest, CancelEndsAnAnswerInEachPhase) {
  GenerationId decoding = add({});
  step();
  GenerationId prefilling =
      add({.promptIds = std::vector<int32_t>(20, 7), .maxTokens = 4});
  step();
  GenerationId queued = add({});
  for (GenerationId id : {queued, prefilling, decoding, decoding})
    loop.cancel(id);
  deliver();
  EXPECT_FALSE(loop.hasWork());
  for (uint64_t id : {1, 2, 3})
    EXPECT_EQ(endOf(id).reason, FinishReason::Cancelled);
  EXPECT_EQ(tokensOf(1).size(), 2u);
  EXPECT_EQ(loop.status().numPagesUsed, 0);
  EXPECT_EQ(loop.status().numCancelled, 3u);
}

TEST_F(StepLoopTest, AnAnswerThatIsLateEndsBeforeTheNextStep) {
  add({.maxTokens = 20, .timeoutSeconds = 1});
  add({.maxTokens = 20});
  step();
  step();
  now += std::chrono::seconds(1);
  loop.planStep();
  deliver();
  EXPECT_EQ(endOf(1).reason, FinishReason::Failed);
  EXPECT_EQ(endOf(1).error.code(), StatusCode::Cancelled);
  EXPECT_EQ(tokensOf(1).size(), 2u);
  loop.runStep();
  EXPECT_EQ(runAll().at(2), FinishReason::Length);
}

TEST_F(StepLoopTest, WhoBeginsInTimeMayTakeAllItsTime) {
  add({.maxTokens = 3, .queueTimeoutSeconds = 1});
  add({.maxTokens = 3, .timeoutSeconds = 9, .queueTimeoutSeconds = 1});
  step();
  now += std::chrono::seconds(2);
  for (uint64_t i = 3; i <= 6; ++i) // the last of them have to wait
    add({.maxTokens = 3, .queueTimeoutSeconds = 1});
  loop.planStep();
  EXPECT_EQ(loop.status().numWaiting, 2);
  loop.runStep();
  now += std::chrono::seconds(1);
  auto reasons = runAll();
  EXPECT_EQ(reasons.at(1), FinishReason::Length);
  EXPECT_EQ(reasons.at(2), FinishReason::Length);
  EXPECT_EQ(reasons.at(4), FinishReason::Length);
  EXPECT_EQ(reasons.at(5), FinishReason::Failed);
  EXPECT_EQ(reasons.at(6), FinishReason::Failed);
}

TEST_F(StepLoopTest, AFailedStepFailsItsAnswersAlone) {
  add({.maxTokens = 12});
  step();
  add({.promptIds = std::vector<int32_t>(20, 7), .maxTokens = 4});
  step();
  // The third has to wait for the step after the one that fails.
  add({.maxTokens = 5, .priority = 1});
  executor.onRun = [](const StepPlan &) {
    return Status(StatusCode::Internal, "kernel 3");
  };
  step();
  executor.onRun = nullptr;
  runAll();
  EXPECT_EQ(endOf(1).error.toString(), "Internal: kernel 3");
  EXPECT_EQ(endOf(2).reason, FinishReason::Failed);
  EXPECT_EQ(endOf(3).reason, FinishReason::Length);
  EXPECT_EQ(loop.status().numFailed, 2u);
  EXPECT_EQ(loop.status().phase, EnginePhase::Serving);
  EXPECT_EQ(loop.status().numPagesUsed, 0);
}

TEST_F(StepLoopTest, ALostDeviceFailsAllAndEverythingLater) {
  for (int i = 0; i < 6; ++i)
    add({.maxTokens = 12});
  step();
  executor.onRun = [](const StepPlan &) {
    return Status(StatusCode::Unavailable, "device gone");
  };
  step();
  EXPECT_FALSE(loop.hasWork());
  EXPECT_EQ(loop.status().phase, EnginePhase::Failed);
  for (uint64_t id : {1, 6}) // one that ran, one that waited
    EXPECT_EQ(endOf(id).error.toString(), "Unavailable: device gone");
  executor.onRun = nullptr;
  add({});
  step();
  EXPECT_EQ(endOf(7).error.toString(), "Unavailable: the device is lost");
  EXPECT_EQ(executor.numRuns(), 2);
  EXPECT_EQ(loop.status().numPagesUsed, 0);
}

TEST_F(StepLoopTest, ANumericalErrorFailsItsAnswerAlone) {
  executor.nanToken = 99;
  add({.promptIds = {2, 99}, .maxTokens = 5});
  add({.promptIds = {2, 98}, .maxTokens = 5});
  auto reasons = runAll();
  EXPECT_EQ(reasons[1], FinishReason::Failed);
  EXPECT_EQ(reasons[2], FinishReason::Length);
  EXPECT_EQ(endOf(1).error.message().find("numerical_error"), 0u);
}

TEST_F(StepLoopTest, WhenNothingCanBeChosenTheAnswerFails) {
  GenerationRequest request{.promptIds = {2}, .maxTokens = 2};
  for (int32_t id = 0; id < 300; ++id)
    request.sampling.suppressIds.push_back(id);
  add(std::move(request));
  EXPECT_EQ(runAll()[1], FinishReason::Failed);
  EXPECT_EQ(endOf(1).error.code(), StatusCode::InvalidArgument);
}

TEST_F(StepLoopTest, TimesFollowTheClock) {
  add({.promptIds = std::vector<int32_t>(20, 7), .maxTokens = 2});
  runAll();
  GenerationTimes times = endOf(1).times;
  // A look at the clock before and after each of 3 steps of prefill, then one
  // for the token.
  EXPECT_DOUBLE_EQ(times.queued, 0.001);
  EXPECT_DOUBLE_EQ(times.firstToken, 0.007);
  EXPECT_DOUBLE_EQ(times.total, 0.010);
  EXPECT_DOUBLE_EQ(loop.status().stepSeconds, 0.004);
}

TEST_F(StepLoopTest, CountsWhatItDoes) {
  add({.promptIds = std::vector<int32_t>(20, 7), .maxTokens = 2});
  add({.promptIds = {2, 3}, .maxTokens = 3});
  EXPECT_EQ(loop.status().numWaiting, 2);
  step();
  EXPECT_EQ(loop.status().numRunning, 2);
  EXPECT_EQ(loop.status().numPromptTokens, 8u);
  EXPECT_EQ(loop.status().numPagesUsed, 3); // taken as they grow
  runAll();
  const EngineStatus &status = loop.status();
  EXPECT_EQ(status.numPromptTokens, 22u);
  EXPECT_EQ(status.numAnswerTokens, 5u);
  EXPECT_EQ(status.numFinishedLength, 2u);
  EXPECT_EQ(status.numSteps, static_cast<uint64_t>(executor.numRuns()));
  EXPECT_EQ(status.timeToFirstToken.numObservations(), 2u);
  EXPECT_EQ(status.interTokenLatency.numObservations(), 3u);
  EXPECT_EQ(status.requestLatency.numObservations(), 2u);
  EXPECT_EQ(status.numPages, 24);
  EXPECT_EQ(status.numSlots, 4);
}

TEST_F(StepLoopTest, AStepWithoutWorkDoesNothing) {
  step();
  EXPECT_EQ(executor.numRuns(), 0);
  EXPECT_EQ(loop.status().numSteps, 0u);
}

TEST_F(StepLoopTest, AViewHasWhatRunsAndItsPages) {
  EXPECT_THAT(loop.view().slots, IsEmpty());
  add({.requestId = "req-a", .promptIds = {2, 20}, .maxTokens = 6});
  add({.requestId = "req-b",
       .promptIds = std::vector<int32_t>(12, 5),
       .maxTokens = 4});
  step(); // the first one whole, of the second one what the step has room for
  step(); // a token of the first one
  EngineView view = loop.view();
  ASSERT_EQ(view.slots.size(), 2u);
  EXPECT_EQ(view.slots[0].requestId, "req-a");
  EXPECT_EQ(view.slots[0].phase, SlotPhase::Answer);
  EXPECT_EQ(view.slots[0].numPromptTokens, 2);
  EXPECT_EQ(view.slots[0].numAnswerTokens, 2);
  EXPECT_EQ(view.slots[0].numComputed, 3);
  EXPECT_EQ(view.slots[0].maxLength, 8);
  EXPECT_GT(view.slots[0].tokensPerSecond, 0);
  EXPECT_GT(view.slots[0].ageSeconds, 0);
  EXPECT_EQ(view.slots[1].slot, 1);
  EXPECT_EQ(view.slots[1].numPromptTokens, 12);
  ASSERT_EQ(view.pools.size(), 1u);
  EXPECT_EQ(view.pools[0].numPages, 24);
  // Of 3 tokens and of 12: pages are taken as a sequence grows.
  EXPECT_EQ(view.pools[0].numUsed, 1 + 3);
  EXPECT_EQ(view.pools[0].pageSize, 4);
  runAll();
  EXPECT_THAT(loop.view().slots, IsEmpty());
  EXPECT_EQ(loop.view().pools[0].numUsed, 0);
}

TEST_F(StepLoopTest, APromptThatIsComputedIsShownAsOne) {
  add({.promptIds = std::vector<int32_t>(20, 5), .maxTokens = 4});
  step();
  EngineView view = loop.view();
  ASSERT_EQ(view.slots.size(), 1u);
  EXPECT_EQ(view.slots[0].phase, SlotPhase::Prompt);
  EXPECT_EQ(view.slots[0].numComputed, 8);
  EXPECT_EQ(view.slots[0].tokensPerSecond, 0);
}

} // namespace
} // namespace g4rt
