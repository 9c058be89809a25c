//===- HangWatchTest.cpp - Whether an engine has gone silent --------------===//

#include "runtime/engine/process/HangWatch.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using std::chrono::milliseconds;

class HangWatchTest : public testing::Test {
protected:
  /// Looks every 10 ms; how many of these looks it takes, at most 100.
  int looksUntilHung(bool isOwed = true) {
    for (int i = 1; i <= 100; ++i) {
      now += milliseconds(10);
      if (watch.isHung(now, isOwed))
        return i;
    }
    return 0;
  }

  HangWatch::Time now{};
  HangWatch watch{milliseconds(80), now};
};

TEST_F(HangWatchTest, SilenceForTheTimeOfAStepIsAHang) {
  EXPECT_EQ(looksUntilHung(), 9);
}

TEST_F(HangWatchTest, WhoOwesNothingMayBeSilent) {
  EXPECT_EQ(looksUntilHung(false), 0);
  EXPECT_EQ(looksUntilHung(), 9); // from the moment when it does
}

TEST_F(HangWatchTest, AMessageBeginsTheTimeAnew) {
  for (int i = 0; i < 20; ++i) {
    now += milliseconds(10);
    EXPECT_FALSE(watch.isHung(now, true));
    if (i % 7 == 6)
      watch.onMessage();
  }
}

TEST_F(HangWatchTest, LooksBeforeTheirTimeDoNotCount) {
  for (int i = 0; i < 1000; ++i)
    EXPECT_FALSE(watch.isHung(now + milliseconds(9), true));
  EXPECT_EQ(watch.nextLook(), now + milliseconds(10));
}

TEST_F(HangWatchTest, ATimeInWhichNobodyLookedIsOneLook) {
  now += milliseconds(100'000);
  EXPECT_FALSE(watch.isHung(now, true));
  EXPECT_EQ(looksUntilHung(), 8);
}

TEST_F(HangWatchTest, WithoutATimeNothingIsAHang) {
  watch = HangWatch(milliseconds(0), now);
  EXPECT_EQ(watch.nextLook(), HangWatch::Time::max());
  EXPECT_EQ(looksUntilHung(), 0);
}

TEST_F(HangWatchTest, TheShortestTimeIsStillATime) {
  watch = HangWatch(milliseconds(1), now);
  EXPECT_GT(watch.nextLook(), now);
}

} // namespace
} // namespace g4rt
