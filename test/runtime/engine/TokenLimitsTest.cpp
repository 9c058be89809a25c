//===- TokenLimitsTest.cpp - What a request's lists allow -----------------===//

#include "runtime/engine/TokenLimits.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr size_t kNumTokens = 40;

std::vector<int32_t> allowedBy(TokenLimits &limits,
                               const TokenMask *grammar = nullptr) {
  const TokenMask *mask = limits.mask(grammar);
  std::vector<int32_t> ids;
  for (int32_t id = 0; mask && id < static_cast<int32_t>(kNumTokens); ++id)
    if (mask->allows(id))
      ids.push_back(id);
  return ids;
}

bool allows(TokenLimits &limits, int32_t id) {
  return limits.mask(nullptr)->allows(id);
}

TEST(TokenLimitsTest, WithoutListsThereIsNoMask) {
  TokenLimits limits({}, kNumTokens);
  EXPECT_EQ(limits.mask(nullptr), nullptr);
  TokenMask grammar(kNumTokens);
  EXPECT_EQ(limits.mask(&grammar), &grammar);
}

TEST(TokenLimitsTest, OnlyAllowedTokensCome) {
  TokenLimits limits({.allowedIds = {3, 39, 1'000'000}}, kNumTokens);
  EXPECT_EQ(allowedBy(limits), (std::vector<int32_t>{3, 39}));
}

TEST(TokenLimitsTest, NothingEndsTooShortAnAnswer) {
  TokenLimits limits({.stopIds = {1, 2}, .minTokens = 2}, kNumTokens);
  EXPECT_FALSE(allows(limits, 1));
  EXPECT_TRUE(allows(limits, 3));
  limits.accept(3);
  EXPECT_FALSE(allows(limits, 2));
  EXPECT_TRUE(limits.isTooShort());
  limits.accept(3);
  EXPECT_FALSE(limits.isTooShort());
  EXPECT_EQ(limits.mask(nullptr), nullptr);
}

TEST(TokenLimitsTest, ARowIsNeverWhole) {
  TokenLimits limits({.bannedRows = {{5, 6, 7}, {8}}}, kNumTokens);
  EXPECT_FALSE(allows(limits, 8));
  EXPECT_TRUE(allows(limits, 7));
  for (int32_t id : {5, 5, 6})
    limits.accept(id);
  EXPECT_FALSE(allows(limits, 7));
  EXPECT_TRUE(allows(limits, 5));
  limits.accept(5);
  EXPECT_TRUE(allows(limits, 7));
}

TEST(TokenLimitsTest, AGrammarGoesBeforeLists) {
  TokenMask grammar(kNumTokens);
  grammar.allow(1);
  grammar.allow(5);
  TokenLimits limits({.stopIds = {1}, .minTokens = 9, .bannedRows = {{4, 5}}},
                     kNumTokens);
  EXPECT_EQ(allowedBy(limits, &grammar), (std::vector<int32_t>{5}));
  limits.accept(4); // now neither 1 nor 5 is left
  EXPECT_EQ(allowedBy(limits, &grammar), (std::vector<int32_t>{1, 5}));
}

} // namespace
} // namespace g4rt
