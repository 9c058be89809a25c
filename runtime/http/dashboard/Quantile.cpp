//===- Quantile.cpp - Percentiles of a histogram --------------------------===//

#include "runtime/http/dashboard/Quantile.h"

namespace g4rt {

LatencyHistogram observedSince(const LatencyHistogram &now,
                               const LatencyHistogram &before) {
  LatencyHistogram difference;
  for (size_t i = 0; i < now.counts.size(); ++i)
    difference.counts[i] = now.counts[i] - before.counts[i];
  difference.sumSeconds = now.sumSeconds - before.sumSeconds;
  return difference;
}

std::optional<double> quantileOf(const LatencyHistogram &histogram, double q) {
  constexpr auto &kBounds = LatencyHistogram::kBounds;
  double rank = q * static_cast<double>(histogram.numObservations());
  if (histogram.numObservations() == 0)
    return std::nullopt;
  double numBelow = 0;
  for (size_t i = 0; i < kBounds.size(); ++i) {
    auto count = static_cast<double>(histogram.counts[i]);
    if (count > 0 && numBelow + count >= rank) {
      double low = i > 0 ? kBounds[i - 1] : 0;
      return low + (kBounds[i] - low) * (rank - numBelow) / count;
    }
    numBelow += count;
  }
  return kBounds.back();
}

} // namespace g4rt
