#include "runtime/scheduler/FixedTables.h"

#include <gmock/gmock.h>

namespace g4rt {
namespace {

using testing::ElementsAre;

TEST(FixedTablesTest, EachSlotHasPagesOfItsOwnAsLongAsThePoolHasSome) {
  FixedTables tables({.numSlots = 2,
                      .numPages = 5,
                      .pagesPerSlot = 3,
                      .numWindowPages = 4,
                      .windowPagesPerSlot = 2});
  StepPlan plan;
  tables.useIn(plan);
  EXPECT_THAT(plan.pageTable, ElementsAre(0, 1, 2, 3, 4, 0));
  EXPECT_THAT(plan.windowTable, ElementsAre(0, 1, 2, 3));
}

TEST(FixedTablesTest, WithoutWindowLayersTheirTableIsEmpty) {
  FixedTables tables({.numSlots = 1, .numPages = 2, .pagesPerSlot = 2});
  StepPlan plan;
  tables.useIn(plan);
  EXPECT_THAT(plan.windowTable, ElementsAre());
}

} // namespace
} // namespace g4rt
