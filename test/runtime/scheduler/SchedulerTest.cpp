#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const SchedulerOptions kNoCache = {.hasPrefixCache = false};

TEST(SchedulerTest, APromptIsOneChunkAndThenOneRowAToken) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 7, {10, 11, 12}, 2);
  const ScheduledStep &first = scheduler.next();
  EXPECT_THAT(first.plan.tokenIds, ElementsAre(10, 11, 12));
  EXPECT_THAT(first.plan.positions, ElementsAre(0, 1, 2));
  EXPECT_THAT(first.plan.slots, ElementsAre(0, 0, 0));
  EXPECT_THAT(first.plan.visibleEnds, ElementsAre(1, 2, 3));
  EXPECT_THAT(first.plan.outputRows, ElementsAre(2));
  EXPECT_EQ(first.plan.pageTable.size(), 16u);
  EXPECT_TRUE(first.chunks[0].isFirst);
  EXPECT_EQ(first.chunks[0].numPromptRows, 3);
  scheduler.complete();
  scheduler.append(id(7), 42);

  const ScheduledStep &second = scheduler.next();
  EXPECT_THAT(second.plan.tokenIds, ElementsAre(42));
  EXPECT_THAT(second.plan.positions, ElementsAre(3));
  EXPECT_THAT(second.plan.outputRows, ElementsAre(0));
  EXPECT_FALSE(second.chunks[0].isFirst);
  EXPECT_EQ(second.chunks[0].numPromptRows, 0);
}

TEST(SchedulerTest, OnlyTheLastChunkOfAPromptHasAnOutput) {
  StepLimits limits = kLimits;
  limits.maxStepTokens = 5;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 12), 1);
  for (bool isLast : {false, false, true}) {
    const ScheduledStep &step = scheduler.next();
    EXPECT_EQ(step.chunks[0].hasOutput, isLast);
    EXPECT_EQ(step.plan.outputRows.size(), isLast ? 1u : 0u);
    EXPECT_EQ(step.chunks[0].numRows, isLast ? 2 : 5);
    scheduler.complete();
  }
}

TEST(SchedulerTest, DecodeRowsComeBeforePromptsAndThoseShortestFirst) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 1, prompt(0, 2), 9);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 2)));
  submit(scheduler, 2, prompt(0, 9), 3);
  submit(scheduler, 3, prompt(0, 5), 3);
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(3, 5), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(3, 1), Rows(2, 6)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(3, 1), Rows(2, 1)));
}

TEST(SchedulerTest, AShortPromptOvertakesALongOneThatHasBegun) {
  StepLimits limits = kLimits;
  limits.pagesPerSlot = limits.numPages = 64;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 60), 2);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 8)));
  submit(scheduler, 2, prompt(0, 9), 2);
  // The older one keeps a row.
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 7), Rows(1, 1)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 2), Rows(1, 6)));
}

TEST(SchedulerTest, AShortPromptGetsASlotBeforeALongOneThatIsNotDue) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 4), 3);
  runStep(scheduler);
  submit(scheduler, 2, prompt(0, 6), 1);
  submit(scheduler, 3, prompt(0, 2), 4);
  submit(scheduler, 4, prompt(0, 1), 1);
  runStep(scheduler);
  scheduler.finish(id(1));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(4, 1)));
  scheduler.finish(id(4));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(3, 2)));
  // Since 2 came six rows have been computed: nobody passes it any more.
  runStep(scheduler);
  runStep(scheduler);
  scheduler.finish(id(3));
  submit(scheduler, 5, prompt(0, 1), 1);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 6)));
}

// All of it comes at the same time.
TEST(SchedulerTest, TheNextSlotIsOfTheKeyThatHasHadLeastForItsWeight) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, kNoCache);
  for (uint64_t number : {1, 2, 3, 4, 5, 6})
    submitOf(scheduler, number, {KeyId{1}, 2}, 4);
  for (uint64_t number : {7, 8, 9})
    submitOf(scheduler, number, {KeyId{2}, 1}, 4);
  std::vector<uint64_t> order;
  while (scheduler.numWaiting() + scheduler.numRunning() > 0) {
    order.push_back(runStep(scheduler)[0].first);
    runStep(scheduler);
    scheduler.finish(id(order.back()));
  }
  EXPECT_THAT(order, ElementsAre(1, 7, 2, 3, 8, 4, 5, 9, 6));
}

