//===- ThreadPool.h - Work items over the cores -----------------*- C++ -*-===//

#ifndef G4_RUNTIME_DEVICE_CPU_THREADPOOL_H
#define G4_RUNTIME_DEVICE_CPU_THREADPOOL_H

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace g4rt {

/// Threads that run the items of one job after the other. The caller is one of
/// them. Between jobs the others spin for a while, so that the next launch of a
/// step finds them awake, then sleep. A job waits only for threads that have
/// taken part in it: one that the machine has put aside is not missed.
class ThreadPool {
public:
  /// `numThreads` in all, the caller included; at least 1, and fewer where the
  /// system gives no more.
  explicit ThreadPool(int numThreads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int numThreads() const { return static_cast<int>(threads_.size()) + 1; }

  /// Calls `run(context, item, thread)` for every item below `numItems`, each
  /// once, in any order and on any thread; returns when all are done. Not to be
  /// called from two threads at once.
  using Run = void (*)(void *context, uint64_t item, int thread);
  void forEach(uint64_t numItems, Run run, void *context);

private:
  void serve(int thread);
  void takeItems(int thread);
  uint64_t waitForJob(uint64_t lastJob);
  bool enter(uint64_t job);

  // The current job. Written by the caller while no thread is inside one.
  Run run_ = nullptr;
  void *context_ = nullptr;
  uint64_t numItems_ = 0;

  alignas(64) std::atomic<uint64_t> next_{0};
  /// The number of the last job, whether it can be entered, and how many
  /// threads are inside, in one word: so none enters a job that is over.
  alignas(64) std::atomic<uint64_t> state_{0};
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

} // namespace g4rt

#endif // G4_RUNTIME_DEVICE_CPU_THREADPOOL_H
