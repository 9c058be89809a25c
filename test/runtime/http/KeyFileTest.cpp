#include "runtime/http/KeyFile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/TempFolder.h"

namespace g4rt {
namespace {

using testing::ElementsAre;

TEST(KeyFileTest, AKeyALine) {
  EXPECT_THAT(parseKeys("one\ntwo")->users, ElementsAre("one", "two"));
  EXPECT_THAT(parseKeys("# ours\r\n\r\n one \r\n\n")->users,
              ElementsAre("one"));
}

TEST(KeyFileTest, RulesStandBehindAKey) {
  KeyRules common{.maxAnswers = 4, .tokensPerMinute = 1000};
  auto keys = parseKeys("one\n"
                        "two  weight=2.5\trequests=0\n"
                        "three tokens-per-minute=5 cache=team\r\n",
                        common);
  ASSERT_TRUE(keys);
  EXPECT_THAT(keys->users, ElementsAre("one", "two", "three"));
  EXPECT_EQ(keys->commonRules, common);
  ASSERT_EQ(keys->rules.size(), 2u);
  EXPECT_EQ(keys->rules.at("two"),
            (KeyRules{.weight = 2.5, .tokensPerMinute = 1000}));
  EXPECT_EQ(
      keys->rules.at("three"),
      (KeyRules{.maxAnswers = 4, .tokensPerMinute = 5, .cacheName = "team"}));
}

TEST(KeyFileTest, WhatIsNoRuleIsRefused) {
  for (const char *rule :
       {"weight", "weight=", "weight=0", "weight=-1", "weight=nan",
        "weight=1e9", "weight=2x", "requests=-1", "requests=1.5",
        "requests=", "tokens-per-minute=99999999999999999999",
        "cache=", "speed=1", "=", "x"})
    EXPECT_FALSE(parseKeys("one " + std::string(rule))) << rule;
}

TEST(KeyFileTest, WhatIsNoKeyIsToldByItsLineAlone) {
  auto keys = parseKeys("one\n\ntwo three\n");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().code(), StatusCode::InvalidArgument);
  EXPECT_THAT(keys.error().message(), testing::StartsWith("line 3: "));
  EXPECT_THAT(keys.error().message(), testing::Not(testing::HasSubstr("two")));
}

TEST(KeyFileTest, AFileWithoutKeysOpensNoDoor) {
  for (const char *text : {"", "\n", "# one\n", "   "})
    EXPECT_FALSE(parseKeys(text)) << text;
}

TEST(KeyFileTest, ThereAreNotTooManyKeys) {
  std::string text;
  for (size_t i = 0; i < kMaxKeys; ++i)
    text += "k" + std::to_string(i) + "\n";
  EXPECT_EQ(parseKeys(text)->users.size(), kMaxKeys);
  EXPECT_FALSE(parseKeys(text + "more"));
}

TEST(KeyFileTest, TheFileIsNamed) {
  TempFolder folder;
  EXPECT_THAT(readKeyFile(folder.write("keys", "one\n"))->users,
              ElementsAre("one"));
  for (const std::string &path :
       {folder.write("empty", ""), folder.path("missing"), folder.path("."),
        folder.write("large", std::string((size_t{1} << 20) + 1, 'x'))}) {
    auto keys = readKeyFile(path);
    ASSERT_FALSE(keys) << path;
    EXPECT_THAT(keys.error().message(), testing::StartsWith(path));
  }
}

} // namespace
} // namespace g4rt
