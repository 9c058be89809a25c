//===- QuantileTest.cpp - Percentiles of a histogram ----------------------===//

#include "runtime/http/dashboard/Quantile.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(QuantileTest, NothingObservedIsNone) { EXPECT_FALSE(quantileOf({}, 0.5)); }

TEST(QuantileTest, ABucketIsTakenAsEven) {
  LatencyHistogram histogram;
  for (int i = 0; i < 10; ++i)
    histogram.observe(0.002); // the bucket from 0.001 to 0.0025
  EXPECT_DOUBLE_EQ(*quantileOf(histogram, 0.5), 0.00175);
  EXPECT_DOUBLE_EQ(*quantileOf(histogram, 1), 0.0025);
}

TEST(QuantileTest, TheSlowOnesAreTheUpperPercentile) {
  LatencyHistogram histogram;
  for (int i = 0; i < 98; ++i)
    histogram.observe(0.0004);
  histogram.observe(0.3);
  histogram.observe(0.3); // the bucket from 0.25 to 0.5
  EXPECT_LT(*quantileOf(histogram, 0.5), 0.0005);
  EXPECT_DOUBLE_EQ(*quantileOf(histogram, 0.99), 0.375);
}

TEST(QuantileTest, BeyondTheLastBoundThatBoundIsGiven) {
  LatencyHistogram histogram;
  histogram.observe(60);
  EXPECT_DOUBLE_EQ(*quantileOf(histogram, 0.5), 10);
}

TEST(QuantileTest, OnlyWhatCameSinceIsLeft) {
  LatencyHistogram before, now;
  before.observe(0.002);
  now = before;
  now.observe(0.3);
  LatencyHistogram since = observedSince(now, before);
  EXPECT_EQ(since.numObservations(), 1u);
  EXPECT_GT(*quantileOf(since, 0.5), 0.25);
  EXPECT_DOUBLE_EQ(since.sumSeconds, 0.3);
}

} // namespace
} // namespace g4rt
