#include "runtime/kv/PagePool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;

TEST(PagePoolTest, TakesTheLowestPagesOfAFreshPool) {
  PagePool pool(5);
  EXPECT_THAT(*pool.take(2), ElementsAre(0, 1));
  EXPECT_THAT(*pool.take(3), ElementsAre(2, 3, 4));
  EXPECT_EQ(pool.numFree(), 0);
  EXPECT_EQ(pool.numUsed(), 5);
}

TEST(PagePoolTest, TakesAllOrNothing) {
  PagePool pool(3);
  auto first = pool.take(2);
  EXPECT_FALSE(pool.take(2));
  EXPECT_EQ(pool.numFree(), 1);
  EXPECT_TRUE(pool.take(1));
  EXPECT_TRUE(pool.take(0)->empty());
  EXPECT_FALSE(pool.take(1));
}

TEST(PagePoolTest, APageIsTakenAgainAfterItsRelease) {
  PagePool pool(2);
  auto pages = pool.take(2);
  pool.release(std::span(*pages).first(1));
  EXPECT_EQ(pool.numUsed(), 1);
  EXPECT_THAT(*pool.take(1), ElementsAre(0));
}

TEST(PagePoolTest, TheLastOwnerFreesAPage) {
  PagePool pool(1);
  auto pages = pool.take(1);
  pool.share(0);
  EXPECT_EQ(pool.numOwners(0), 2);
  pool.release(*pages);
  EXPECT_EQ(pool.numFree(), 0);
  pool.release(*pages);
  EXPECT_EQ(pool.numFree(), 1);
  EXPECT_EQ(pool.numOwners(0), 0);
}

TEST(PagePoolTest, APoolWithoutPagesGivesNone) {
  PagePool pool(0);
  EXPECT_FALSE(pool.take(1));
  EXPECT_EQ(pool.numPages(), 0);
}

} // namespace
} // namespace g4rt
