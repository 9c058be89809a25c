//===- WorkLanes.cpp - Threads for work of every size ---------------------===//

#include "runtime/http/WorkLanes.h"

#include <algorithm>
#include <sys/resource.h>
#include <unistd.h>

namespace g4rt {

std::vector<LaneOptions> serverLanes(const ServerOptions &options) {
  constexpr size_t kKiB = 1024;
  size_t most = options.limits.maxBodyBytes;
  int numWorkers = std::clamp(options.numWorkers, 1, 64);
  std::vector<LaneOptions> lanes = {{4 * kKiB, numWorkers, 0},
                                    {64 * kKiB, numWorkers, 1},
                                    {1024 * kKiB, 1, 5}};
  std::erase_if(lanes, [&](const auto &lane) { return lane.maxBytes >= most; });
  lanes.push_back({most, 1, 10});
  return lanes;
}

WorkLanes::WorkLanes(const std::vector<LaneOptions> &lanes) {
  for (const LaneOptions &options : lanes) {
    Lane &lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.options = options;
    for (int i = 0; i < options.numThreads; ++i)
      lane.threads.emplace_back([&lane] { lane.run(); });
  }
}

WorkLanes::~WorkLanes() { join(); }

void WorkLanes::post(size_t numBytes, const std::string &client, Work work) {
  auto lane = std::ranges::find_if(lanes_, [&](const auto &candidate) {
    return numBytes <= candidate->options.maxBytes;
  });
  Lane &taken = lane == lanes_.end() ? *lanes_.back() : **lane;
  std::lock_guard lock(taken.mutex);
  taken.queue.push(client, std::move(work));
  taken.changed.notify_one();
}

void WorkLanes::join() {
  for (auto &lane : lanes_) {
    std::lock_guard lock(lane->mutex);
    lane->isEnding = true;
    lane->changed.notify_all();
  }
  for (auto &lane : lanes_)
    for (std::thread &thread : lane->threads)
      if (thread.joinable())
        thread.join();
}

void WorkLanes::Lane::run() {
  // On Linux the niceness is the thread's. Without it the lane works as well.
  if (options.niceness > 0)
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()),
                        ::getpriority(PRIO_PROCESS, 0) + options.niceness);
  while (Work work = next())
    work();
}

/// Null at the end.
WorkLanes::Work WorkLanes::Lane::next() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return isEnding || !queue.empty(); });
  return queue.empty() ? Work() : queue.pop();
}

} // namespace g4rt
