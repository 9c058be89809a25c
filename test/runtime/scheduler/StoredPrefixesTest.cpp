//===- StoredPrefixesTest.cpp - Sequences and what files have of them -----===//

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

using testing::ElementsAre;

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
