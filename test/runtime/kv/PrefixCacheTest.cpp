#include "runtime/kv/PrefixCache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Pages of 4 positions; a row sees 6 positions of a window layer.
class PrefixCacheTest : public testing::Test {
protected:
  static constexpr StepLimits kLimits = {.maxChunkTokens = 16,
                                         .numSlots = 4,
                                         .pageSize = 4,
                                         .numPages = 40,
                                         .pagesPerSlot = 12,
                                         .window = 6,
                                         .numWindowPages = 28,
                                         .windowPagesPerSlot = 7};

  static std::vector<int32_t> count(int32_t first, int32_t size) {
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < size; ++i)
      tokens.push_back(first + i);
    return tokens;
  }
  /// The tokens' pages, which are theirs alone.
  int32_t compute(const std::vector<int32_t> &tokens) {
    int32_t slot = *slots_.open();
    for (int64_t at = 0, end = std::ssize(tokens); at < end; at += 4)
      EXPECT_TRUE(slots_.extend(slot, at, std::min(at + 4, end)).isNone());
    return slot;
  }
  /// Computes and keeps them, then frees the slot. Their pages.
  std::vector<int32_t> keep(const std::vector<int32_t> &tokens,
                            const std::string &salt = "") {
    int32_t slot = compute(tokens);
    std::vector pages(slots_.pages(slot).begin(), slots_.pages(slot).end());
    cache_.add(salt, tokens, slots_, slot);
    slots_.close(slot);
    return pages;
  }
  int64_t numKept(std::vector<int32_t> tokens, const std::string &salt = "") {
    tokens.push_back(-1);
    return cache_.find(salt, tokens, std::ssize(tokens) - 1).numTokens;
  }

  PagePools pools_{PagePool(40), PagePool(28)};
  SlotTable slots_{pools_, kLimits};
  PrefixCache cache_{pools_, kLimits, TracksUnsaved::Yes};
};

TEST_F(PrefixCacheTest, AKeptPrefixIsFoundWithItsPages) {
  std::vector<int32_t> pages = keep(count(0, 16));
  CachedPrefix prefix = cache_.find("", count(0, 30), 29);
  EXPECT_EQ(prefix.numTokens, 16);
  EXPECT_EQ(prefix.pages, pages);
  EXPECT_EQ(prefix.firstWindowPage, 2); // a row at 16 sees 11 to 16
  EXPECT_EQ(prefix.windowPages.size(), 2u);
}

TEST_F(PrefixCacheTest, OneOfPartOfAPageIsFoundToTheToken) {
  keep(count(0, 14));
  CachedPrefix prefix = cache_.find("", count(0, 30), 29);
  EXPECT_EQ(prefix.numTokens, 14);
  EXPECT_EQ(prefix.pages.size(), 4u);
}

TEST_F(PrefixCacheTest, WhoAsksTheSameAgainComputesItsLastTokenAlone) {
  for (int32_t size : {1, 2, 4, 5, 16, 17, 18, 19, 20}) {
    keep(count(100 * size, size));
    EXPECT_EQ(cache_.find("", count(100 * size, size), size - 1).numTokens,
              size - 1);
  }
}

TEST_F(PrefixCacheTest, WithinTheWindowEveryCommonBeginIsOfUse) {
  keep(count(0, 8));
  for (int32_t size = 1; size <= 8; ++size)
    EXPECT_EQ(numKept(count(0, size)), size);
}

// Those of 20 tokens keep pages 3 and 4: of use from 12 + 5 on.
TEST_F(PrefixCacheTest, WithoutItsWindowABeginIsOfNoUse) {
  keep(count(0, 20));
  EXPECT_EQ(numKept(count(0, 19)), 19);
  EXPECT_EQ(numKept(count(0, 17)), 17);
  EXPECT_EQ(numKept(count(0, 16)), 0);
  // One of 10 keeps pages 1 and 2, a row at 16 sees 2 and 3.
  keep(count(0, 10));
  EXPECT_EQ(numKept(count(0, 9)), 9);
  EXPECT_EQ(numKept(count(0, 16)), 10);
  keep(count(0, 12));
  EXPECT_EQ(numKept(count(0, 16)), 16);
}

TEST_F(PrefixCacheTest, SnapshotsAWindowApartMakeEveryPositionOfUse) {
  std::vector<int32_t> tokens = count(0, 32);
  int32_t slot = *slots_.open();
  for (int64_t at = 0; at < 32; at += 8) {
    EXPECT_TRUE(slots_.extend(slot, at, at + 8).isNone());
    cache_.add("", std::span(tokens).first(at + 8), slots_, slot);
  }
  slots_.close(slot);
  for (int32_t size = 1; size <= 32; ++size)
    EXPECT_EQ(numKept(count(0, size)), size);
  EXPECT_EQ(pools_.windowPages.numIdle(), 8);
}

