//===- WriteBehind.cpp - Jobs in order, on a thread of their own ----------===//

#include "compiler/pack/WriteBehind.h"

namespace g4 {

using g4rt::Status;

WriteBehind::WriteBehind() : thread_([this] { run(); }) {}

WriteBehind::~WriteBehind() {
  {
    std::lock_guard lock(mutex_);
    isOver_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  thread_.join();
}

void WriteBehind::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return isOver_ || !waiting_.empty(); });
    if (isOver_)
      return;
    isBusy_ = true;
    {
      Job job = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      changed_.notify_all();
      Status status = job();
      lock.lock();
      if (!status.ok()) {
        status_ = std::move(status);
        waiting_.clear();
      }
    }
    isBusy_ = false;
    changed_.notify_all();
  }
}

Status WriteBehind::post(Job job) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.size() < kMostWaiting; });
  if (!status_.ok())
    return status_;
  waiting_.push_back(std::move(job));
  lock.unlock();
  changed_.notify_all();
  return Status();
}

Status WriteBehind::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !isBusy_; });
  return status_;
}

} // namespace g4