TEST(SchedulerTest, SlotsThatAreFreeAtOneTimeAreShared) {
  Scheduler scheduler(kLimits, kNoCache);
  for (uint64_t number = 1; number <= 8; ++number)
    submitOf(scheduler, number, {KeyId{number > 4}, 1}, 4);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 4), Rows(2, 4)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(2, 1), Rows(5, 4), Rows(6, 2)));
}

TEST(SchedulerTest, WhoComesLateDoesNotMakeUpForWhatItDidNotAskFor) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, kNoCache);
  auto runAlone = [&](uint64_t number) {
    EXPECT_EQ(runStep(scheduler)[0].first, number);
    scheduler.finish(id(number));
  };
  for (uint64_t number = 1; number <= 8; ++number)
    submitOf(scheduler, number, {KeyId{1}, 1}, 4);
  for (uint64_t number : {1, 2, 3, 4})
    runAlone(number);
  for (uint64_t number : {11, 12, 13})
    submitOf(scheduler, number, {KeyId{2}, 1}, 4);
  for (uint64_t number : {11, 5, 12, 6, 13, 7, 8})
    runAlone(number);
}

TEST(SchedulerTest, APromptTakesNoMoreOfAStepThanThePriorityOfDecodingLeaves) {
  Scheduler scheduler(kLimits,
                      {.hasPrefixCache = false, .decodePriority = 0.7});
  submit(scheduler, 1, prompt(0, 8), 8);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 8))); // nobody decodes
  submit(scheduler, 2, prompt(0, 8), 3);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  scheduler.finish(id(1));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 6)));
}

TEST(SchedulerTest, AtFullPriorityOfDecodingAPromptStillGoesOn) {
  Scheduler scheduler(kLimits, {.hasPrefixCache = false, .decodePriority = 1});
  submit(scheduler, 1, prompt(0, 2), 9);
  runStep(scheduler);
  submit(scheduler, 2, prompt(0, 8), 3);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 1)));
}

TEST(SchedulerTest, APausedSequenceHasNoRowsAndKeepsItsPages) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 1, prompt(0, 5), 9);
  submit(scheduler, 2, prompt(0, 2), 9);
  runStep(scheduler);
  scheduler.setPaused(id(1), true);
  int64_t numUsed = scheduler.pools().pages.numUsed();
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1)));
  EXPECT_EQ(scheduler.pools().pages.numUsed(), numUsed);
  scheduler.setPaused(id(1), false);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1), Rows(1, 1)));
}

// Though it came first.
TEST(SchedulerTest, APausedSequenceIsTheFirstToLoseItsPages) {
  StepLimits limits = kLimits;
  limits.numPages = 4;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 7), 9);
  submit(scheduler, 2, prompt(0, 7), 9);
  runStep(scheduler);
  scheduler.setPaused(id(1), true);
  while (scheduler.counts().numPreemptions == 0)
    ASSERT_FALSE(runStep(scheduler).empty());
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1)));
  EXPECT_EQ(scheduler.numWaiting(), 1);
  // It waits for nothing but its client.
  scheduler.finish(id(2));
  EXPECT_TRUE(scheduler.next().empty());
  scheduler.setPaused(id(1), false);
  EXPECT_FALSE(runStep(scheduler).empty());
}

TEST(SchedulerTest, NobodyWaitsForASlotThatIsPaused) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 2), 9);
  submit(scheduler, 2, prompt(0, 3), 9);
  runStep(scheduler);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1)));
  scheduler.setPaused(id(1), true);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 3)));
  EXPECT_EQ(scheduler.counts().numPreemptions, 1u);
}

TEST(SchedulerTest, SeveralPromptsShareAStep) {
  Scheduler scheduler(kLimits, kNoCache);
  for (uint64_t i : {1, 2, 3})
    submit(scheduler, i, prompt(0, 2), 2);
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 2), Rows(2, 2), Rows(3, 2)));
}

TEST(SchedulerTest, AStepIsFilledByCappedChunksOfSeveralPromptsInOrder) {
  StepLimits limits = kLimits;
  limits.maxChunkTokens = 3;
  Scheduler scheduler(limits, kNoCache);
  for (uint64_t i : {1, 2, 3, 4})
    submit(scheduler, i, prompt(0, 7), 2);
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 3), Rows(2, 3), Rows(3, 2)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 3), Rows(2, 3), Rows(3, 2)));
  // 1 and 2 have one row left each: then the others have room.
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(2, 1), Rows(3, 3), Rows(4, 3)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(2, 1), Rows(3, 1), Rows(4, 3)));
}