TEST_F(PrefixCacheTest, WhatIsUnsavedIsTakenOnceInParts) {
  keep(count(0, 18));
  std::optional<UnsavedPages> part = cache_.takeUnsaved(3);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->tokens, count(0, 12));
  EXPECT_EQ(part->firstPage, 0);
  EXPECT_EQ(part->pages.size(), 3u);
  part = cache_.takeUnsaved(3);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->tokens, count(0, 18));
  EXPECT_EQ(part->firstPage, 3);
  EXPECT_EQ(part->pages.size(), 2u);
  // A row at 17 sees 12 to 17: pages 3 and 4.
  EXPECT_EQ(part->firstWindowPage, 3);
  EXPECT_EQ(part->windowPages.size(), 2u);
  EXPECT_FALSE(cache_.hasUnsaved());
}

TEST_F(PrefixCacheTest, OfALongerPrefixOnlyWhatIsNewIsUnsaved) {
  keep(count(0, 8));
  while (cache_.takeUnsaved(9))
    ;
  keep(count(0, 14));
  std::optional<UnsavedPages> part = cache_.takeUnsaved(9);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->tokens, count(0, 14));
  EXPECT_EQ(part->firstPage, 2);
  keep(count(0, 14));
  EXPECT_FALSE(cache_.takeUnsaved(9));
}

TEST_F(PrefixCacheTest, WhatFilesHaveIsNotUnsaved) {
  keep(count(0, 14), "a");
  cache_.markSaved("b", count(0, 14));
  cache_.markSaved("a", count(0, 10));
  std::optional<UnsavedPages> part = cache_.takeUnsaved(9);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->salt, "a");
  EXPECT_EQ(part->firstPage, 2); // of whose tokens the file has two
}

TEST_F(PrefixCacheTest, ASnapshotThatIsGivenUpIsNotUnsaved) {
  keep(count(0, 14));
  cache_.clear();
  EXPECT_FALSE(cache_.hasUnsaved());
  EXPECT_FALSE(cache_.takeUnsaved(9));
}

TEST_F(PrefixCacheTest, AWholePrefixIsThereUntilItIsForgotten) {
  std::vector<int32_t> pages = keep(count(0, 14));
  std::optional<UnsavedPages> whole = cache_.whole("", count(0, 14));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->tokens, count(0, 14));
  EXPECT_EQ(whole->pages, pages);
  EXPECT_EQ(cache_.whole("", count(0, 10))->tokens, count(0, 10));
  EXPECT_FALSE(cache_.whole("", count(50, 14)));
  cache_.forget("", count(0, 15));
  EXPECT_EQ(cache_.numSnapshots(), 1);
  cache_.forget("", count(0, 14));
  EXPECT_EQ(cache_.numSnapshots(), 0);
  EXPECT_EQ(pools_.pages.numIdle(), 0);
  EXPECT_EQ(pools_.windowPages.numIdle(), 0);
}

TEST_F(PrefixCacheTest, PrefixesThatPartShareThePagesBefore) {
  std::vector<int32_t> other = count(0, 8);
  other.resize(12, 7);
  std::vector<int32_t> pages = keep(count(0, 12));
  keep(other);
  EXPECT_EQ(pools_.pages.numIdle(), 4);
  EXPECT_EQ(numKept(other), 12);
  CachedPrefix prefix = cache_.find("", other, 12);
  EXPECT_EQ(prefix.pages[0], pages[0]);
  EXPECT_NE(prefix.pages[2], pages[2]);
}

TEST_F(PrefixCacheTest, TheWriterOfAPageMakesItsNodeLonger) {
  std::vector<int32_t> tokens = count(0, 8);
  int32_t slot = compute(count(0, 6));
  cache_.add("", std::span(tokens).first(6), slots_, slot);
  slots_.extend(slot, 6, 8);
  cache_.add("", tokens, slots_, slot);
  EXPECT_EQ(numKept(tokens), 8);
  EXPECT_EQ(cache_.numSnapshots(), 1);
  slots_.close(slot);
  EXPECT_EQ(pools_.pages.numIdle(), 2);
}

TEST_F(PrefixCacheTest, AnotherWriterOfTheSameBeginHasANodeOfItsOwn) {
  keep(count(0, 6));
  keep(count(0, 8));
  EXPECT_EQ(numKept(count(0, 8)), 8);
  EXPECT_EQ(cache_.numSnapshots(), 2);
  EXPECT_EQ(pools_.pages.numIdle(), 3);
}

// The second one's window page held a begin of the first one's page.
TEST_F(PrefixCacheTest, AWindowPageCanBeOfUseForTwoPrefixesThatPartInIt) {
  keep(count(0, 24)); // without a window page for tokens 4 to 7
  std::vector<int32_t> tokens = count(0, 6);
  int32_t slot = compute(tokens);
  cache_.add("", tokens, slots_, slot);
  EXPECT_EQ(numKept(count(0, 8)), 6);
  slots_.extend(slot, 6, 8);
  tokens.insert(tokens.end(), {70, 71});
  cache_.add("", tokens, slots_, slot);
  slots_.close(slot);
  EXPECT_EQ(numKept(tokens), 8);
  EXPECT_EQ(numKept(count(0, 8)), 6);
  cache_.clear();
  EXPECT_EQ(pools_.windowPages.numFree(), 28);
}

