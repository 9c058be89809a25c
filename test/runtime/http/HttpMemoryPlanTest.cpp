//===- HttpMemoryPlanTest.cpp - A server's memory -------------------------===//

#include "runtime/http/HttpMemoryPlan.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

uint64_t sumOf(const HttpMemoryPlan &plan) {
  return plan.base + plan.connections + plan.work + plan.held;
}

TEST(HttpMemoryPlanTest, ThePartsAreTheWhole) {
  for (uint64_t gib : {0, 1, 8, 64, 1024}) {
    auto plan = planHttpMemory(
        {}, {.residentBytes = 50 * kMiB, .availableBytes = gib * 1024 * kMiB});
    ASSERT_TRUE(plan);
    EXPECT_EQ(sumOf(*plan), plan->total);
    EXPECT_GE(plan->total, 1024 * kMiB);
    EXPECT_LE(plan->total, 4096 * kMiB);
    EXPECT_GE(plan->held, 36 * kMiB);
  }
}

TEST(HttpMemoryPlanTest, ALargerMachineHoldsMore) {
  auto small = planHttpMemory({}, {.availableBytes = 16 * 1024 * kMiB});
  auto large = planHttpMemory({}, {.availableBytes = 48 * 1024 * kMiB});
  ASSERT_TRUE(small && large);
  EXPECT_EQ(large->total - small->total, 2048 * kMiB);
  EXPECT_EQ(large->held - small->held, 2048 * kMiB);
}

TEST(HttpMemoryPlanTest, WhatIsAskedForIsThePlan) {
  auto plan = planHttpMemory({.memoryBytes = 2000 * kMiB}, {});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->total, 2000 * kMiB);
}

TEST(HttpMemoryPlanTest, TooLittleIsRefusedWithWhatIsNeeded) {
  auto plan = planHttpMemory({.memoryBytes = 64 * kMiB}, {});
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), StatusCode::InvalidArgument);
  EXPECT_NE(plan.error().message().find("64.0 MiB, needs"), std::string::npos)
      << plan.error().message();
  // A server of smaller requests needs less.
  EXPECT_TRUE(planHttpMemory(
      {.memoryBytes = 64 * kMiB,
       .limits = {.maxConnections = 100, .maxBodyBytes = 64 << 10}},
      {}));
}

TEST(HttpMemoryPlanTest, TheFactsAreThoseOfThisProcess) {
  EXPECT_GT(httpMemoryFacts().residentBytes, kMiB);
}

} // namespace
} // namespace g4rt
