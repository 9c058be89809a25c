//===- EngineStatus.cpp - What the engine counts --------------------------===//

#include "runtime/engine/EngineStatus.h"

#include <algorithm>
#include <numeric>

namespace g4rt {

void LatencyHistogram::observe(double seconds) {
  auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), seconds);
  ++counts[bound - kBounds.begin()];
  sumSeconds += seconds;
}

uint64_t LatencyHistogram::numObservations() const {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

} // namespace g4rt