TEST_F(PrefixCacheTest, SaltsShareNothing) {
  keep(count(0, 8), "a");
  EXPECT_EQ(numKept(count(0, 8), "a"), 8);
  EXPECT_EQ(numKept(count(0, 8), "b"), 0);
  EXPECT_EQ(numKept(count(0, 8)), 0);
}

TEST_F(PrefixCacheTest, TheOneThatSavesMostGoesLast) {
  keep(count(0, 40));
  keep(count(500, 5));
  keep(count(600, 30));
  std::vector<int64_t> left;
  while (cache_.evict({.pages = 1}))
    left.push_back(numKept(count(0, 40)) + numKept(count(500, 5)) +
                   numKept(count(600, 30)));
  EXPECT_THAT(left, ElementsAre(70, 40, 0));
  EXPECT_EQ(pools_.pages.numFree(), 40);
  EXPECT_EQ(pools_.windowPages.numFree(), 28);
  EXPECT_EQ(cache_.numEvicted(), 3u);
}

TEST_F(PrefixCacheTest, OfEqualOnesTheOneThatWasUsedLastStaysLongest) {
  keep(count(0, 8));
  keep(count(100, 8));
  keep(count(200, 2)); // of less worth: it moves the clock
  cache_.evict({.pages = 1});
  EXPECT_EQ(numKept(count(200, 2)), 0);
  cache_.use("", count(0, 9), 8);
  cache_.evict({.pages = 1});
  EXPECT_EQ(numKept(count(0, 8)), 8);
  EXPECT_EQ(numKept(count(100, 8)), 0);
}

TEST_F(PrefixCacheTest, GivingUpASnapshotLeavesTheOneBeforeIt) {
  std::vector<int32_t> tokens = count(0, 24);
  int32_t slot = *slots_.open();
  slots_.extend(slot, 0, 16);
  cache_.add("", std::span(tokens).first(16), slots_, slot);
  slots_.extend(slot, 16, 24);
  cache_.add("", tokens, slots_, slot);
  slots_.close(slot);
  EXPECT_EQ(numKept(tokens), 24);
  EXPECT_TRUE(cache_.evict({.pages = 1}));
  EXPECT_EQ(numKept(tokens), 16);
  EXPECT_EQ(pools_.pages.numIdle(), 4);
}

TEST_F(PrefixCacheTest, PagesInUseAreNotFreedByEviction) {
  keep(count(0, 8));
  int32_t slot = *slots_.open();
  CachedPrefix prefix = cache_.use("", count(0, 9), 8);
  slots_.adopt(slot, prefix.pages, prefix.firstWindowPage, prefix.windowPages);
  EXPECT_FALSE(cache_.evict({.pages = 39}));
  EXPECT_EQ(numKept(count(0, 8)), 8);
  cache_.clear();
  EXPECT_EQ(pools_.pages.numUsed(), 2);
  slots_.close(slot);
  EXPECT_EQ(pools_.pages.numFree(), 40);
}

// A sequence that computed what the cache had has pages of its own.
TEST_F(PrefixCacheTest, IdlePagesBeforeAPageInUseAreFreedWithItsNode) {
  keep(count(0, 8));
  int32_t slot = compute(count(0, 16));
  cache_.add("", count(0, 16), slots_, slot);
  EXPECT_EQ(pools_.pages.numIdle(), 2);
  EXPECT_TRUE(cache_.evict({.pages = 36}));
  EXPECT_EQ(pools_.pages.numIdle(), 0);
  slots_.close(slot);
  EXPECT_EQ(pools_.pages.numFree(), 40);
}

TEST_F(PrefixCacheTest, WhenItIsClearedBothPoolsAreFree) {
  for (int32_t size : {3, 8, 17, 30})
    keep(count(0, size));
  keep(count(5, 9), "salt");
  cache_.clear();
  EXPECT_EQ(pools_.pages.numFree(), 40);
  EXPECT_EQ(pools_.windowPages.numFree(), 28);
  EXPECT_EQ(cache_.numSnapshots(), 0);
  EXPECT_EQ(numKept(count(0, 30)), 0);
}

TEST_F(PrefixCacheTest, AModelWithoutWindowLayersCanGoOnAnywhere) {
  StepLimits limits = kLimits;
  limits.window = limits.numWindowPages = limits.windowPagesPerSlot = 0;
  PagePools pools{PagePool(40), PagePool(0)};
  SlotTable slots(pools, limits);
  PrefixCache cache(pools, limits);
  int32_t slot = *slots.open();
  slots.extend(slot, 0, 30);
  cache.add("", count(0, 30), slots, slot);
  slots.close(slot);
  CachedPrefix prefix = cache.find("", count(0, 18), 17);
  EXPECT_EQ(prefix.numTokens, 17);
  EXPECT_THAT(prefix.windowPages, IsEmpty());
  EXPECT_TRUE(cache.evict({.pages = 40}));
  EXPECT_EQ(pools.pages.numFree(), 40);
}

} // namespace
} // namespace g4rt
