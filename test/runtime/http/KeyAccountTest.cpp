#include "runtime/http/KeyAccount.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

KeyAccount::Time at(double seconds) {
  return KeyAccount::Time(
      std::chrono::duration_cast<KeyAccount::Time::duration>(
          std::chrono::duration<double>(1000 + seconds)));
}

TEST(KeyAccountTest, WithoutRulesItMayHaveEverything) {
  KeyAccount account(1, "key", {});
  for (int i = 0; i < 10'000; ++i)
    EXPECT_FALSE(account.begin(1 << 20, at(0)));
}

TEST(KeyAccountTest, AnAnswerTooManyComesBackWhenOneHasEnded) {
  KeyAccount account(1, "key", {.maxAnswers = 2});
  EXPECT_FALSE(account.begin(5, at(0)));
  EXPECT_FALSE(account.begin(5, at(0)));
  account.end(at(4)); // two take four seconds each, say
  account.end(at(4));
  EXPECT_FALSE(account.begin(5, at(10)));
  EXPECT_FALSE(account.begin(5, at(10)));
  auto refusal = account.begin(5, at(10));
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->message,
            "the key has 2 requests under way, and may have 2");
  EXPECT_EQ(refusal->retrySeconds, 2); // one in two seconds
  account.end(at(11));
  EXPECT_FALSE(account.begin(5, at(11)));
}

TEST(KeyAccountTest, ItsTokensComeBackWithinAMinute) {
  KeyAccount account(1, "key", {.tokensPerMinute = 600});
  EXPECT_FALSE(account.begin(400, at(0)));
  account.use(150, at(0));
  auto refusal = account.begin(100, at(0)); // 50 are left, 10 come a second
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->retrySeconds, 5);
  EXPECT_TRUE(account.begin(100, at(4)));
  EXPECT_FALSE(account.begin(100, at(5)));
  // Never more than a minute's.
  EXPECT_FALSE(account.begin(600, at(10'000)));
  EXPECT_TRUE(account.begin(1, at(10'000)));
}

TEST(KeyAccountTest, AnAnswerMayOverdrawIt) {
  KeyAccount account(1, "key", {.tokensPerMinute = 60});
  EXPECT_FALSE(account.begin(10, at(0)));
  account.use(110, at(0));
  EXPECT_EQ(account.begin(1, at(0))->retrySeconds, 61);
}

TEST(KeyAccountTest, APromptOfMoreThanAMinuteNeedsAWholeOne) {
  KeyAccount account(1, "key", {.tokensPerMinute = 60});
  EXPECT_FALSE(account.begin(300, at(0)));
  EXPECT_EQ(account.begin(300, at(0))->retrySeconds, 300);
  EXPECT_FALSE(account.begin(300, at(300)));
}

TEST(KeyAccountTest, NewRulesLeaveWhatIsUnderWay) {
  KeyAccount account(1, "key", {.maxAnswers = 1});
  EXPECT_FALSE(account.begin(1, at(0)));
  account.setRules({.weight = 3, .maxAnswers = 2});
  EXPECT_EQ(account.weight(), 3);
  EXPECT_FALSE(account.begin(1, at(0)));
  EXPECT_TRUE(account.begin(1, at(0)));
}

TEST(KeyAccountTest, KeysShareNoPromptsUnlessTheyHaveOneName) {
  KeyAccount one(1, "one", {}), two(2, "two", {});
  KeyAccount alike(3, "one", {});
  EXPECT_NE(one.cacheSalt(), two.cacheSalt());
  EXPECT_EQ(one.cacheSalt(), alike.cacheSalt());
  EXPECT_EQ(one.cacheSalt().find("one"), std::string::npos);
  one.setRules({.cacheName = "team"});
  two.setRules({.cacheName = "team"});
  EXPECT_EQ(one.cacheSalt(), two.cacheSalt());
  // JSON holds no such byte.
  EXPECT_EQ(one.cacheSalt()[0], '\xff');
}

} // namespace
} // namespace g4rt
