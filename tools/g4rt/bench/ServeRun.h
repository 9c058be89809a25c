//===- ServeRun.h - Requests at a rate to a server --------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_SERVERUN_H
#define G4_TOOLS_G4RT_BENCH_SERVERUN_H

#include "tools/g4rt/bench/StreamClient.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace g4rt {

struct ServeRunOptions {
  ServerAddress server = {};
  std::string model = {};
  /// Requests at one time at most.
  int64_t maxConcurrency = 1;
  /// Requests a second, at random times (a Poisson process); 0: all at once.
  double requestRate = 0;
  uint64_t seed = 0;
  double temperature = 0;
  /// Asks for answers of exactly maxTokens tokens.
  bool ignoreEos = false;
};

struct ServeRunResult {
  double seconds = 0; // from the first request to the last end
  std::vector<RequestTiming> timings = {}; // in the order of the requests
};

/// Sends all of them and waits for their ends. One thread, this one;
/// `onEnd(n)` is called when n requests have ended.
ServeRunResult runRequests(const ServeRunOptions &options,
                           const std::vector<BenchRequest> &requests,
                           const std::function<void(size_t)> &onEnd);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_SERVERUN_H
