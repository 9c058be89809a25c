//===- ExpertHistoryTest.cpp - Experts of the last minute -----------------===//

#include "runtime/http/dashboard/ExpertHistory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExpertHistoryTest : public testing::Test {
protected:
  /// For so many seconds a look each quarter of one, in which expert 1 of 3
  /// gets `rows` rows.
  void look(int seconds, uint64_t rows) {
    for (int i = 0; i < 4 * seconds; ++i) {
      now += std::chrono::milliseconds(250);
      loads[0].rows[1] += rows;
      history.add(loads, now);
    }
  }
  std::vector<uint64_t> rows() { return history.lastMinute().at(0).rows; }

  ExpertHistory::Time now{std::chrono::hours(1)};
  std::vector<ExpertLoad> loads{{.layer = "layers.0", .rows = {5, 0, 0}}};
  ExpertHistory history;
};

TEST_F(ExpertHistoryTest, WithoutALookThereIsNothing) {
  EXPECT_THAT(history.lastMinute(), IsEmpty());
  history.add({}, now);
  EXPECT_THAT(history.lastMinute(), IsEmpty());
}

TEST_F(ExpertHistoryTest, RowsAreThoseSinceTheFirstLook) {
  look(10, 2);
  EXPECT_THAT(rows(), ElementsAre(0, 2 * 39, 0));
}

TEST_F(ExpertHistoryTest, WhatIsOlderThanAMinuteIsForgotten) {
  look(30, 100);
  look(120, 1);
  EXPECT_GE(rows()[1], 4u * 60);
  EXPECT_LE(rows()[1], 4u * 65);
}

TEST_F(ExpertHistoryTest, AnEngineThatWasStartedAgainBeginsAnew) {
  look(10, 2);
  loads[0].rows = {0, 1, 0};
  look(1, 1);
  EXPECT_THAT(rows(), ElementsAre(0, 3, 0));
}

TEST_F(ExpertHistoryTest, AnotherModelsLayersBeginAnew) {
  look(10, 2);
  loads = {{.layer = "layers.7", .rows = {1, 1}}};
  history.add(loads, now);
  EXPECT_THAT(rows(), ElementsAre(0, 0));
}

} // namespace
} // namespace g4rt
