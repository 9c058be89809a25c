#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr SchedulerLimits kLimits = {.maxStepTokens = 8,
                                     .maxChunkTokens = 8,
                                     .maxStepOutputs = 8,
                                     .numSlots = 4,
                                     .pageSize = 4,
                                     .numPages = 16,
                                     .pagesPerSlot = 4};

SequenceId id(uint64_t value) { return SequenceId{value}; }

std::vector<int32_t> prompt(int32_t first, int64_t count) {
  std::vector<int32_t> tokens;
  for (int64_t i = 0; i < count; ++i)
    tokens.push_back(first + static_cast<int32_t>(i));
  return tokens;
}

// (id, rows) of each chunk.
std::vector<std::pair<uint64_t, int64_t>> rows(const ScheduledStep &step) {
  std::vector<std::pair<uint64_t, int64_t>> rows;
  for (const ScheduledChunk &chunk : step.chunks)
    rows.emplace_back(static_cast<uint64_t>(chunk.id), chunk.numRows);
  return rows;
}

// Runs the next step; every output is token 99.
std::vector<std::pair<uint64_t, int64_t>> runStep(Scheduler &scheduler) {
  ScheduledStep step = scheduler.next();
  scheduler.complete();
  for (const ScheduledChunk &chunk : step.chunks)
    if (chunk.hasOutput)
      scheduler.append(chunk.id, 99);
  return rows(step);
}

using Rows = std::pair<uint64_t, int64_t>;

TEST(SchedulerTest, APromptIsOneChunkAndThenOneRowAToken) {
  Scheduler scheduler(kLimits);
  scheduler.submit(id(7), {10, 11, 12}, 2);
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
  SchedulerLimits limits = kLimits;
  limits.maxStepTokens = 5;
  Scheduler scheduler(limits);
  scheduler.submit(id(1), prompt(0, 12), 1);
  for (bool isLast : {false, false, true}) {
    const ScheduledStep &step = scheduler.next();
    EXPECT_EQ(step.chunks[0].hasOutput, isLast);
    EXPECT_EQ(step.plan.outputRows.size(), isLast ? 1u : 0u);
    EXPECT_EQ(step.chunks[0].numRows, isLast ? 2 : 5);
    scheduler.complete();
  }
}

TEST(SchedulerTest, DecodeRowsComeBeforePromptsAndThoseOldestFirst) {
  Scheduler scheduler(kLimits);
  scheduler.submit(id(1), prompt(0, 2), 9);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 2)));
  scheduler.submit(id(2), prompt(0, 9), 3);
  scheduler.submit(id(3), prompt(0, 5), 3);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 7)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(2, 2), Rows(3, 5)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 1), Rows(2, 1), Rows(3, 1)));
}

TEST(SchedulerTest, SeveralPromptsShareAStep) {
  Scheduler scheduler(kLimits);
  for (uint64_t i : {1, 2, 3})
    scheduler.submit(id(i), prompt(0, 2), 2);
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(1, 2), Rows(2, 2), Rows(3, 2)));
}

TEST(SchedulerTest, AStepIsFilledByCappedChunksOfSeveralPromptsInOrder) {
  SchedulerLimits limits = kLimits;
  limits.maxChunkTokens = 3;
  Scheduler scheduler(limits);
  for (uint64_t i : {1, 2, 3, 4})
    scheduler.submit(id(i), prompt(0, 7), 2);
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
  SchedulerLimits limits{.maxStepTokens = 2048,
                         .maxChunkTokens = 1024,
                         .maxStepOutputs = 4,
                         .numSlots = 4,
                         .pageSize = 64,
                         .numPages = 200,
                         .pagesPerSlot = 160};
  for (auto [length, steps] : {std::pair(610, 1), {1024, 1}, {8192, 8}}) {
    Scheduler scheduler(limits);
    scheduler.submit(id(1), prompt(0, length), 1);
    int count = 0;
    for (bool hasOutput = false; !hasOutput; ++count) {
      hasOutput = scheduler.next().chunks.at(0).hasOutput;
      scheduler.complete();
    }
    EXPECT_EQ(count, steps) << length;
  }
}

