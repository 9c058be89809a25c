#include "runtime/device/cpu/ThreadPool.h"

#include <gtest/gtest.h>

#include <mutex>
#include <numeric>
#include <set>

namespace g4rt {
namespace {

/// What a job of counting did.
struct Counts {
  explicit Counts(uint64_t numItems) : perItem(numItems) {}

  std::vector<std::atomic<int>> perItem;
  std::atomic<int> highestThread{-1}, lowestThread{1 << 20};

  static void count(void *context, uint64_t item, int thread) {
    auto &self = *static_cast<Counts *>(context);
    ++self.perItem.at(item);
    for (int seen = self.highestThread;
         seen < thread &&
         !self.highestThread.compare_exchange_weak(seen, thread);) {
    }
    for (int seen = self.lowestThread;
         seen > thread &&
         !self.lowestThread.compare_exchange_weak(seen, thread);) {
    }
  }
};

class ThreadPoolTest : public testing::TestWithParam<int> {};

TEST_P(ThreadPoolTest, RunsEveryItemOnce) {
  ThreadPool pool(GetParam());
  for (uint64_t numItems : {0, 1, 2, 3, 7, 8, 15, 16, 17, 100, 1013}) {
    Counts counts(numItems);
    pool.forEach(numItems, Counts::count, &counts);
    for (uint64_t i = 0; i < numItems; ++i)
      ASSERT_EQ(counts.perItem[i], 1) << i << " of " << numItems;
  }
}

TEST_P(ThreadPoolTest, NumbersItsThreadsFromZero) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.numThreads(), GetParam());
  Counts counts(500);
  pool.forEach(500, Counts::count, &counts);
  EXPECT_GE(counts.lowestThread, 0);
  EXPECT_LT(counts.highestThread, GetParam());
}

TEST_P(ThreadPoolTest, SeesTheResultsOfOneJobInTheNext) {
  ThreadPool pool(GetParam());
  // Each job adds to its item what the job before left in its neighbour: a job
  // that starts before the last one ended gives other numbers.
  struct Job {
    std::vector<uint64_t> now = std::vector<uint64_t>(37, 1), next = now;
  } job;
  for (int i = 0; i < 2000; ++i) {
    pool.forEach(
        job.now.size(),
        [](void *context, uint64_t item, int) {
          Job &job = *static_cast<Job *>(context);
          job.next[item] =
              (job.now[item] + job.now[(item + 1) % job.now.size()]) % 1000003;
        },
        &job);
    std::swap(job.now, job.next);
  }
  // By symmetry every item is 2^2000 mod 1000003.
  uint64_t expected = 1;
  for (int i = 0; i < 2000; ++i)
    expected = expected * 2 % 1000003;
  for (uint64_t value : job.now)
    EXPECT_EQ(value, expected);
}

TEST_P(ThreadPoolTest, EndsWithoutEverHavingHadAJob) {
  for (int i = 0; i < 50; ++i)
    ThreadPool pool(GetParam());
}

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, testing::Values(1, 2, 3, 8));

TEST(ThreadPoolTest, SharesALongJob) {
  ThreadPool pool(2);
  // The first item ends only when another thread has taken one: were all items
  // run by one thread, this would not return.
  struct Job {
    std::atomic<int> running{0};
  } job;
  pool.forEach(
      2,
      [](void *context, uint64_t, int) {
        Job &job = *static_cast<Job *>(context);
        ++job.running;
        while (job.running < 2)
          std::this_thread::yield();
      },
      &job);
  EXPECT_EQ(job.running, 2);
}

} // namespace
} // namespace g4rt
