#include "runtime/engine/DrainRate.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

DrainRate::Time at(double seconds) {
  return DrainRate::Time(std::chrono::duration_cast<DrainRate::Time::duration>(
      std::chrono::duration<double>(seconds)));
}

TEST(DrainRateTest, RequestsLeaveAsFastAsTheyDid) {
  DrainRate rate;
  rate.setBusy(true, at(0));
  for (int second = 2; second <= 20; second += 2)
    rate.leave(1, 100, at(second)); // one in two seconds
  EXPECT_EQ(rate.secondsFor(8, 0, at(20)), 16);
  EXPECT_EQ(rate.secondsFor(0, 1000, at(20)), 20);
  EXPECT_EQ(rate.secondsFor(8, 1000, at(20)), 20); // the longer one
}

TEST(DrainRateTest, TimeInWhichNobodyWaitsDoesNotCount) {
  DrainRate rate;
  rate.setBusy(true, at(0));
  rate.leave(2, 2, at(4));
  rate.setBusy(false, at(4));
  rate.setBusy(true, at(1004));
  EXPECT_EQ(rate.secondsFor(3, 0, at(1004)), 6);
}

TEST(DrainRateTest, AQueueThatStandsStillBecomesSlow) {
  DrainRate rate;
  rate.setBusy(true, at(0));
  rate.leave(10, 10, at(10));
  EXPECT_EQ(rate.secondsFor(1, 0, at(10)), 1);
  EXPECT_EQ(rate.secondsFor(1, 0, at(200)), 20);
}

TEST(DrainRateTest, WhatIsLongAgoIsForgotten) {
  DrainRate rate;
  rate.setBusy(true, at(0));
  rate.leave(1, 1, at(500));
  for (int i = 1; i <= 64; ++i)
    rate.leave(1, 1, at(500 + i));
  EXPECT_EQ(rate.secondsFor(5, 0, at(564)), 5);
}

TEST(DrainRateTest, ItSaysASecondAtLeastAndTenMinutesAtMost) {
  DrainRate rate;
  EXPECT_EQ(rate.secondsFor(10, 10, at(0)), 1);
  rate.setBusy(true, at(0));
  EXPECT_EQ(rate.secondsFor(1, 10, at(7)), 7);
  EXPECT_EQ(rate.secondsFor(1000, 0, at(7)), DrainRate::kMostSeconds);
}

} // namespace
} // namespace g4rt
