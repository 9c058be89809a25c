#include "runtime/kv/SlotTable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SlotTableTest, ASlotsRowHoldsItsPagesAndThenZeros) {
  PagePool pool(8);
  SlotTable table(pool, 2, 3);
  EXPECT_EQ(table.open(2), 0);
  EXPECT_EQ(table.open(3), 1);
  EXPECT_THAT(table.entries(), ElementsAre(0, 1, 0, 2, 3, 4));
  EXPECT_THAT(table.pages(0), ElementsAre(0, 1));
  EXPECT_THAT(table.pages(1), ElementsAre(2, 3, 4));
}

TEST(SlotTableTest, WithoutAFreeSlotNoPageIsTaken) {
  PagePool pool(8);
  SlotTable table(pool, 1, 3);
  EXPECT_TRUE(table.open(2));
  EXPECT_FALSE(table.open(1));
  EXPECT_EQ(pool.numUsed(), 2);
}

TEST(SlotTableTest, WithoutEnoughPagesNoSlotIsTaken) {
  PagePool pool(4);
  SlotTable table(pool, 3, 3);
  EXPECT_TRUE(table.open(3));
  EXPECT_FALSE(table.open(2));
  EXPECT_EQ(table.numFree(), 2);
  EXPECT_TRUE(table.open(1));
}

TEST(SlotTableTest, AClosedSlotGivesBackItsPagesAndItsRowIsZero) {
  PagePool pool(4);
  SlotTable table(pool, 2, 2);
  EXPECT_TRUE(table.open(2));
  EXPECT_TRUE(table.open(2));
  table.close(1);
  EXPECT_THAT(table.entries(), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(table.pages(1), IsEmpty());
  EXPECT_EQ(pool.numFree(), 2);
  EXPECT_EQ(table.open(1), 1);
}

TEST(SlotTableTest, APageThatIsSharedOutlivesItsSlot) {
  PagePool pool(2);
  SlotTable table(pool, 1, 2);
  EXPECT_TRUE(table.open(2));
  pool.share(1);
  table.close(0);
  EXPECT_EQ(pool.numUsed(), 1);
  EXPECT_EQ(pool.numOwners(1), 1);
}

} // namespace
} // namespace g4rt
