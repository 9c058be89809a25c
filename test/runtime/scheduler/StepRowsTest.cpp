// Who has which rows of a step: prompts whose rows all have outputs.

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void submitScored(Scheduler &scheduler, uint64_t number,
                  std::vector<int32_t> tokens, int64_t maxTokens = 2,
                  int32_t priority = 0) {
  scheduler.submit(id(number), {.tokens = std::move(tokens),
                                .maxTokens = maxTokens,
                                .priority = priority,
                                .hasPromptOutputs = true});
}

StepLimits limitsWith(int64_t maxStepOutputs) {
  StepLimits limits = kLimits;
  limits.maxStepOutputs = maxStepOutputs;
  return limits;
}

/// The positions of the rows with outputs.
std::vector<int32_t> outputsOf(const ScheduledStep &step) {
  std::vector<int32_t> positions;
  for (int32_t row : step.plan.outputRows)
    positions.push_back(step.plan.positions[static_cast<size_t>(row)]);
  return positions;
}

TEST(StepRowsTest, EachRowOfEachChunkHasOne) {
  Scheduler scheduler(kLimits);
  submitScored(scheduler, 1, prompt(0, 11));
  const ScheduledStep &first = scheduler.next();
  EXPECT_THAT(outputsOf(first), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_EQ(first.chunks[0].numPromptOutputs, 8);
  EXPECT_FALSE(first.chunks[0].hasOutput);
  scheduler.complete();
  const ScheduledStep &last = scheduler.next();
  EXPECT_THAT(outputsOf(last), ElementsAre(8, 9, 10));
  EXPECT_EQ(last.chunks[0].numPromptOutputs, 2);
  EXPECT_TRUE(last.chunks[0].hasOutput);
  scheduler.complete();
  scheduler.append(id(1), 99);
  const ScheduledStep &decode = scheduler.next();
  EXPECT_THAT(outputsOf(decode), ElementsAre(11));
  EXPECT_EQ(decode.chunks[0].numPromptOutputs, 0);
}

TEST(StepRowsTest, AChunkIsNoLongerThanTheOutputsThatAreLeft) {
  Scheduler scheduler(limitsWith(3));
  submit(scheduler, 1, prompt(50, 1), 8);
  submitScored(scheduler, 2, prompt(0, 5));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 1)));
}

TEST(StepRowsTest, WhereAllOutputsAreTakenThereIsARowAStep) {
  Scheduler scheduler(limitsWith(3));
  submit(scheduler, 1, prompt(50, 1), 8);
  submitScored(scheduler, 2, prompt(0, 4));
  submitScored(scheduler, 3, prompt(20, 4));
  for (int step = 0; step < 4; ++step)
    EXPECT_THAT(runStep(scheduler),
                ElementsAre(Rows(1, 1), Rows(2, 1), Rows(3, 1)))
        << step;
}

TEST(StepRowsTest, PromptsWithoutThemHaveTheOtherRows) {
  Scheduler scheduler(limitsWith(2));
  submitScored(scheduler, 1, prompt(0, 4));
  submit(scheduler, 2, prompt(50, 8), 2);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 7)));
}

TEST(StepRowsTest, NothingOfThemComesFromTheCacheButOthersFindThem) {
  Scheduler scheduler(kLimits);
  submit(scheduler, 1, prompt(0, 8), 1);
  runStep(scheduler);
  scheduler.finish(id(1));
  submitScored(scheduler, 2, prompt(0, 8));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 8)));
  EXPECT_EQ(scheduler.counts().numPrefixHits, 0u);
  EXPECT_EQ(scheduler.counts().numPrefixQueries, 8u); // of the first alone
  scheduler.finish(id(2));
  submit(scheduler, 3, prompt(0, 8), 1);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(3, 1)));
}

TEST(StepRowsTest, NobodyWaitsForAPromptThatIsSlowByThem) {
  Scheduler scheduler(limitsWith(2));
  submitScored(scheduler, 1, prompt(0, 12), 2, /*priority=*/-1);
  submit(scheduler, 2, prompt(0, 12), 2);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 7)));
}

/// A prompt of 11 whose sequence has had 8 rows, and then lost its slot.
void preemptAfterAStep(Scheduler &scheduler) {
  submitScored(scheduler, 1, prompt(0, 11));
  EXPECT_THAT(outputsOf(scheduler.next()), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  scheduler.complete();
  scheduler.setPaused(id(1), true);
  submit(scheduler, 2, prompt(50, 3), 1);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 3)));
  EXPECT_EQ(scheduler.counts().numPreemptions, 1u);
  scheduler.finish(id(2));
  scheduler.setPaused(id(1), false);
}

TEST(StepRowsTest, WhoWasPreemptedFindsTheRowsThatHaveHadThem) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits);
  preemptAfterAStep(scheduler);
  const ScheduledStep &step = scheduler.next();
  EXPECT_THAT(step.plan.positions, ElementsAre(8, 9, 10));
  EXPECT_THAT(outputsOf(step), ElementsAre(8, 9, 10));
}

TEST(StepRowsTest, WithoutACacheTheyAreComputedAgainWithoutThem) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, {.hasPrefixCache = false});
  preemptAfterAStep(scheduler);
  const ScheduledStep &again = scheduler.next();
  EXPECT_EQ(again.plan.numTokens(), 8);
  EXPECT_THAT(outputsOf(again), IsEmpty());
  EXPECT_EQ(again.chunks[0].numPromptOutputs, 0);
  scheduler.complete();
  const ScheduledStep &last = scheduler.next();
  EXPECT_THAT(outputsOf(last), ElementsAre(8, 9, 10));
  EXPECT_EQ(last.chunks[0].numPromptOutputs, 2);
}

TEST(StepRowsTest, APromptOfOneTokenHasNothingToSay) {
  Scheduler scheduler(kLimits);
  submitScored(scheduler, 1, prompt(0, 1));
  const ScheduledStep &step = scheduler.next();
  EXPECT_EQ(step.chunks[0].numPromptOutputs, 0);
  EXPECT_TRUE(step.chunks[0].hasOutput);
}

TEST(StepRowsTest, DraftsComeAfterThem) {
  Scheduler scheduler(kLimits);
  submitScored(scheduler, 1, prompt(0, 3), 8);
  runStep(scheduler);
  for (int round = 0; round < 2; ++round) {
    scheduler.propose(id(1), {99, 7});
    const ScheduledStep &step = scheduler.next();
    EXPECT_EQ(step.chunks[0].numRows, 3);
    EXPECT_EQ(step.chunks[0].numDrafts, 2);
    EXPECT_EQ(step.chunks[0].numPromptOutputs, 0);
    EXPECT_EQ(outputsOf(step).size(), 3u);
    scheduler.complete();
    int32_t accepted[] = {99, 5}; // the first draft is right
    scheduler.accept(id(1), accepted);
  }
}

} // namespace
} // namespace g4rt
