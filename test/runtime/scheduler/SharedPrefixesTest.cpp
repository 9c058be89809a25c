// What sequences find in the prefix cache and leave there.

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

using testing::ElementsAre;

/// 4 pages of 4 positions.
StepLimits smallPool() {
  StepLimits limits = kLimits;
  limits.numPages = 4;
  return limits;
}

/// Runs a request of these tokens alone to its end: how many rows it had.
int64_t rowsOf(Scheduler &scheduler, uint64_t number,
               std::vector<int32_t> tokens, int64_t maxTokens) {
  submit(scheduler, number, std::move(tokens), maxTokens);
  int64_t numRows = 0;
  for (int64_t numTokens = 0; numTokens < maxTokens;) {
    ScheduledStep step = scheduler.next();
    scheduler.complete();
    for (const ScheduledChunk &chunk : step.chunks) {
      numRows += chunk.numRows;
      if (chunk.hasOutput && ++numTokens < maxTokens)
        scheduler.append(chunk.id, 99);
    }
  }
  scheduler.finish(id(number));
  return numRows;
}

TEST(SharedPrefixesTest, TheSameRequestAgainComputesItsLastTokenAlone) {
  Scheduler scheduler(kLimits);
  EXPECT_EQ(rowsOf(scheduler, 1, prompt(0, 11), 1), 11);
  submit(scheduler, 2, prompt(0, 11), 1);
  const ScheduledStep &step = scheduler.next();
  EXPECT_EQ(step.chunks[0].numRows, 1);
  EXPECT_EQ(step.chunks[0].numCached, 10);
  EXPECT_THAT(step.plan.positions, ElementsAre(10));
  ASSERT_EQ(step.plan.copies.size(), 1u);
  EXPECT_EQ(step.plan.copies[0].to, step.plan.pageTable[2]);
  EXPECT_NE(step.plan.copies[0].from, step.plan.copies[0].to);
  EXPECT_EQ(scheduler.counts().numPrefixQueries, 22u);
  EXPECT_EQ(scheduler.counts().numPrefixHits, 10u);
}

TEST(SharedPrefixesTest, ATurnOfAChatComputesItsNewTokensAlone) {
  StepLimits limits = kLimits;
  limits.pagesPerSlot = 32;
  limits.numPages = 64;
  limits.window = 6;
  limits.windowPagesPerSlot = limits.ringPages();
  limits.numWindowPages = limits.numSlots * limits.windowPagesPerSlot;
  Scheduler scheduler(limits);
  std::vector<int32_t> chat = prompt(0, 5);
  rowsOf(scheduler, 1, chat, 3);
  for (uint64_t turn = 2; turn < 12; ++turn) {
    // The answer's last token was chosen but not computed.
    chat.insert(chat.end(), {99, 99, 99, 7, 8, static_cast<int32_t>(turn)});
    EXPECT_EQ(rowsOf(scheduler, turn, chat, 3), 4 + 2) << turn;
  }
}

TEST(SharedPrefixesTest, WhoBeginsLikeOneThatIsComputedWaitsForIt) {
  Scheduler scheduler(kLimits);
  submit(scheduler, 1, prompt(0, 10), 2);
  submit(scheduler, 2, prompt(0, 10), 2);
  submit(scheduler, 3, prompt(50, 3), 3);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(3, 3), Rows(1, 5)));
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(3, 1), Rows(1, 5)));
  EXPECT_THAT(runStep(scheduler),
              ElementsAre(Rows(3, 1), Rows(1, 1), Rows(2, 1)));
}

// It was charged for all of it when it got its slot.
TEST(SharedPrefixesTest, AKeyDoesNotPayForWhatIsCached) {
  StepLimits limits = kLimits;
  limits.numSlots = 1;
  limits.maxStepTokens = limits.maxChunkTokens = 16;
  Scheduler scheduler(limits);
  auto runAlone = [&](uint64_t number, int64_t numRows) {
    EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(number, numRows)));
    scheduler.finish(id(number));
  };
  for (uint64_t number : {1, 2})
    submitOf(scheduler, number, {KeyId{1}, 1}, 12);
  runAlone(1, 12);
  runAlone(2, 1);
  // The one key has had 12 + 1 + 1 + 1 rows, the other one begins at 13.
  submitOf(scheduler, 3, {KeyId{2}, 1}, 4, 100);
  submitOf(scheduler, 4, {KeyId{2}, 1}, 4, 200);
  submitOf(scheduler, 5, {KeyId{1}, 1}, 4, 300);
  runAlone(3, 4);
  runAlone(5, 4);
  runAlone(4, 4);
}

TEST(SharedPrefixesTest, AnotherSaltSharesNothing) {
  Scheduler scheduler(kLimits);
  rowsOf(scheduler, 1, prompt(0, 8), 1);
  scheduler.submit(
      id(2), {.tokens = prompt(0, 8), .maxTokens = 1, .cacheSalt = "another"});
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 8)));
}

TEST(SharedPrefixesTest, TheCacheGivesUpItsPagesBeforeASequenceDoes) {
  Scheduler scheduler(smallPool());
  rowsOf(scheduler, 1, prompt(0, 8), 1);
  rowsOf(scheduler, 2, prompt(100, 4), 1);
  EXPECT_EQ(scheduler.pools().pages.numIdle(), 3);
  EXPECT_EQ(rowsOf(scheduler, 3, prompt(200, 15), 1), 15);
  EXPECT_EQ(scheduler.counts().numPreemptions, 0u);
  scheduler.clearPrefixCache();
  EXPECT_EQ(scheduler.pools().pages.numFree(), 4);
}

// The page to be copied and the copy would be one too many.
TEST(SharedPrefixesTest, WithoutAPageForTheCopyTheBeginIsComputedAgain) {
  Scheduler scheduler(smallPool());
  rowsOf(scheduler, 1, prompt(0, 15), 1);
  EXPECT_EQ(rowsOf(scheduler, 2, prompt(0, 14), 1), 14);
}

} // namespace
} // namespace g4rt
