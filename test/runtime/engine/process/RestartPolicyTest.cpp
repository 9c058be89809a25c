//===- RestartPolicyTest.cpp - When a lost engine starts again ------------===//

#include "runtime/engine/process/RestartPolicy.h"

#include <gtest/gtest.h>

#include <vector>

namespace g4rt {
namespace {

using Milliseconds = std::chrono::milliseconds;

class RestartPolicyTest : public testing::Test {
protected:
  // Lost so long after it was started.
  int64_t delayAfterServing(Milliseconds time) {
    policy.onStart(now);
    policy.onServing();
    return lose(time, false);
  }
  int64_t delayAfterFailedStart(Milliseconds time = Milliseconds(10)) {
    policy.onStart(now);
    return lose(time, false);
  }
  int64_t delayAfterWrongFile(Milliseconds time) {
    policy.onStart(now);
    return lose(time, true);
  }
  int64_t lose(Milliseconds time, bool isFileWrong) {
    now += time;
    auto delay = policy.onLost(now, isFileWrong);
    return delay ? delay->count() : -1;
  }

  RestartPolicy policy;
  RestartPolicy::Time now{};
};

TEST_F(RestartPolicyTest, WhoHasServedStartsAtOnceHoweverOftenItIsLost) {
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(delayAfterServing(Milliseconds(3'000)), 0);
}

TEST_F(RestartPolicyTest, StartsAreNotNearerThanTheLeastTime) {
  EXPECT_EQ(delayAfterServing(Milliseconds(50)), 200);
  EXPECT_EQ(delayAfterServing(RestartPolicy::kLeastTime), 0);
}

TEST_F(RestartPolicyTest, StartsThatFailWaitLongerAndAreGivenUp) {
  std::vector<int64_t> delays;
  for (int i = 0; i < RestartPolicy::kMaxFailedStarts; ++i)
    delays.push_back(delayAfterFailedStart());
  EXPECT_EQ(delays, (std::vector<int64_t>{500, 1000, 2000, 4000, 8000, 16000,
                                          30000, -1}));
}

TEST_F(RestartPolicyTest, FailedStartsCountInARowAlone) {
  for (int i = 0; i < 3 * RestartPolicy::kMaxFailedStarts; ++i) {
    EXPECT_EQ(delayAfterFailedStart(), 500);
    EXPECT_EQ(policy.numFailedStarts(), 1);
    EXPECT_EQ(delayAfterServing(Milliseconds(1000)), 0);
    EXPECT_EQ(policy.numFailedStarts(), 0);
  }
}

TEST_F(RestartPolicyTest, AWrongFileIsLookedAtForEver) {
  for (int i = 0; i < 1000; ++i)
    EXPECT_EQ(delayAfterWrongFile(Milliseconds(1)), 500);
  EXPECT_EQ(policy.numFailedStarts(), 1000);
}

TEST_F(RestartPolicyTest, AFileThatTakesLongToReadIsReadLessOften) {
  EXPECT_EQ(delayAfterWrongFile(Milliseconds(1'000)), 4'000);
  EXPECT_EQ(delayAfterWrongFile(Milliseconds(60'000)), 30'000);
}

} // namespace
} // namespace g4rt
