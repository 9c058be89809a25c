//===- ConnectionPlan.cpp - How many clients at the same time -------------===//

#include "runtime/http/ConnectionPlan.h"

#include "runtime/http/ServerOptions.h"

#include <algorithm>

namespace g4rt {

/// Connections beyond what the engine takes, by default.
constexpr size_t kSpareConnections = 1024;
/// Files that are open besides: the engine's socket, the log, the model.
constexpr size_t kOtherFiles = 64;
constexpr size_t kLeastConnections = 16;

size_t descriptorsFor(size_t maxConnections) {
  return maxConnections + kRefusalPlaces + kOtherFiles;
}

static Status tooFew(size_t numDescriptors, size_t maxConnections) {
  return Status(StatusCode::InvalidArgument,
                "max-connections: " + std::to_string(maxConnections) +
                    " need " + std::to_string(descriptorsFor(maxConnections)) +
                    " open files, ulimit -n allows " +
                    std::to_string(numDescriptors));
}

Result<size_t> planConnections(const ConnectionWish &wish,
                               size_t numDescriptors) {
  if (wish.maxConnections > 0) {
    if (wish.maxConnections <= wish.numRequests)
      return Status(StatusCode::InvalidArgument,
                    "max-connections: " + std::to_string(wish.maxConnections) +
                        ", needs more than the " +
                        std::to_string(wish.numRequests) +
                        " requests that may run and wait (max-num-seqs, "
                        "max-queued-requests)");
    if (descriptorsFor(wish.maxConnections) > numDescriptors)
      return tooFew(numDescriptors, wish.maxConnections);
    return wish.maxConnections;
  }
  if (descriptorsFor(kLeastConnections) > numDescriptors)
    return tooFew(numDescriptors, kLeastConnections);
  return std::min(wish.numRequests + kSpareConnections,
                  numDescriptors - descriptorsFor(0));
}

} // namespace g4rt
