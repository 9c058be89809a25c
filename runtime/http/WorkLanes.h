//===- WorkLanes.h - Threads for work of every size -------------*- C++ -*-===//
//
// To parse and tokenize 8 MiB takes a second, a usual request a millisecond. So
// work is sorted by its size, and each size has threads of its own: work waits
// only for work of its kind. Threads of large work step back when the
// processors are busy. Within a lane clients take turns.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_WORKLANES_H
#define G4_RUNTIME_HTTP_WORKLANES_H

#include "runtime/http/FairQueue.h"
#include "runtime/http/ServerOptions.h"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace g4rt {

/// A lane of work of up to `maxBytes`.
struct LaneOptions {
  size_t maxBytes;
  int numThreads;
  int niceness; // of its threads, over that of the process
};

/// The lanes of a server, the smallest first; the last one takes the largest
/// bodies. The work of a request is about as large as its body.
std::vector<LaneOptions> serverLanes(const ServerOptions &options);

class WorkLanes {
public:
  using Work = std::function<void()>;

  /// At least one lane, sorted by size.
  explicit WorkLanes(const std::vector<LaneOptions> &lanes);
  /// join().
  ~WorkLanes();

  /// Runs `work` of `numBytes` for `client`, later, in the first lane that
  /// takes so much. Any thread.
  void post(size_t numBytes, const std::string &client, Work work);
  /// Returns when all work that was posted is done. No more may be posted.
  void join();

private:
  struct Lane {
    LaneOptions options;
    std::mutex mutex;
    std::condition_variable changed;
    FairQueue<Work> queue; // of the mutex
    bool isEnding = false; // likewise
    std::vector<std::thread> threads;

    void run();
    Work next();
  };

  std::vector<std::unique_ptr<Lane>> lanes_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_WORKLANES_H
