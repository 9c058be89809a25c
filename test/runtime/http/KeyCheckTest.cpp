#include "runtime/http/KeyCheck.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using enum KeyVerdict;

TEST(KeyCheckTest, WithoutKeysEverybodyMayDoAll) {
  KeyCheck check(Keys{});
  for (Access access : {Access::Open, Access::User, Access::Admin}) {
    EXPECT_EQ(check.check("", access), Allowed);
    EXPECT_EQ(check.check("none", access), Allowed);
  }
}

TEST(KeyCheckTest, AKeyOfAUserOpensWhatUsersMayDo) {
  KeyCheck check({.users = {"one", "two"}, .admins = {"root"}});
  for (const char *key : {"one", "two", "root"})
    EXPECT_EQ(check.check(key, Access::User), Allowed) << key;
  for (const char *key : {"", "on", "one ", "oneone", "One", "three"})
    EXPECT_EQ(check.check(key, Access::User), Unknown) << key;
  EXPECT_EQ(check.check("", Access::Open), Allowed);
}

TEST(KeyCheckTest, AnAdministratorsDoorNeedsItsOwnKey) {
  KeyCheck check({.users = {"one"}, .admins = {"root"}});
  EXPECT_EQ(check.check("root", Access::Admin), Allowed);
  EXPECT_EQ(check.check("one", Access::Admin), TooLittle);
  EXPECT_EQ(check.check("two", Access::Admin), Unknown);
}

TEST(KeyCheckTest, UsersAreAdministratorsWhereThereAreNoOthers) {
  KeyCheck check({.users = {"one"}});
  EXPECT_EQ(check.check("one", Access::Admin), Allowed);
  EXPECT_EQ(check.check("", Access::Admin), Unknown);
}

TEST(KeyCheckTest, AnAdministratorsKeyAloneGuardsItsDoorAlone) {
  KeyCheck check({.admins = {"root"}});
  EXPECT_EQ(check.check("", Access::User), Allowed);
  EXPECT_EQ(check.check("", Access::Admin), Unknown);
  EXPECT_EQ(check.check("root", Access::Admin), Allowed);
}

TEST(KeyCheckTest, KeysCanBeReplaced) {
  KeyCheck check({.users = {"one"}});
  check.replace({.users = {"two"}});
  EXPECT_EQ(check.check("one", Access::User), Unknown);
  EXPECT_EQ(check.check("two", Access::User), Allowed);
}

TEST(KeyCheckTest, EachKeyHasAnAccountWithItsRules) {
  KeyCheck check({.users = {"one", "two"},
                  .admins = {"root"},
                  .rules = {{"two", {.weight = 2}}},
                  .commonRules = {.weight = 0.5}});
  EXPECT_EQ(check.accountOf("one")->weight(), 0.5);
  EXPECT_EQ(check.accountOf("two")->weight(), 2);
  EXPECT_EQ(check.accountOf("root")->weight(), 1);
  EXPECT_NE(check.accountOf("one")->number(), check.accountOf("two")->number());
  EXPECT_NE(check.accountOf("one")->number(), 0u);
  for (const char *key : {"", "on", "three"})
    EXPECT_EQ(check.accountOf(key), nullptr) << key;
  EXPECT_EQ(KeyCheck(Keys{}).accountOf("one"), nullptr);
}

TEST(KeyCheckTest, AnAccountOutlivesAChangeOfRules) {
  KeyCheck check({.users = {"one", "two"}});
  auto one = check.accountOf("one"), two = check.accountOf("two");
  check.replace({.users = {"three", "one"}, .rules = {{"one", {.weight = 3}}}});
  EXPECT_EQ(check.accountOf("one"), one);
  EXPECT_EQ(one->weight(), 3);
  EXPECT_EQ(check.accountOf("two"), nullptr);
  check.replace({.users = {"two"}});
  EXPECT_NE(check.accountOf("two"), two);
}

TEST(KeyCheckTest, WhatALongKeyBeginsWithIsNotIt) {
  std::string longest(kMaxKeyBytes, 'x');
  KeyCheck check({.users = {longest}});
  EXPECT_EQ(check.check(longest, Access::User), Allowed);
  EXPECT_EQ(check.check(longest + "y", Access::User), Unknown);
  EXPECT_EQ(check.check(longest.substr(1), Access::User), Unknown);
  EXPECT_EQ(
      check.check(std::string(longest).replace(255, 1, "y"), Access::User),
      Unknown);
}

TEST(KeyCheckTest, AKeyIsPrintable) {
  EXPECT_TRUE(checkKey("sk-0_~!").ok());
  EXPECT_TRUE(checkKey(std::string(kMaxKeyBytes, 'x')).ok());
  for (const std::string &key :
       {std::string(), std::string("a b"), std::string("a\n"),
        std::string("\x7f"), std::string("ä"), std::string(1, '\0'),
        std::string(kMaxKeyBytes + 1, 'x')}) {
    Status status = checkKey(key);
    EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
    EXPECT_TRUE(key.empty() || status.message().find(key) == std::string::npos);
  }
}

TEST(KeyCheckTest, TheKeyIsInOneOfTwoFields) {
  EXPECT_EQ(keyOfFields("Bearer abc", ""), "abc");
  EXPECT_EQ(keyOfFields("bEARER  abc", ""), "abc");
  EXPECT_EQ(keyOfFields("", "abc"), "abc");
  EXPECT_EQ(keyOfFields("Bearer abc", "def"), "abc");
  for (const char *other : {"Basic abc", "Bearer", "Bearer ", "abc"})
    EXPECT_EQ(keyOfFields(other, "def"), "") << other;
}

} // namespace
} // namespace g4rt
