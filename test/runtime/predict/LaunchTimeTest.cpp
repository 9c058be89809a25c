// The formula of a launch's time, on a machine with round numbers.

#include "runtime/predict/LaunchTime.h"

#include <gtest/gtest.h>

#include <numeric>

namespace g4rt {
namespace {

constexpr double kMicrosecond = 1e-6;

Machine roundMachine() {
  return {.name = "round",
          .units = 10,
          .clock = 1e9,
          .readBandwidth = 5e11,
          .cacheBytes = 1 << 20,
          .issueLanes = 128,
          .integerLanes = 64,
          .specialLanes = 16,
          .sharedRate = 128,
          .cacheRate = 64,
          .matrixRate = 1024,
          .cacheLatency = 200,
          .memoryLatency = 500,
          .barrierLatency = 30,
          .launchSeconds = 1 * kMicrosecond,
          .registers = 65536,
          .sharedBytes = 100 << 10,
          .blockSharedBytes = 1 << 10,
          .threads = 1024,
          .blocks = 16,
          .warp = 32,
          .schedulers = 4};
}

/// A block of 256 threads on each unit.
LaunchWork oneBlockEach() { return {.items = 10, .threads = 256}; }

void expectTime(const LaunchWork &work, double microseconds, Bound bound) {
  LaunchTime time = predictLaunch(work, roundMachine());
  EXPECT_NEAR(time.seconds, microseconds * kMicrosecond, 1e-12);
  EXPECT_STREQ(nameOf(time.bound()), nameOf(bound));
  EXPECT_NEAR(std::accumulate(time.causes.begin(), time.causes.end(), 0.0),
              time.seconds, 1e-15);
}

TEST(LaunchTimeTest, WhatHasNothingToDoTakesItsLaunch) {
  expectTime({.items = 0}, 1, Bound::Launch);
}

TEST(LaunchTimeTest, BytesOfMemoryTakeTheBandwidth) {
  LaunchWork work = oneBlockEach();
  work.memoryBytes = work.cacheBytes = 1e7; // 15.6 us through the cache
  expectTime(work, 1 + 20, Bound::Memory);
}

TEST(LaunchTimeTest, MemoryIsIdleUntilTheFirstBytesCome) {
  LaunchWork work = oneBlockEach();
  work.memoryBytes = work.cacheBytes = 1e7;
  work.thread.waits = 3; // of which two are behind bytes of other threads
  expectTime(work, 1 + 20 + 0.5, Bound::Memory);
}

TEST(LaunchTimeTest, BytesThatAreReadAgainGoThroughTheCache) {
  LaunchWork work = oneBlockEach();
  work.memoryBytes = 1e7;
  work.cacheBytes = 64e6; // 64 a clock and unit
  expectTime(work, 1 + 100, Bound::Cache);
}

TEST(LaunchTimeTest, InstructionsShareTheLanes) {
  LaunchWork work = oneBlockEach();
  work.thread.instructions = 10000;
  expectTime(work, 1 + 20, Bound::Issue);
  work.thread.integers = 10000;
  expectTime(work, 1 + 40, Bound::Integers);
  work.thread.specials = 5000;
  expectTime(work, 1 + 80, Bound::Specials);
}

TEST(LaunchTimeTest, SharedMemoryAndMatrixInstructionsHaveRatesOfTheirOwn) {
  LaunchWork work = oneBlockEach();
  work.thread.sharedBytes = 25000;
  expectTime(work, 1 + 50, Bound::Shared);
  work.thread.matrixProducts = 400000;
  expectTime(work, 1 + 100, Bound::Matrix);
}

TEST(LaunchTimeTest, OneThreadWaitsAndThenComputes) {
  LaunchWork work = {.items = 1, .threads = 32};
  work.thread = {.instructions = 400, .barriers = 10, .waits = 4};
  work.cacheBytes = 64;
  expectTime(work, 1 + (400 + 10 * 30 + 4 * 200) * 1e-3, Bound::Latency);
  work.memoryBytes = 64; // all of it from memory
  expectTime(work, 1 + (400 + 10 * 30 + 4 * 500) * 1e-3, Bound::Latency);
}

TEST(LaunchTimeTest, BlocksThatDoNotFitWaitForTheOthers) {
  LaunchWork work = {.items = 25, .threads = 1024};
  work.thread.waits = 10;
  work.cacheBytes = 25;
  // 10 at once: twice all of them, then the other 5.
  expectTime(work, 1 + 3 * 2, Bound::Latency);
  EXPECT_DOUBLE_EQ(predictLaunch(work, roundMachine()).waves, 2.5);
}

TEST(LaunchTimeTest, TheBusiestUnitIsWaitedFor) {
  LaunchWork work = {.items = 12, .threads = 256};
  work.thread.instructions = 10000;
  expectTime(work, 1 + 2 * 20, Bound::Issue);
}

TEST(LaunchTimeTest, AUnitHoldsWhatThreadsRegistersAndSharedMemoryAllow) {
  LaunchWork work = {.items = 1, .threads = 256};
  EXPECT_EQ(blocksOfUnit(work, roundMachine()), 4);
  work.registers = 121; // in eights: 128 * 256 of 65,536
  EXPECT_EQ(blocksOfUnit(work, roundMachine()), 2);
  work = {.items = 1, .threads = 33, .sharedBytes = 0}; // two warps
  EXPECT_EQ(blocksOfUnit(work, roundMachine()), 16);
  work.sharedBytes = 24 << 10; // and 1 KiB of the system's
  EXPECT_EQ(blocksOfUnit(work, roundMachine()), 4);
  work.sharedBytes = 200 << 10;
  EXPECT_EQ(blocksOfUnit(work, roundMachine()), 1);
}

TEST(LaunchTimeTest, MemoryIsSharedByTheUnitsAndTheCacheIsNot) {
  LaunchWork work = {.items = 1, .threads = 256};
  work.memoryBytes = work.cacheBytes = 32e3;
  // One unit alone: 64 bytes a clock, slower than memory.
  expectTime(work, 1 + 0.5, Bound::Launch);
  work.memoryBytes = work.cacheBytes = 640e3;
  expectTime(work, 1 + 10, Bound::Cache);
}

} // namespace
} // namespace g4rt
