//===- BudgetedThreads.cpp - Work that may take too long ------------------===//

#include "runtime/base/BudgetedThreads.h"

#include <algorithm>
#include <ctime>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace g4rt {

/// Between two looks at the clock of a job that is waited for.
constexpr std::chrono::milliseconds kLookTime(20);

class BudgetedThreads::Job {
public:
  explicit Job(std::function<void()> work) : work(std::move(work)) {}

  std::function<void()> work;
  enum { Queued, Running, Ended } phase = Queued;
  bool isOverdue = false;
  pid_t thread = 0;     // that runs it
  clockid_t clock = {}; // of the thread
  std::chrono::nanoseconds begin{0};
};

static std::chrono::nanoseconds readClock(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

BudgetedThreads::~BudgetedThreads() {
  {
    std::lock_guard lock(mutex_);
    isEnding_ = true;
    begun_.notify_all();
  }
  for (std::thread &thread : threads_)
    thread.join();
}

std::shared_ptr<BudgetedThreads::Job>
BudgetedThreads::post(std::function<void()> work) {
  auto job = std::make_shared<Job>(std::move(work));
  std::lock_guard lock(mutex_);
  addThreads();
  queue_.push_back(job);
  begun_.notify_one();
  return job;
}

/// As many as there should be beside those that are given up.
void BudgetedThreads::addThreads() {
  int wanted = options_.numThreads + std::min(numStuck_, options_.maxStuck);
  while (std::ssize(threads_) < wanted)
    threads_.emplace_back([this] { run(); });
}

JobState BudgetedThreads::wait(Job &job, Milliseconds patience) {
  auto start = std::chrono::steady_clock::now();
  std::unique_lock lock(mutex_);
  for (;;) {
    JobState state = judge(job);
    auto waited = std::chrono::steady_clock::now() - start;
    if (state != JobState::Open || waited >= patience)
      return state;
    ended_.wait_for(lock, std::min(patience, kLookTime));
    lock.unlock();
    options_.onWait();
    lock.lock();
  }
}

/// Under the mutex.
JobState BudgetedThreads::judge(const Job &job) {
  if (job.phase != Job::Ended)
    sweep();
  if (job.isOverdue)
    return JobState::Overdue;
  return job.phase == Job::Ended ? JobState::Done : JobState::Open;
}

/// Gives up who is over the budget. All of them, because nobody may ask for one
/// whose answer was cancelled.
void BudgetedThreads::sweep() {
  for (const auto &job : running_) {
    if (job->isOverdue || readClock(job->clock) - job->begin <= options_.budget)
      continue;
    job->isOverdue = true;
    ++numStuck_;
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(job->thread), 19);
  }
  addThreads();
  if (numStuck_ < std::ssize(threads_))
    return;
  for (const auto &job : queue_)
    job->isOverdue = true;
  queue_.clear();
}

void BudgetedThreads::run() {
  clockid_t clock{};
  ::pthread_getcpuclockid(::pthread_self(), &clock);
  int niceness = ::getpriority(PRIO_PROCESS, 0);
  std::unique_lock lock(mutex_);
  for (;;) {
    begun_.wait(lock, [this] { return isEnding_ || !queue_.empty(); });
    if (queue_.empty())
      return;
    std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    running_.push_back(job);
    job->phase = Job::Running;
    job->thread = ::gettid();
    job->clock = clock;
    job->begin = readClock(clock);
    lock.unlock();
    job->work();
    job->work = nullptr; // what it holds, before it counts as done
    lock.lock();
    job->phase = Job::Ended;
    std::erase(running_, job);
    if (job->isOverdue) {
      --numStuck_;
      (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(job->thread),
                          niceness);
    }
    ended_.notify_all();
  }
}

} // namespace g4rt
