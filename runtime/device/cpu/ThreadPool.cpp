//===- ThreadPool.cpp - Work items over the cores -------------------------===//

#include "runtime/device/cpu/ThreadPool.h"

#include <algorithm>
#include <immintrin.h>
#include <system_error>

namespace g4rt {

// About 50 us: longer than the time between two launches of a step, shorter
// than what a busy machine would feel.
constexpr int kSpins = 2000;
// Of the items that are left a thread takes this part of its share: many at
// first, which have parts of weights in common, and single ones at the end, so
// that all threads end together.
constexpr uint64_t kPartsOfShare = 4;

// What the count of threads inside a job holds, and more than any machine has.
constexpr int kMaxThreads = 4096;
// The parts of `state_`.
constexpr uint64_t kInside = 0xffff, kOpen = 0x10000, kNextJob = 0x20000;

static uint64_t jobOf(uint64_t state) { return state / kNextJob; }

ThreadPool::ThreadPool(int numThreads) {
  // Where the machine gives no more threads, fewer do the same work.
  try {
    for (int i = 1; i < std::min(numThreads, kMaxThreads); ++i)
      threads_.emplace_back([this, i] { serve(i); });
  } catch (const std::system_error &) {
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  state_.fetch_add(kNextJob);
  state_.notify_all();
  for (std::thread &thread : threads_)
    thread.join();
}

/// The first state of a job after `lastJob`.
uint64_t ThreadPool::waitForJob(uint64_t lastJob) {
  for (int i = 0; i < kSpins; ++i) {
    uint64_t state = state_.load(std::memory_order_acquire);
    if (jobOf(state) != lastJob)
      return state;
    _mm_pause();
  }
  for (;;) {
    uint64_t state = state_.load(std::memory_order_acquire);
    if (jobOf(state) != lastJob)
      return state;
    state_.wait(state, std::memory_order_acquire);
  }
}

/// Counts this thread as inside the job; false if the job is over.
bool ThreadPool::enter(uint64_t job) {
  uint64_t state = state_.load(std::memory_order_acquire);
  while (jobOf(state) == job && (state & kOpen))
    if (state_.compare_exchange_weak(state, state + 1,
                                     std::memory_order_acquire))
      return true;
  return false;
}

void ThreadPool::takeItems(int thread) {
  uint64_t parts = kPartsOfShare * static_cast<uint64_t>(numThreads());
  uint64_t begin = next_.load(std::memory_order_relaxed);
  while (begin < numItems_) {
    uint64_t count = std::max<uint64_t>(1, (numItems_ - begin) / parts);
    if (!next_.compare_exchange_weak(begin, begin + count,
                                     std::memory_order_relaxed))
      continue;
    for (uint64_t item = begin; item < begin + count; ++item)
      run_(context_, item, thread);
    begin = next_.load(std::memory_order_relaxed);
  }
}

void ThreadPool::serve(int thread) {
  uint64_t job = 0;
  for (;;) {
    job = jobOf(waitForJob(job));
    if (stopping_.load(std::memory_order_relaxed))
      return;
    if (!enter(job))
      continue;
    takeItems(thread);
    state_.fetch_sub(1, std::memory_order_release);
  }
}

void ThreadPool::forEach(uint64_t numItems, Run run, void *context) {
  if (threads_.empty() || numItems <= 1) {
    for (uint64_t item = 0; item < numItems; ++item)
      run(context, item, 0);
    return;
  }
  run_ = run;
  context_ = context;
  numItems_ = numItems;
  next_.store(0, std::memory_order_relaxed);
  uint64_t job = jobOf(state_.load(std::memory_order_relaxed)) + 1;
  state_.store(job * kNextJob | kOpen, std::memory_order_release);
  state_.notify_all();
  takeItems(0);
  state_.fetch_and(~kOpen, std::memory_order_acquire);
  // Who is inside has to leave before the next job is written. One that the
  // machine has put aside gets the core back.
  for (int spins = 0; state_.load(std::memory_order_acquire) & kInside;
       ++spins) {
    if (spins < kSpins)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

} // namespace g4rt