TEST(SchedulerTest, AStepHasRoomForAWholePromptThatAChunkHolds) {
  StepLimits limits{.maxStepTokens = 2048,
                    .maxChunkTokens = 1024,
                    .maxStepOutputs = 4,
                    .numSlots = 4,
                    .pageSize = 64,
                    .numPages = 200,
                    .pagesPerSlot = 160};
  for (auto [length, steps] : {std::pair(610, 1), {1024, 1}, {8192, 8}}) {
    Scheduler scheduler(limits, kNoCache);
    submit(scheduler, 1, prompt(0, length), 1);
    int count = 0;
    for (bool hasOutput = false; !hasOutput; ++count) {
      hasOutput = scheduler.next().chunks.at(0).hasOutput;
      scheduler.complete();
    }
    EXPECT_EQ(count, steps) << length;
  }
}

TEST(SchedulerTest, ABigOneAtTheHeadIsNotPassed) {
  StepLimits limits = kLimits;
  limits.maxStepTokens = limits.maxChunkTokens = 16;
  limits.numPages = 6;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 11), 4); // 3 pages
  submit(scheduler, 2, prompt(0, 13), 3); // 4 pages
  runStep(scheduler);
  EXPECT_EQ(scheduler.numRunning(), 1);
  runStep(scheduler);
  runStep(scheduler);                    // 2 is due
  submit(scheduler, 3, prompt(0, 1), 1); // 1 page
  runStep(scheduler);
  EXPECT_EQ(scheduler.numRunning(), 1);
  scheduler.finish(id(1));
  runStep(scheduler);
  EXPECT_EQ(scheduler.numRunning(), 2);
}

TEST(SchedulerTest, PagesAreTakenAsASequenceGrows) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 1, prompt(0, 4), 12);
  for (int64_t numPages : {1, 2, 2, 2, 2, 3}) {
    runStep(scheduler);
    EXPECT_EQ(scheduler.pools().pages.numUsed(), numPages);
  }
}

TEST(SchedulerTest, NoMoreRunThanAStepHasRowsOrOutputs) {
  StepLimits limits = kLimits;
  limits.maxStepTokens = 3;
  EXPECT_EQ(limits.maxRunning(), 3);
  limits.maxStepOutputs = 2;
  EXPECT_EQ(limits.maxRunning(), 2);
  Scheduler scheduler(limits, kNoCache);
  for (uint64_t i : {1, 2, 3})
    submit(scheduler, i, prompt(0, 4), 4);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 3)));
  // 1 has one row left, as if it decoded.
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 1)));
  EXPECT_EQ(scheduler.numWaiting(), 1);
}

TEST(SchedulerTest, AFinishedSequenceGivesEverythingBackInEachPhase) {
  StepLimits limits = kLimits;
  limits.numSlots = 2;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 2), 4);
  runStep(scheduler);
  submit(scheduler, 2, prompt(0, 12), 4);
  runStep(scheduler);
  submit(scheduler, 3, prompt(0, 2), 4);
  EXPECT_TRUE(scheduler.finish(id(3))); // waits
  EXPECT_EQ(scheduler.numWaiting(), 0);
  EXPECT_TRUE(scheduler.finish(id(2))); // prefill
  EXPECT_TRUE(scheduler.finish(id(1))); // decode
  EXPECT_FALSE(scheduler.finish(id(1)));
  EXPECT_EQ(scheduler.pools().pages.numUsed(), 0);
  EXPECT_EQ(scheduler.slots().numFree(), 2);
  EXPECT_TRUE(scheduler.next().empty());
  EXPECT_THAT(scheduler.next().plan.tokenIds, IsEmpty());
}

//===----------------------------------------------------------------------===//
// Preemption
//===----------------------------------------------------------------------===//

/// 4 pages of 4 positions.
StepLimits smallPool() {
  StepLimits limits = kLimits;
  limits.numPages = 4;
  return limits;
}