TEST(SchedulerTest, TheBigOneAtTheHeadIsNotPassed) {
  Scheduler scheduler(kLimits);
  scheduler.submit(id(1), prompt(0, 4), 12); // 4 pages each
  scheduler.submit(id(2), prompt(0, 4), 12);
  scheduler.submit(id(3), prompt(0, 4), 12);
  scheduler.submit(id(4), prompt(0, 1), 1); // 1 page
  scheduler.submit(id(5), prompt(0, 4), 12);
  scheduler.submit(id(6), prompt(0, 1), 1);
  scheduler.next();
  EXPECT_EQ(scheduler.numRunning(), 4);
  scheduler.finish(id(4));
  scheduler.next();
  EXPECT_EQ(scheduler.numRunning(), 4); // 5 fits
  scheduler.finish(id(1));
  scheduler.submit(id(7), prompt(0, 4), 12);
  scheduler.next(); // 6 takes a page, 7 needs 4
  EXPECT_EQ(scheduler.numRunning(), 4);
  scheduler.submit(id(8), prompt(0, 1), 1);
  scheduler.finish(id(6));
  EXPECT_EQ(scheduler.pages().numFree(), 4);
  scheduler.next();
  EXPECT_EQ(scheduler.pages().numFree(), 0);
  EXPECT_EQ(scheduler.numWaiting(), 1); // 8, behind 7
}

TEST(SchedulerTest, PagesForThePromptAndTheWholeAnswerAreReserved) {
  Scheduler scheduler(kLimits);
  scheduler.submit(id(1), prompt(0, 4), 1);
  scheduler.next();
  EXPECT_EQ(scheduler.pages().numUsed(), 2);
  scheduler.submit(id(2), prompt(0, 3), 13);
  scheduler.next();
  EXPECT_EQ(scheduler.pages().numUsed(), 6);
}

TEST(SchedulerTest, NoMoreRunThanAStepHasRowsOrOutputs) {
  SchedulerLimits limits = kLimits;
  limits.maxStepTokens = 3;
  EXPECT_EQ(limits.maxRunning(), 3);
  limits.maxStepOutputs = 2;
  EXPECT_EQ(limits.maxRunning(), 2);
  Scheduler scheduler(limits);
  for (uint64_t i : {1, 2, 3})
    scheduler.submit(id(i), prompt(0, 4), 4);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 3)));
  // 1 has one row left, as if it decoded.
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 2)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 1), Rows(2, 1)));
  EXPECT_EQ(scheduler.numWaiting(), 1);
}

TEST(SchedulerTest, AFinishedSequenceGivesEverythingBackInEachPhase) {
  SchedulerLimits limits = kLimits;
  limits.numSlots = 2;
  Scheduler scheduler(limits);
  scheduler.submit(id(1), prompt(0, 2), 4);
  runStep(scheduler);
  scheduler.submit(id(2), prompt(0, 12), 4);
  runStep(scheduler);
  scheduler.submit(id(3), prompt(0, 2), 4);
  EXPECT_TRUE(scheduler.finish(id(3))); // waits
  EXPECT_EQ(scheduler.numWaiting(), 0);
  EXPECT_TRUE(scheduler.finish(id(2))); // prefill
  EXPECT_TRUE(scheduler.finish(id(1))); // decode
  EXPECT_FALSE(scheduler.finish(id(1)));
  EXPECT_EQ(scheduler.pages().numUsed(), 0);
  EXPECT_EQ(scheduler.slots().numFree(), 2);
  EXPECT_TRUE(scheduler.next().empty());
  EXPECT_THAT(scheduler.next().plan.tokenIds, IsEmpty());
}

TEST(SchedulerTest, TheLongestSequenceIsBoundedBySlotAndPool) {
  SchedulerLimits limits = kLimits;
  EXPECT_EQ(limits.maxLength(), 16);
  limits.numPages = 3;
  EXPECT_EQ(limits.maxLength(), 12);
  Scheduler scheduler(limits);
  scheduler.submit(id(1), prompt(0, 11), 1);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(1, 8)));
}

} // namespace
} // namespace g4rt
