//===- HangWatchTest.cpp - Whether an engine has gone silent --------------===//

#include "runtime/engine/process/HangWatch.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using std::chrono::milliseconds;
using Due = HangWatch::Due;

class HangWatchTest : public testing::Test {
protected:
  HangWatchTest() { watch.onServing(true); }

  void look(Due due = Due::Answer) {
    now = watch.nextLook();
    watch.look(now, {.due = due});
  }
  /// Somebody stops it for so long, and then lets it go on.
  void stop(milliseconds time) {
    for (auto end = now + time; now < end;) {
      now = watch.nextLook();
      watch.look(now, {.due = Due::Answer, .isStopped = true});
      EXPECT_FALSE(watch.isHung());
    }
  }
  /// Milliseconds of looks until it counts as hung, 0 if it never does.
  int64_t timeUntilHung(Due due = Due::Answer) {
    auto start = now;
    for (int i = 0; i < 10'000; ++i) {
      look(due);
      if (watch.isHung())
        return (now - start) / milliseconds(1);
    }
    return 0;
  }
  /// A step that takes so long, without a sign but at its end.
  void longStep(milliseconds time) {
    for (auto end = now + time; now < end;) {
      look();
      EXPECT_FALSE(watch.isHung());
    }
    watch.onSign();
  }

  HangWatch::Time now{};
  HangWatch watch{milliseconds(600'000), now};
};

TEST_F(HangWatchTest, SilenceIsSoonWorthAWordAndLaterAHang) {
  int64_t untilDegraded = 0;
  while (!watch.isDegraded()) {
    look();
    untilDegraded += 250;
  }
  EXPECT_EQ(untilDegraded, 3'000);
  EXPECT_EQ(timeUntilHung(), 30'250 - 3'000);
}

TEST_F(HangWatchTest, ASignEndsTheSilence) {
  for (int i = 0; i < 10'000; ++i) {
    look();
    EXPECT_FALSE(watch.isDegraded());
    if (i % 10 == 9)
      watch.onSign();
  }
}

TEST_F(HangWatchTest, LongSilencesThatEndedMakeItPatient) {
  longStep(milliseconds(25'000));
  EXPECT_EQ(watch.timeout(), milliseconds(8 * 25'000));
  EXPECT_EQ(timeUntilHung(), 200'250);
  watch.onStart(); // another engine
  watch.onServing(true);
  EXPECT_EQ(watch.timeout(), HangWatch::kLeastTimeout);
}

TEST_F(HangWatchTest, AStepOfTwoMinutesIsNoHangWhereOnlyItsEndIsSeen) {
  watch.onServing(/*isFine=*/false);
  longStep(milliseconds(120'000));
  EXPECT_GT(watch.timeout(), milliseconds(500'000));
}

TEST_F(HangWatchTest, TheLongestTimeHoldsWhateverWasSeen) {
  watch = HangWatch(milliseconds(40'000), now);
  watch.onServing(true);
  longStep(milliseconds(20'000));
  EXPECT_EQ(timeUntilHung(), 40'250);
  watch = HangWatch(milliseconds(80), now);
  watch.onServing(true);
  EXPECT_EQ(timeUntilHung(), 90);
}

TEST_F(HangWatchTest, WithoutATimeNothingIsAHang) {
  watch = HangWatch(milliseconds(0), now);
  watch.onServing(true);
  EXPECT_EQ(timeUntilHung(), 0);
  EXPECT_TRUE(watch.isDegraded());
}

TEST_F(HangWatchTest, WhoOwesNothingMayBeSilent) {
  EXPECT_EQ(timeUntilHung(Due::Nothing), 0);
  EXPECT_EQ(timeUntilHung(), 30'250); // from the moment when it does
}

TEST_F(HangWatchTest, WithoutWorkAShortTimeDoesNotCount) {
  watch = HangWatch(milliseconds(80), now);
  watch.onServing(true);
  EXPECT_EQ(timeUntilHung(Due::Sign), 30'010);
}

TEST_F(HangWatchTest, ALoadMayBeSilentForLonger) {
  watch = HangWatch(milliseconds(80), now);
  watch.onStart();
  EXPECT_EQ(timeUntilHung(Due::Sign), 60'010);
}

TEST_F(HangWatchTest, WhoStaysStoppedHangs) {
  stop(milliseconds(30'000));
  EXPECT_TRUE(watch.isDegraded());
  now = watch.nextLook();
  watch.look(now, {.due = Due::Answer, .isStopped = true});
  EXPECT_TRUE(watch.isHung());
}

TEST_F(HangWatchTest, WhoGoesOnHasTheTimeBackThatItDidNotRun) {
  for (int i = 0; i < 40; ++i)
    look();
  stop(milliseconds(20'000));
  EXPECT_EQ(timeUntilHung(), 30'250 - 10'000);
}

TEST_F(HangWatchTest, StopsDoNotHideAHang) {
  for (int i = 0; i < 120; ++i) {
    EXPECT_FALSE(watch.isHung());
    look();
    stop(i < 119 ? milliseconds(250) : milliseconds(0));
  }
  look();
  EXPECT_TRUE(watch.isHung());
}

TEST_F(HangWatchTest, AStopIsNoLongStep) {
  look();
  stop(milliseconds(29'000));
  watch.onSign();
  EXPECT_EQ(watch.timeout(), HangWatch::kLeastTimeout);
  EXPECT_EQ(watch.silence(), milliseconds(0));
}

TEST_F(HangWatchTest, LooksBeforeTheirTimeDoNotCount) {
  for (int i = 0; i < 100'000; ++i)
    watch.look(now + milliseconds(249), {.due = Due::Answer});
  EXPECT_EQ(watch.silence(), milliseconds(0));
}

TEST_F(HangWatchTest, ATimeInWhichNobodyLookedIsOneLook) {
  watch.look(now + milliseconds(1'000'000), {.due = Due::Answer});
  EXPECT_EQ(watch.silence(), milliseconds(250));
}

} // namespace
} // namespace g4rt
