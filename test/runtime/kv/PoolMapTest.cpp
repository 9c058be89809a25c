//===- PoolMapTest.cpp - A pool of pages as a picture ---------------------===//

#include "runtime/kv/PoolMap.h"

#include "runtime/kv/PagePool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

void takePages(PagePool &pool, int count) {
  for (int i = 0; i < count; ++i)
    ASSERT_EQ(pool.take(), i);
}

TEST(PoolMapTest, ASmallPoolHasACellForEachPage) {
  PagePool pool(4);
  takePages(pool, 3);
  pool.share(1);
  PoolMap map = mapOf(pool, 8);
  EXPECT_EQ(map.pagesPerCell, 1);
  EXPECT_THAT(map.usedByCell, ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(map.sharedByCell, ElementsAre(0, 1, 0, 0));
  EXPECT_EQ(map.numUsed, 3);
  EXPECT_EQ(map.numShared, 1);
}

// The prefix cache is no sequence: a page of a sequence and of the cache is not
// shared, and one that the cache alone owns is not used.
TEST(PoolMapTest, PagesOfThePrefixCacheAreNotCounted) {
  PagePool pool(3);
  takePages(pool, 2);
  pool.keep(0);
  pool.keep(1);
  pool.release(1);
  PoolMap map = mapOf(pool, 8);
  EXPECT_THAT(map.usedByCell, ElementsAre(1, 0, 0));
  EXPECT_THAT(map.sharedByCell, ElementsAre(0, 0, 0));
  EXPECT_EQ(map.numUsed, 1);
}

TEST(PoolMapTest, CellsOfALargePoolCountTheirPages) {
  PagePool pool(10);
  takePages(pool, 7);
  PoolMap map = mapOf(pool, 3);
  EXPECT_EQ(map.pagesPerCell, 4);
  EXPECT_THAT(map.usedByCell, ElementsAre(4, 3, 0));
}

TEST(PoolMapTest, APoolWithoutPagesHasNoCell) {
  PoolMap map = mapOf(PagePool(0), 8);
  EXPECT_THAT(map.usedByCell, IsEmpty());
  EXPECT_EQ(map.numPages, 0);
}

} // namespace
} // namespace g4rt
