#include "runtime/grammar/TokenIndex.h"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace g4rt {
namespace {

const std::vector<std::string> kTexts = {
    "b", "ab", "a", "a{c", "\xff", "a b", "{ ", "a", "abc", "é", ""};

class TokenIndexTest : public testing::Test {
protected:
  std::vector<int32_t> whole(std::string_view text) {
    auto ids = index_.whole(range(text));
    return {ids.begin(), ids.end()};
  }
  TokenIndex::Range range(std::string_view text) {
    TokenIndex::Range range = index_.all();
    for (char c : text)
      range = index_.goOn(range, c);
    return range;
  }

  TokenIndex index_{kTexts};
};

TEST_F(TokenIndexTest, FindsTokensByTheirTexts) {
  EXPECT_EQ(whole("b"), std::vector<int32_t>{0});
  EXPECT_EQ(whole("a"), (std::vector<int32_t>{2, 7}));
  EXPECT_EQ(whole("ab"), std::vector<int32_t>{1});
  EXPECT_EQ(whole("a{"), std::vector<int32_t>{});
  EXPECT_EQ(index_.textOf(8), "abc");
}

TEST_F(TokenIndexTest, KnowsWhichAreLonger) {
  EXPECT_TRUE(index_.hasLonger(range("a")));
  EXPECT_TRUE(index_.hasLonger(range("a{")));
  EXPECT_TRUE(index_.hasLonger(range("{")));
  EXPECT_TRUE(index_.hasLonger(range("")));
  EXPECT_FALSE(index_.hasLonger(range("abc")));
  EXPECT_TRUE(range("abcd").empty());
  EXPECT_TRUE(range("zz").empty());
}

TEST_F(TokenIndexTest, WhatIsInNoNameIsNotThere) {
  for (int32_t id : {4, 5, 9, 10, -1, 11})
    EXPECT_EQ(index_.textOf(id), "") << id;
}

TEST_F(TokenIndexTest, NamesThatCanBeFollowed) {
  EXPECT_TRUE(TokenIndex::canFollow("call:f.g-1{"));
  for (const char *name : {"", "call:f", "a{b{", "{a", "a b{", "é{", "a\n{"})
    EXPECT_FALSE(TokenIndex::canFollow(name)) << name;
}

} // namespace
} // namespace g4rt
