#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/engine/StepLoopFixture.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using StepLoopTest = StepLoopFixture;

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

TEST_F(StepLoopTest, AStepWithoutWorkDoesNothing) {
  step();
  EXPECT_EQ(executor.numRuns(), 0);
  EXPECT_EQ(loop.status().numSteps, 0u);
}

} // namespace
} // namespace g4rt
