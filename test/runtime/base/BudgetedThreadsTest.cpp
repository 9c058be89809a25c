//===- BudgetedThreadsTest.cpp - Work that may take too long --------------===//

#include "runtime/base/BudgetedThreads.h"

#include <gtest/gtest.h>

#include <atomic>

namespace g4rt {
namespace {

using Milliseconds = BudgetedThreads::Milliseconds;

constexpr Milliseconds kNoPatience(0);

/// Works until it is told to end; tells it when the test ends.
class Endless {
public:
  ~Endless() { isOver_ = true; }
  std::function<void()> work() {
    return [this] {
      while (!isOver_)
        ;
    };
  }
  void end() { isOver_ = true; }

private:
  std::atomic<bool> isOver_ = false;
};

TEST(BudgetedThreadsTest, WorkIsDoneOnAnotherThread) {
  BudgetedThreads threads({});
  std::thread::id id;
  auto job = threads.post([&] { id = std::this_thread::get_id(); });
  EXPECT_EQ(threads.wait(*job), JobState::Done);
  EXPECT_EQ(threads.wait(*job, kNoPatience), JobState::Done);
  EXPECT_NE(id, std::thread::id());
  EXPECT_NE(id, std::this_thread::get_id());
}

TEST(BudgetedThreadsTest, WhatTheWorkHoldsIsGoneWhenItIsDone) {
  BudgetedThreads threads({});
  auto held = std::make_shared<int>(1);
  auto job = threads.post([held] {});
  EXPECT_EQ(threads.wait(*job), JobState::Done);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(BudgetedThreadsTest, WorkOverItsBudgetIsGivenUpAndHoldsUpNobody) {
  Endless endless;
  int numLooks = 0;
  BudgetedThreads threads(
      {.budget = Milliseconds(30), .onWait = [&] { ++numLooks; }});
  auto stuck = threads.post(endless.work());
  EXPECT_EQ(threads.wait(*stuck), JobState::Overdue);
  EXPECT_GT(numLooks, 0);
  auto next = threads.post([] {});
  EXPECT_EQ(threads.wait(*next), JobState::Done);
  EXPECT_EQ(threads.wait(*stuck, kNoPatience), JobState::Overdue);
  endless.end();
}

// A job that sleeps, or waits for a processor, uses none of its budget.
TEST(BudgetedThreadsTest, TimeThatItDoesNotWorkIsNotCounted) {
  BudgetedThreads threads({.budget = Milliseconds(20)});
  std::atomic<bool> isOver = false;
  auto job = threads.post([&] { isOver.wait(false); });
  auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < Milliseconds(60))
    EXPECT_EQ(threads.wait(*job, kNoPatience), JobState::Open);
  isOver = true;
  isOver.notify_all();
  EXPECT_EQ(threads.wait(*job), JobState::Done);
}

TEST(BudgetedThreadsTest, NothingIsBegunWhileTooManyAreGivenUp) {
  Endless first, second;
  BudgetedThreads threads({.maxStuck = 1, .budget = Milliseconds(10)});
  auto one = threads.post(first.work()), two = threads.post(second.work());
  EXPECT_EQ(threads.wait(*one), JobState::Overdue);
  EXPECT_EQ(threads.wait(*two), JobState::Overdue);
  bool isDone = false;
  auto third = threads.post([&] { isDone = true; });
  EXPECT_EQ(threads.wait(*third), JobState::Overdue);
  first.end();
  second.end();
  // One of them returns, and work is taken again; what was refused is not.
  JobState state = JobState::Overdue;
  while (state != JobState::Done)
    state = threads.wait(*threads.post([] {}));
  EXPECT_FALSE(isDone);
}

// As that of an answer which was cancelled.
TEST(BudgetedThreadsTest, AJobThatNobodyAsksForIsGivenUpAsWell) {
  Endless endless;
  BudgetedThreads threads({.budget = Milliseconds(10)});
  threads.post(endless.work());
  auto next = threads.post([] {});
  EXPECT_EQ(threads.wait(*next), JobState::Done);
  endless.end();
}

TEST(BudgetedThreadsTest, PatienceEndsBeforeTheWork) {
  std::atomic<bool> isOver = false;
  BudgetedThreads threads({});
  auto job = threads.post([&] { isOver.wait(false); });
  EXPECT_EQ(threads.wait(*job, Milliseconds(1)), JobState::Open);
  isOver = true;
  isOver.notify_all();
}

TEST(BudgetedThreadsTest, TheEndWaitsForAllWork) {
  std::atomic<int> numDone = 0;
  {
    BudgetedThreads threads({.numThreads = 2});
    for (int i = 0; i < 100; ++i)
      threads.post([&] { ++numDone; });
  }
  EXPECT_EQ(numDone, 100);
}

} // namespace
} // namespace g4rt
