//===- ThreadPool.cpp - Work items over the cores -------------------------===//

#include "runtime/device/cpu/ThreadPool.h"

#include <algorithm>
#include <immintrin.h>
#include <system_error>

namespace g4rt {

// About 50 us: longer than the time between two launches of a step, shorter
// than what a busy machine would feel.
constexpr int kSpins = 2000;
// Chunks a thread takes of a job: enough to even out items of unequal length.
constexpr uint64_t kChunksPerThread = 8;

ThreadPool::ThreadPool(int numThreads) {
  // Where the machine gives no more threads, fewer do the same work.
  try {
    for (int i = 1; i < numThreads; ++i)
      threads_.emplace_back([this, i] { serve(i); });
  } catch (const std::system_error &) {
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  job_.fetch_add(1);
  job_.notify_all();
  for (std::thread &thread : threads_)
    thread.join();
}

uint64_t ThreadPool::waitForJob(uint64_t lastJob) {
  for (int i = 0; i < kSpins; ++i) {
    if (uint64_t job = job_.load(std::memory_order_acquire); job != lastJob)
      return job;
    _mm_pause();
  }
  job_.wait(lastJob, std::memory_order_acquire);
  return job_.load(std::memory_order_acquire);
}

void ThreadPool::takeItems(int thread) {
  for (;;) {
    uint64_t begin = next_.fetch_add(chunk_, std::memory_order_relaxed);
    if (begin >= numItems_)
      return;
    uint64_t end = std::min(begin + chunk_, numItems_);
    for (uint64_t item = begin; item < end; ++item)
      run_(context_, item, thread);
  }
}

void ThreadPool::serve(int thread) {
  uint64_t job = 0;
  for (;;) {
    job = waitForJob(job);
    if (stopping_.load(std::memory_order_relaxed))
      return;
    takeItems(thread);
    busy_.fetch_sub(1, std::memory_order_release);
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
  uint64_t chunks = kChunksPerThread * static_cast<uint64_t>(numThreads());
  chunk_ = std::max<uint64_t>(1, numItems / chunks);
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  job_.fetch_add(1, std::memory_order_release);
  job_.notify_all();
  takeItems(0);
  // Every thread has to leave the job before the next one is written. One that
  // the machine has put aside gets the core back.
  for (int spins = 0; busy_.load(std::memory_order_acquire) > 0; ++spins) {
    if (spins < kSpins)
      _mm_pause();
    else
      std::this_thread::yield();
  }
}

} // namespace g4rt
