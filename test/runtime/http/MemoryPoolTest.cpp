//===- MemoryPoolTest.cpp - Bytes that are held for clients ---------------===//

#include "runtime/http/MemoryPool.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace g4rt {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
using Lease = MemoryPool::Lease;

TEST(MemoryPoolTest, WhatDoesNotFitIsRefusedAndChangesNothing) {
  MemoryPool pool(8 * kMiB);
  Lease lease(pool);
  EXPECT_TRUE(lease.resize(6 * kMiB));
  EXPECT_FALSE(lease.resize(9 * kMiB));
  EXPECT_EQ(lease.size(), 6 * kMiB);
  Lease other(pool);
  EXPECT_FALSE(other.resize(2 * kMiB));
  EXPECT_EQ(pool.numUsed(), 6 * kMiB);
}

TEST(MemoryPoolTest, ALeaseGivesBackWhatItHolds) {
  MemoryPool pool(8 * kMiB);
  {
    Lease lease(pool);
    EXPECT_TRUE(lease.resize(2 * kMiB));
    Lease moved = std::move(lease);
    EXPECT_EQ(pool.numUsed(), 2 * kMiB);
    EXPECT_TRUE(moved.resize(kMiB));
    EXPECT_EQ(pool.numUsed(), kMiB);
  }
  EXPECT_EQ(pool.numUsed(), 0u);
}

TEST(MemoryPoolTest, LargeHoldersLeaveRoomForSmallOnes) {
  MemoryPool pool(8 * kMiB);
  Lease large(pool);
  EXPECT_FALSE(large.resize(8 * kMiB));
  EXPECT_TRUE(large.resize(7 * kMiB));
  std::vector<Lease> small(16);
  for (Lease &lease : small) {
    lease = Lease(pool);
    EXPECT_TRUE(lease.resize(MemoryPool::kSmallBytes));
  }
  Lease none(pool);
  EXPECT_FALSE(none.resize(1));
}

TEST(MemoryPoolTest, ThreadsNeverHoldMoreThanThereIs) {
  MemoryPool pool(10 * kMiB);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (size_t round = 0; round < 20'000; ++round) {
        Lease lease(pool);
        lease.resize(round * 977 % (4 * kMiB));
        EXPECT_LE(pool.numUsed(), 10 * kMiB);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(pool.numUsed(), 0u);
}

} // namespace
} // namespace g4rt
