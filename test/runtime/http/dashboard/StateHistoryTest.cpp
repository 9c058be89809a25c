//===- StateHistoryTest.cpp - The last minutes of an engine ---------------===//

#include "runtime/http/dashboard/StateHistory.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

class StateHistoryTest : public testing::Test {
protected:
  /// `count` looks, a quarter of a second apart, in which the engine chooses
  /// `tokens` tokens each.
  void look(int count, uint64_t tokens = 0) {
    for (int i = 0; i < count; ++i) {
      now += std::chrono::milliseconds(250);
      status.numAnswerTokens += tokens;
      status.numPromptTokens += 2 * tokens;
      history.add(status, now, 1000);
    }
  }
  void lose(std::string what) { status.lastError = std::move(what); }

  StateHistory::Time now{std::chrono::hours(1)};
  EngineStatus status;
  StateHistory history;
};

TEST_F(StateHistoryTest, WithoutALookThereIsNothing) {
  EXPECT_EQ(history.ratesNow().answer, 0);
  EXPECT_TRUE(history.ratesBySecond().empty());
  EXPECT_EQ(history.lastMinute().interToken.numObservations(), 0u);
}

TEST_F(StateHistoryTest, TheRateIsThatOfTheLastTwoSeconds) {
  look(40, 10);
  EXPECT_DOUBLE_EQ(history.ratesNow().answer, 40);
  EXPECT_DOUBLE_EQ(history.ratesNow().prompt, 80);
  look(12); // three seconds of nothing
  EXPECT_DOUBLE_EQ(history.ratesNow().answer, 0);
}

TEST_F(StateHistoryTest, WhatStepsReadIsPerSecondOfSteps) {
  EXPECT_EQ(history.readingNow().rate(), 0);
  look(20);
  EXPECT_EQ(history.readingNow().rate(), 0);
  for (int i = 0; i < 20; ++i) {
    status.readBytes += 6e9;
    status.stepSeconds += 0.2; // and 50 ms of waiting
    look(1);
  }
  EXPECT_NEAR(history.readingNow().rate(), 30e9, 1);
}

TEST_F(StateHistoryTest, TheHistoryHasARateForEachSecondOfFiveMinutes) {
  look(8, 5);
  look(8);
  auto rates = history.ratesBySecond();
  ASSERT_EQ(rates.size(), 3u);
  EXPECT_DOUBLE_EQ(rates[0].answer, 20);
  EXPECT_DOUBLE_EQ(rates[2].answer, 0);
  look(4 * 400, 1);
  rates = history.ratesBySecond();
  EXPECT_EQ(rates.size(), StateHistory::kNumSteps);
  EXPECT_DOUBLE_EQ(rates.front().answer, 4);
}

TEST_F(StateHistoryTest, LatenciesAreThoseOfTheLastMinute) {
  look(1);
  status.interTokenLatency.observe(5);
  look(4);
  EXPECT_EQ(history.lastMinute().interToken.numObservations(), 1u);
  look(4 * 70);
  EXPECT_EQ(history.lastMinute().interToken.numObservations(), 0u);
  status.timeToFirstToken.observe(0.1);
  look(1);
  EXPECT_EQ(history.lastMinute().timeToFirstToken.numObservations(), 1u);
}

TEST_F(StateHistoryTest, EachLossIsAnErrorAndItsRestartIsNone) {
  look(1);
  lose("killed");
  look(1); // seen before its restart
  ++status.numRestarts;
  look(3);
  ASSERT_EQ(history.errors().size(), 1u);
  EXPECT_EQ(history.errors()[0].what, "killed");
  EXPECT_EQ(history.errors()[0].time, 1000);
  ++status.numRestarts; // the same again, seen after its restart
  look(3);
  EXPECT_EQ(history.errors().size(), 2u);
  lose("the device is lost");
  ++status.numRestarts; // both at once
  look(3);
  EXPECT_EQ(history.errors().size(), 3u);
}

TEST_F(StateHistoryTest, OnlyTheLastErrorsAreKept) {
  for (int i = 0; i < 20; ++i) {
    lose("error " + std::to_string(i));
    look(1);
  }
  EXPECT_EQ(history.errors().size(), StateHistory::kMaxErrors);
  EXPECT_EQ(history.errors().back().what, "error 19");
}

} // namespace
} // namespace g4rt
