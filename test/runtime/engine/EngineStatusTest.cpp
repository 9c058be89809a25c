#include "runtime/engine/EngineStatus.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(LatencyHistogramTest, ABoundBelongsToItsOwnBucket) {
  LatencyHistogram histogram;
  histogram.observe(0);
  histogram.observe(0.0005);
  histogram.observe(0.00051);
  histogram.observe(10);
  EXPECT_EQ(histogram.counts[0], 2u);
  EXPECT_EQ(histogram.counts[1], 1u);
  EXPECT_EQ(histogram.counts[13], 1u);
  EXPECT_EQ(histogram.numObservations(), 4u);
}

TEST(LatencyHistogramTest, WhatIsLongerThanAllBoundsIsCountedLast) {
  LatencyHistogram histogram;
  histogram.observe(10.5);
  histogram.observe(3600);
  EXPECT_EQ(histogram.counts.back(), 2u);
  EXPECT_DOUBLE_EQ(histogram.sumSeconds, 3610.5);
}

TEST(EngineStatusTest, CountersAddUpAndGaugesStay) {
  EngineStatus total, part;
  total.numSteps = 3;
  total.numRunning = 7;
  total.timeToFirstToken.observe(1);
  part.numSteps = 4;
  part.numRunning = 5;
  part.numFailed = 2;
  part.numCutCalls = 5;
  part.numUnreadableCalls = 6;
  part.stepSeconds = 0.5;
  part.readBytes = 1e12;
  part.viewSeconds = 0.25;
  part.timeToFirstToken.observe(2);
  part.queueTime.observe(4);
  part.numRestoredTokens = 11;
  addCounters(total, part);
  EXPECT_EQ(total.numSteps, 7u);
  EXPECT_EQ(total.numFailed, 2u);
  EXPECT_EQ(total.numCutCalls, 5u);
  EXPECT_EQ(total.numUnreadableCalls, 6u);
  EXPECT_EQ(total.stepSeconds, 0.5);
  EXPECT_EQ(total.readBytes, 1e12);
  EXPECT_EQ(total.viewSeconds, 0.25);
  EXPECT_EQ(total.numRunning, 7);
  EXPECT_EQ(total.timeToFirstToken.numObservations(), 2u);
  EXPECT_EQ(total.timeToFirstToken.sumSeconds, 3);
  EXPECT_EQ(total.queueTime.sumSeconds, 4);
  EXPECT_EQ(total.numRestoredTokens, 11u);
}

} // namespace
} // namespace g4rt
