#include "runtime/kv/PagePool.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(PagePoolTest, TakesTheLowestPagesOfAFreshPool) {
  PagePool pool(3);
  for (int32_t page : {0, 1, 2})
    EXPECT_EQ(pool.take(), page);
  EXPECT_EQ(pool.numFree(), 0);
  EXPECT_EQ(pool.numUsed(), 3);
  EXPECT_FALSE(pool.take());
}

TEST(PagePoolTest, TheLastOwnerFreesAPage) {
  PagePool pool(1);
  int32_t page = *pool.take();
  pool.share(page);
  EXPECT_EQ(pool.numOwners(page), 2);
  pool.release(page);
  EXPECT_FALSE(pool.take());
  pool.release(page);
  EXPECT_EQ(pool.take(), page);
}

TEST(PagePoolTest, TheSameCallsTakeTheSamePages) {
  PagePool first(9), second(9);
  for (PagePool *pool : {&first, &second}) {
    for (int i = 0; i < 5; ++i)
      pool->take();
    for (int32_t page : {3, 0, 4})
      pool->release(page);
  }
  for (int i = 0; i < 7; ++i)
    EXPECT_EQ(first.take(), second.take());
}

TEST(PagePoolTest, APageThatThePrefixCacheAloneOwnsIsIdle) {
  PagePool pool(2);
  int32_t page = *pool.take();
  pool.keep(page);
  EXPECT_FALSE(pool.isIdle(page));
  EXPECT_EQ(pool.numUsed(), 1);
  pool.release(page);
  EXPECT_TRUE(pool.isIdle(page));
  EXPECT_EQ(pool.numIdle(), 1);
  EXPECT_EQ(pool.numUsed(), 0);
  EXPECT_EQ(pool.numFree(), 1);
}

TEST(PagePoolTest, AnIdlePageCanBeUsedAgain) {
  PagePool pool(1);
  int32_t page = *pool.take();
  pool.keep(page);
  pool.release(page);
  pool.share(page);
  EXPECT_EQ(pool.numIdle(), 0);
  EXPECT_EQ(pool.numUsed(), 1);
  pool.drop(page);
  EXPECT_EQ(pool.numIdle(), 0);
  EXPECT_EQ(pool.numFree(), 0);
  pool.release(page);
  EXPECT_EQ(pool.numFree(), 1);
}

TEST(PagePoolTest, AnIdlePageThatIsDroppedIsFree) {
  PagePool pool(1);
  int32_t page = *pool.take();
  pool.keep(page);
  pool.release(page);
  pool.drop(page);
  EXPECT_EQ(pool.numIdle(), 0);
  EXPECT_EQ(pool.take(), page);
}

} // namespace
} // namespace g4rt
