//===- StoredPrefixesTest.cpp - Sequences and what files have of them -----===//

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;

constexpr StepLimits kLimits = {.maxStepTokens = 8,
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

void submit(Scheduler &scheduler, uint64_t number, std::vector<int32_t> tokens,
            int64_t maxTokens, int32_t priority = 0) {
  scheduler.submit(id(number), {.tokens = std::move(tokens),
                                .maxTokens = maxTokens,
                                .priority = priority});
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

/// Files have the first `numStored` tokens of everything.
SchedulerOptions withFiles(int64_t numStored) {
  return {.numStored = [=](const std::string &, std::span<const int32_t>,
                           int64_t most) { return std::min(most, numStored); }};
}

TEST(StoredPrefixesTest, WhatFilesHaveIsRestoredBeforeTheRest) {
  Scheduler scheduler(kLimits, withFiles(9));
  submit(scheduler, 1, prompt(0, 12), 3);
  submit(scheduler, 2, {50, 51}, 3); // shorter than a page
  const ScheduledStep &step = scheduler.next();
  EXPECT_THAT(rows(step), ElementsAre(Rows(2, 2)));
  ASSERT_EQ(step.restores.size(), 1u);
  ScheduledRestore restore = step.restores[0];
  EXPECT_EQ(restore.tokens, prompt(0, 9));
  EXPECT_EQ(restore.firstPage, 0);
  for (int64_t page : {0, 1, 2})
    EXPECT_TRUE(scheduler.pageOf(restore.id, PageKind::Global, page));
  EXPECT_EQ(scheduler.numRestoring(), 1);
  scheduler.complete();
  scheduler.append(id(2), 99);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1)));
  scheduler.endRestore(restore.id, /*isComplete=*/true);
  EXPECT_THAT(runStep(scheduler), ElementsAre(Rows(2, 1), Rows(1, 3)));
  EXPECT_EQ(scheduler.counts().numRestored, 9u);
  EXPECT_FALSE(scheduler.pageOf(restore.id, PageKind::Global, 0));
}

TEST(StoredPrefixesTest, WhatCannotBeRestoredIsComputed) {
  Scheduler scheduler(kLimits, withFiles(9));
  submit(scheduler, 1, prompt(0, 12), 3);
  RestoreId restore = scheduler.next().restores.at(0).id;
  scheduler.endRestore(restore, /*isComplete=*/false);
  const ScheduledStep &step = scheduler.next();
  EXPECT_THAT(rows(step), ElementsAre(Rows(1, 8)));
  EXPECT_TRUE(step.restores.empty()); // it is not tried again
  EXPECT_EQ(step.chunks[0].numCached, 0);
}

TEST(StoredPrefixesTest, ARestoreOfASequenceThatIsGoneIsOfNoUse) {
  Scheduler scheduler(kLimits, withFiles(9));
  submit(scheduler, 1, prompt(0, 12), 3);
  RestoreId restore = scheduler.next().restores.at(0).id;
  scheduler.finish(id(1));
  EXPECT_FALSE(scheduler.pageOf(restore, PageKind::Global, 0));
  scheduler.endRestore(restore, /*isComplete=*/true);
  EXPECT_EQ(scheduler.pools().pages.numUsed(), 0);
}

TEST(StoredPrefixesTest, ASlotRemembersWhatItHadLast) {
  Scheduler scheduler(kLimits);
  submit(scheduler, 1, prompt(0, 6), 2);
  runStep(scheduler);
  EXPECT_TRUE(scheduler.isInUse(0));
  EXPECT_EQ(scheduler.slotPrefix(0).tokens, prompt(0, 6));
  runStep(scheduler);
  scheduler.finish(id(1));
  EXPECT_FALSE(scheduler.isInUse(0));
  std::vector<int32_t> tokens = prompt(0, 6);
  tokens.push_back(99);
  EXPECT_EQ(scheduler.slotPrefix(0).tokens, tokens);
  EXPECT_EQ(scheduler.slotPages(0)->pages.size(), 2u);
  EXPECT_TRUE(scheduler.slotPrefix(1).tokens.empty());
  scheduler.eraseSlot(0);
  EXPECT_TRUE(scheduler.slotPrefix(0).tokens.empty());
  EXPECT_FALSE(scheduler.slotPages(0));
}

} // namespace
} // namespace g4rt
