#include "runtime/grammar/MaskCache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace g4rt {
namespace {

constexpr size_t kNumTokens = 4099; // no whole number of words

TokenMask maskOf(int32_t every) {
  TokenMask mask(kNumTokens);
  for (int32_t id = 0; id < static_cast<int32_t>(kNumTokens); id += every)
    mask.allow(id);
  return mask;
}

bool areEqual(const TokenMask &a, const TokenMask &b) {
  return std::ranges::equal(a.words(), b.words());
}

/// States with three ends, after one word, two and all of them.
class MaskCacheTest : public testing::Test {
protected:
  static StateWords state(const std::vector<int32_t> &words,
                          int32_t grammar = 0) {
    static const std::vector<int32_t> kEnds = {1, 2, 4};
    return {.grammar = grammar, .words = words, .ends = kEnds};
  }
  void add(const std::vector<int32_t> &words, size_t end,
           const TokenMask &mask) {
    cache_.add(state(words), end, mask);
  }
  bool find(const std::vector<int32_t> &words, int32_t grammar = 0) {
    return cache_.find(state(words, grammar), found_);
  }

  static constexpr size_t kMost = 64 << 10;
  MaskCache cache_{kMost};
  TokenMask found_{kNumTokens};
};

TEST_F(MaskCacheTest, FewAndManyTokensComeBackAsTheyWere) {
  TokenMask none(kNumTokens), all(kNumTokens);
  all.allowAll();
  std::vector<TokenMask> masks = {none,      all,       maskOf(1),   maskOf(7),
                                  maskOf(8), maskOf(9), maskOf(5000)};
  for (int32_t i = 0; const TokenMask &mask : masks)
    add({i++, 0, 0, 0}, 2, mask);
  for (int32_t i = 0; const TokenMask &mask : masks) {
    found_ = maskOf(3);
    ASSERT_TRUE(find({i, 0, 0, 0}));
    EXPECT_TRUE(areEqual(found_, mask)) << i;
    ++i;
  }
}

TEST_F(MaskCacheTest, StatesThatBeginAlikeShareWhatFollowsFromTheBegin) {
  add({1, 2, 3, 4}, 1, maskOf(2));
  add({1, 3, 5, 6}, 2, maskOf(5));
  EXPECT_TRUE(find({1, 2, 9, 9}));
  EXPECT_TRUE(areEqual(found_, maskOf(2)));
  EXPECT_TRUE(find({1, 3, 5, 6}));
  EXPECT_TRUE(areEqual(found_, maskOf(5)));
  EXPECT_FALSE(find({1, 3, 5, 7}));
  EXPECT_FALSE(find({1, 4, 3, 4}));
}

TEST_F(MaskCacheTest, AnUnknownStateChangesNothing) {
  add({1, 2, 3, 4}, 2, maskOf(2));
  found_ = maskOf(3);
  EXPECT_FALSE(find({1, 2, 4, 3}));
  EXPECT_FALSE(find({1, 2, 3, 4}, /*grammar=*/1));
  EXPECT_TRUE(areEqual(found_, maskOf(3)));
}

TEST_F(MaskCacheTest, WhatIsAskedForStaysAndTheRestGoes) {
  add({-1, 0, 0, 0}, 0, maskOf(2));
  add({-2, 0, 0, 0}, 0, maskOf(2));
  for (int32_t i = 0; i < 1000; ++i) {
    add({i, 0, 0, 0}, 0, maskOf(2));
    EXPECT_TRUE(find({-1, 0, 0, 0})) << i;
    EXPECT_LE(cache_.numBytes(), kMost + 1024);
  }
  EXPECT_FALSE(find({-2, 0, 0, 0}));
  EXPECT_TRUE(find({999, 0, 0, 0}));
}

} // namespace
} // namespace g4rt
