//===- BudgetedThreads.h - Work that may take too long ----------*- C++ -*-===//
//
// Some work can neither be bounded before it is begun nor be stopped: what a
// library does with a grammar that a client wrote. It is done on threads that
// can be given up: a job that has used more than its budget of processor time
// is overdue, nobody waits for it any more, its thread steps back, and another
// one takes its place until it returns. Processor time, so that a loaded
// machine makes no job overdue.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_BUDGETEDTHREADS_H
#define G4_RUNTIME_BASE_BUDGETEDTHREADS_H

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace g4rt {

enum class JobState {
  Open,
  Done,
  /// Over its budget, or never begun because too many others are.
  Overdue
};

class BudgetedThreads {
public:
  using Milliseconds = std::chrono::milliseconds;
  class Job;

  struct Options {
    int numThreads = 1;
    /// Threads that are added for those that are given up, at most; when all
    /// are, nothing is begun any more.
    int maxStuck = 1;
    Milliseconds budget{1000}; // of processor time, for each job
    /// Called now and then while somebody waits.
    std::function<void()> onWait = [] {};
  };

  explicit BudgetedThreads(Options options) : options_(std::move(options)) {}
  /// Waits for all jobs, also for those that are overdue.
  ~BudgetedThreads();
  BudgetedThreads(const BudgetedThreads &) = delete;
  BudgetedThreads &operator=(const BudgetedThreads &) = delete;

  /// Runs `work`, later, on one of the threads.
  std::shared_ptr<Job> post(std::function<void()> work);
  /// Returns when the job is done or overdue, or after `patience`. An overdue
  /// job stays overdue.
  JobState wait(Job &job, Milliseconds patience = std::chrono::hours(10000));

private:
  void run();
  void addThreads();
  void sweep();
  JobState judge(const Job &job);

  const Options options_;
  std::mutex mutex_; // guards what follows, and all of each job but its work
  std::condition_variable begun_, ended_;
  std::deque<std::shared_ptr<Job>> queue_;
  std::vector<std::shared_ptr<Job>> running_;
  std::vector<std::thread> threads_;
  int numStuck_ = 0;
  bool isEnding_ = false;
};

} // namespace g4rt

#endif // G4_RUNTIME_BASE_BUDGETEDTHREADS_H
