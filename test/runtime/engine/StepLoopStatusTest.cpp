#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/engine/StepLoopFixture.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

using StepLoopStatusTest = StepLoopFixture;

TEST_F(StepLoopStatusTest, CountsWhatItDoes) {
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

TEST_F(StepLoopStatusTest, AViewHasWhatRunsAndItsPages) {
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

TEST_F(StepLoopStatusTest, TextsAreShownWhereTheyAreAskedForAlone) {
  for (bool showsTexts : {false, true}) {
    loop.setShowsTexts(showsTexts);
    add({.requestId = "req-a", .promptIds = {2, 20}, .maxTokens = 9});
    for (int i = 0; i < 8; ++i)
      step();
    EngineView view = loop.view();
    ASSERT_EQ(view.slots.size(), 1u);
    EXPECT_EQ(!view.slots[0].text.empty(), showsTexts);
    runAll();
  }
}

TEST_F(StepLoopStatusTest, APromptThatIsComputedIsShownAsOne) {
  add({.promptIds = std::vector<int32_t>(20, 5), .maxTokens = 4});
  step();
  EngineView view = loop.view();
  ASSERT_EQ(view.slots.size(), 1u);
  EXPECT_EQ(view.slots[0].phase, SlotPhase::Prompt);
  EXPECT_EQ(view.slots[0].numComputed, 8);
  EXPECT_EQ(view.slots[0].tokensPerSecond, 0);
}

TEST_F(StepLoopStatusTest, APromptWithoutAnAnswerIsTakenAndHasItsTime) {
  add({.promptIds = {2, 20, 21}, .isPromptOnly = true});
  runAll();
  EngineStatus status = loop.status();
  EXPECT_EQ(status.numTakenPromptTokens, 3u);
  EXPECT_EQ(status.numAnswerTokens, 0u);
  EXPECT_EQ(status.timeToFirstToken.numObservations(), 0u);
  EXPECT_GT(status.prefillTime.sumSeconds, 0);
  EXPECT_EQ(status.decodeTime.sumSeconds, 0);
}

} // namespace
} // namespace g4rt
