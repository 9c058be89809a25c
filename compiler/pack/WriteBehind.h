//===- WriteBehind.h - Jobs in order, on a thread of their own --*- C++ -*-===//
//
// While one thread writes a piece of a file, others make the next one: a disk
// and the cores are busy at the same time.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_PACK_WRITEBEHIND_H
#define G4_COMPILER_PACK_WRITEBEHIND_H

#include "runtime/base/Status.h"

#include "llvm/ADT/FunctionExtras.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace g4 {

/// Belongs to one thread, which posts. After a job that had an error no other
/// runs.
class WriteBehind {
public:
  using Job = llvm::unique_function<g4rt::Status()>;

  WriteBehind();
  /// Waits for the job that runs; those that wait for it do not run.
  ~WriteBehind();
  WriteBehind(const WriteBehind &) = delete;
  WriteBehind &operator=(const WriteBehind &) = delete;

  /// Waits while kMostWaiting jobs wait. Errors, here and below: those of the
  /// job that had one.
  g4rt::Status post(Job job);
  /// Waits until every job has run.
  g4rt::Status finish();

private:
  /// What a job holds is memory.
  static constexpr size_t kMostWaiting = 2;

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool isBusy_ = false, isOver_ = false;
  g4rt::Status status_; // the first error
  std::thread thread_;  // last: it uses the others
};

} // namespace g4

#endif // G4_COMPILER_PACK_WRITEBEHIND_H
