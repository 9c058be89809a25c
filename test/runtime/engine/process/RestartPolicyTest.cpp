//===- RestartPolicyTest.cpp - When a lost engine starts again ------------===//

#include "runtime/engine/process/RestartPolicy.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using Milliseconds = std::chrono::milliseconds;

class RestartPolicyTest : public testing::Test {
protected:
  // Lost so long after it began to serve.
  int64_t delayAfterServing(Milliseconds time) {
    policy.onServing(now);
    now += time;
    auto delay = policy.onLost(now);
    return delay ? delay->count() : -1;
  }
  int64_t delayAfterFailedStart() {
    auto delay = policy.onLost(now);
    return delay ? delay->count() : -1;
  }

  RestartPolicy policy;
  RestartPolicy::Time now{};
};

TEST_F(RestartPolicyTest, TheFirstTimeIsAtOnceAndLaterOnesWaitLonger) {
  std::vector<int64_t> delays;
  for (int i = 0; i < 10; ++i)
    delays.push_back(delayAfterServing(Milliseconds(100)));
  EXPECT_EQ(delays, (std::vector<int64_t>{0, 500, 1000, 2000, 4000, 8000, 16000,
                                          30000, 30000, 30000}));
}

TEST_F(RestartPolicyTest, WhoServedForLongStartsAtOnce) {
  for (int i = 0; i < 5; ++i)
    delayAfterServing(Milliseconds(100));
  EXPECT_EQ(delayAfterServing(RestartPolicy::kCalmTime), 0);
  EXPECT_EQ(delayAfterServing(Milliseconds(100)), 500);
}

TEST_F(RestartPolicyTest, WhoNeverComesToServeIsGivenUp) {
  EXPECT_EQ(delayAfterServing(RestartPolicy::kCalmTime), 0);
  for (int i = 1; i < RestartPolicy::kMaxFailedStarts; ++i)
    EXPECT_GT(delayAfterFailedStart(), 0) << i;
  EXPECT_EQ(delayAfterFailedStart(), -1);
}

TEST_F(RestartPolicyTest, FailedStartsCountInARowAlone) {
  for (int i = 0; i < 3 * RestartPolicy::kMaxFailedStarts; ++i) {
    EXPECT_GE(delayAfterServing(Milliseconds(100)), 0);
    EXPECT_GE(delayAfterFailedStart(), 0);
  }
}

} // namespace
} // namespace g4rt