TEST(SchedulerTest, AHeldSequenceGetsNoRowsAndTheOthersGoOn) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 1, {10, 11}, 9);
  submit(scheduler, 2, {20, 21, 22}, 9);
  runStep(scheduler);
  scheduler.setHeld(id(1), true);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows{2, 1}));
  scheduler.setHeld(id(2), true);
  EXPECT_THAT(runStep(scheduler), IsEmpty());
  EXPECT_EQ(scheduler.numRunning(), 2);
  scheduler.setHeld(id(1), false);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows{1, 1}));
  EXPECT_TRUE(scheduler.finish(id(2)));
  scheduler.setHeld(id(2), false); // has ended, and nothing happens
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows{1, 1}));
}

TEST(SchedulerTest, ASequenceAwaitsItsTokenUntilItHasIt) {
  Scheduler scheduler(kLimits, kNoCache);
  submit(scheduler, 1, {10, 11}, 9);
  EXPECT_FALSE(scheduler.awaitsToken(id(1)));
  scheduler.next();
  scheduler.complete();
  EXPECT_TRUE(scheduler.awaitsToken(id(1)));
  scheduler.append(id(1), 12);
  EXPECT_FALSE(scheduler.awaitsToken(id(1)));
  EXPECT_FALSE(scheduler.awaitsToken(id(2)));
}

// It computes all its tokens again, once it goes on.
TEST(SchedulerTest, AHeldSequenceThatIsPreemptedIsHeldUntilItGoesOn) {
  StepLimits limits = kLimits;
  limits.numPages = 4;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(10, 7), 9);
  submit(scheduler, 2, prompt(30, 7), 9);
  runStep(scheduler);
  runStep(scheduler);
  scheduler.setHeld(id(2), true);
  while (scheduler.numRunning() == 2)
    ASSERT_THAT(runStep(scheduler), ElementsAre(Rows{1, 1}));
  EXPECT_TRUE(scheduler.finish(id(1)));
  EXPECT_THAT(runStep(scheduler), IsEmpty());
  EXPECT_EQ(scheduler.numRunning(), 1);
  scheduler.setHeld(id(2), false);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows{2, 8}));
}

TEST(SchedulerTest, WithoutPagesTheYoungestIsPreemptedAndGoesOnLater) {
  Scheduler scheduler(smallPool(), kNoCache);
  submit(scheduler, 1, prompt(0, 4), 8);
  submit(scheduler, 2, prompt(0, 4), 8);
  runStep(scheduler); // 2 pages each would be needed now
  for (int i = 0; i < 4; ++i)
    EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 1)));
  // Both have 9 tokens: the ninth needs a third page.
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1)));
  EXPECT_EQ(scheduler.numWaiting(), 1);
  EXPECT_EQ(scheduler.counts().numPreemptions, 1u);
  runStep(scheduler);
  runStep(scheduler);
  scheduler.finish(id(1));
  // Its 9 tokens again, in chunks of 8.
  const ScheduledStep &step = scheduler.next();
  EXPECT_THAT(rows(step), ElementsAre(Rows(2, 8)));
  EXPECT_THAT(step.plan.tokenIds, ElementsAre(0, 1, 2, 3, 99, 99, 99, 99));
  EXPECT_FALSE(step.chunks[0].isFirst);
  scheduler.complete();
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1)));
}

TEST(SchedulerTest, AmongSeveralPrioritiesTheLowestIsPreempted) {
  Scheduler scheduler(smallPool(), kNoCache);
  submit(scheduler, 1, prompt(0, 4), 8, /*priority=*/1);
  submit(scheduler, 2, prompt(0, 4), 8, /*priority=*/0);
  runStep(scheduler);
  for (int i = 0; i < 4; ++i)
    runStep(scheduler);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1)));
}

TEST(SchedulerTest, SmallerPrioritiesWaitInFront) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  Scheduler scheduler(limits, kNoCache);
  submit(scheduler, 1, prompt(0, 4), 1);
  runStep(scheduler);
  submit(scheduler, 2, prompt(0, 4), 1, /*priority=*/5);
  submit(scheduler, 3, prompt(0, 4), 1, /*priority=*/-1);
  submit(scheduler, 4, prompt(0, 4), 1, /*priority=*/5);
  for (uint64_t next : {3, 2, 4}) {
    scheduler.finish(id(next == 3 ? 1 : next == 2 ? 3 : 2));
    EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(next, 4)));
  }
}

} // namespace
} // namespace g4rt
