//===- ConnectionPlanTest.cpp - How many clients at the same time ---------===//

#include "runtime/http/ConnectionPlan.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr size_t kPlenty = 1'000'000;

size_t planned(const ConnectionWish &wish, size_t numDescriptors) {
  Result<size_t> plan = planConnections(wish, numDescriptors);
  return plan ? *plan : 0;
}

TEST(ConnectionPlanTest, ThereAreMoreConnectionsThanTheEngineTakesRequests) {
  for (size_t numRequests : {1, 1040, 1'000'000})
    EXPECT_GT(planned({.numRequests = numRequests}, 10 * kPlenty), numRequests);
}

TEST(ConnectionPlanTest, FewDescriptorsAreNeverExceeded) {
  for (size_t numDescriptors : {400, 1024, 4096}) {
    size_t plan = planned({.numRequests = 1040}, numDescriptors);
    EXPECT_GT(plan, 0u);
    EXPECT_LE(descriptorsFor(plan), numDescriptors);
  }
  EXPECT_EQ(planned({.numRequests = 1040}, 100), 0u);
}

TEST(ConnectionPlanTest, WhatIsAskedForIsGivenOrRefused) {
  EXPECT_EQ(planned({.maxConnections = 2000, .numRequests = 1040}, kPlenty),
            2000u);
  EXPECT_EQ(planned({.maxConnections = 2000, .numRequests = 1040}, 2000), 0u);
  EXPECT_EQ(planned({.maxConnections = 1040, .numRequests = 1040}, kPlenty),
            0u);
  auto plan = planConnections({.maxConnections = 10, .numRequests = 20}, 10);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), StatusCode::InvalidArgument);
}

} // namespace
} // namespace g4rt
