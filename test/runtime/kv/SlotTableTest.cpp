#include "runtime/kv/SlotTable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Pages of 4 positions, a window of 4 and chunks of 4: rings of 3 pages.
class SlotTableTest : public testing::Test {
protected:
  static constexpr StepLimits kLimits = {.maxChunkTokens = 4,
                                         .numSlots = 2,
                                         .pageSize = 4,
                                         .numPages = 8,
                                         .pagesPerSlot = 5,
                                         .window = 4,
                                         .numWindowPages = 6,
                                         .windowPagesPerSlot = 3};

  void growTo(int32_t slot, int64_t end) {
    for (int64_t at = 0; at < end; at += 4)
      EXPECT_TRUE(table_.extend(slot, at, std::min(at + 4, end)).isNone());
  }

  PagePools pools_{PagePool(8), PagePool(6)};
  SlotTable table_{pools_, kLimits};
};

TEST_F(SlotTableTest, ASlotTakesPagesAsItGrows) {
  EXPECT_EQ(table_.open(), 0);
  EXPECT_THAT(table_.pages(0), IsEmpty());
  EXPECT_TRUE(table_.extend(0, 0, 4).isNone());
  EXPECT_THAT(table_.pages(0), ElementsAre(0));
  EXPECT_TRUE(table_.extend(0, 4, 5).isNone());
  EXPECT_TRUE(table_.extend(0, 5, 6).isNone());
  EXPECT_EQ(table_.open(), 1);
  EXPECT_TRUE(table_.extend(1, 0, 4).isNone());
  EXPECT_TRUE(table_.extend(1, 4, 8).isNone());
  EXPECT_THAT(table_.entries(), ElementsAre(0, 1, 0, 0, 0, 2, 3, 0, 0, 0));
  EXPECT_THAT(table_.windowEntries(), ElementsAre(0, 1, 0, 2, 3, 0));
}

TEST_F(SlotTableTest, APageThatLeftTheWindowIsGivenBackAndItsEntryTakenAgain) {
  table_.open();
  table_.extend(0, 0, 4);
  table_.extend(0, 4, 8);
  table_.extend(0, 8, 12); // a row at 8 sees 5 to 8
  EXPECT_EQ(table_.firstWindowPage(0), 1);
  EXPECT_EQ(table_.endWindowPage(0), 3);
  EXPECT_EQ(pools_.windowPages.numUsed(), 2);
  EXPECT_THAT(std::vector(table_.windowEntries().begin(),
                          table_.windowEntries().begin() + 3),
              ElementsAre(0, 1, 0)); // the sequence's page 2 is page 0 again
  table_.extend(0, 12, 13);          // the ring wraps
  EXPECT_EQ(table_.windowPage(0, 3), table_.windowEntries()[0]);
  EXPECT_THAT(table_.pages(0), ElementsAre(0, 1, 2, 3));
}

TEST_F(SlotTableTest, WithTooFewPagesNoneIsTakenAndTheShortageIsSaid) {
  table_.open();
  table_.open();
  growTo(0, 20);
  for (int i = 0; i < 2; ++i)
    pools_.pages.take();
  for (int i = 0; i < 4; ++i)
    pools_.windowPages.take();
  SlotTable::Shortage shortage = table_.extend(1, 0, 8);
  EXPECT_EQ(shortage.pages, 1);
  EXPECT_EQ(shortage.windowPages, 2);
  EXPECT_THAT(table_.pages(1), IsEmpty());
  pools_.windowPages.release(5);
  EXPECT_TRUE(table_.extend(1, 0, 4).isNone());
}

TEST_F(SlotTableTest, AClosedSlotGivesBackItsPagesAndItsRowsAreZero) {
  table_.open();
  table_.open();
  table_.extend(0, 0, 8);
  table_.extend(1, 0, 8);
  table_.close(1);
  EXPECT_THAT(table_.entries(), ElementsAre(0, 1, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(table_.windowEntries(), ElementsAre(0, 1, 0, 0, 0, 0));
  EXPECT_EQ(pools_.pages.numUsed(), 2);
  EXPECT_EQ(pools_.windowPages.numUsed(), 2);
  EXPECT_EQ(table_.open(), 1);
  EXPECT_FALSE(table_.open());
}

TEST_F(SlotTableTest, APageThatIsSharedOutlivesItsSlot) {
  table_.open();
  table_.extend(0, 0, 8);
  pools_.pages.share(1);
  table_.close(0);
  EXPECT_EQ(pools_.pages.numUsed(), 1);
  EXPECT_EQ(pools_.pages.numOwners(1), 1);
}

TEST_F(SlotTableTest, ASlotGoesOnAfterPagesOfAnotherOne) {
  table_.open();
  table_.extend(0, 0, 8);
  table_.open();
  table_.adopt(1, table_.pages(0), 1,
               std::vector<int32_t>{table_.windowPage(0, 1)});
  EXPECT_EQ(pools_.pages.numOwners(0), 2);
  EXPECT_TRUE(table_.extend(1, 8, 9).isNone());
  EXPECT_THAT(table_.pages(1), ElementsAre(0, 1, 2));
  EXPECT_EQ(table_.windowPage(1, 1), table_.windowPage(0, 1));
  table_.close(0);
  EXPECT_EQ(pools_.pages.numUsed(), 3);
  EXPECT_EQ(pools_.windowPages.numUsed(), 2);
}

// As where the pages are filled from files.
TEST_F(SlotTableTest, ASlotThatBeginsLateHasTheWindowAlone) {
  table_.open();
  EXPECT_TRUE(table_.extend(0, 14, 14).isNone()); // a row at 14 sees 11 to 14
  EXPECT_EQ(table_.pages(0).size(), 4u);
  EXPECT_EQ(table_.firstWindowPage(0), 2);
  EXPECT_EQ(table_.endWindowPage(0), 4);
  EXPECT_EQ(pools_.windowPages.numUsed(), 2);
  EXPECT_TRUE(table_.extend(0, 14, 18).isNone());
  EXPECT_EQ(table_.endWindowPage(0), 5);
}

TEST_F(SlotTableTest, ATruncatedSlotGivesBackThePagesOfBothPools) {
  table_.open();
  growTo(0, 18);
  table_.truncate(0, 17); // in the last page still
  EXPECT_EQ(table_.pages(0).size(), 5u);
  table_.truncate(0, 13);
  EXPECT_EQ(table_.pages(0).size(), 4u);
  EXPECT_EQ(table_.endWindowPage(0), 4);
  EXPECT_EQ(pools_.pages.numUsed(), 4);
  EXPECT_TRUE(table_.extend(0, 13, 17).isNone());
  EXPECT_EQ(table_.pages(0).size(), 5u);
  table_.truncate(0, 0);
  EXPECT_EQ(pools_.pages.numUsed() + pools_.windowPages.numUsed(), 0);
}

TEST_F(SlotTableTest, WithoutWindowLayersThereAreNoWindowPages) {
  StepLimits limits = kLimits;
  limits.window = limits.numWindowPages = limits.windowPagesPerSlot = 0;
  PagePools pools{PagePool(8), PagePool(0)};
  SlotTable table(pools, limits);
  table.open();
  EXPECT_TRUE(table.extend(0, 0, 20).isNone());
  EXPECT_THAT(table.windowEntries(), IsEmpty());
  table.close(0);
}

} // namespace
} // namespace g4rt
