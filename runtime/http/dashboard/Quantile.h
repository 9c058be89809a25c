//===- Quantile.h - Percentiles of a histogram ------------------*- C++ -*-===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_QUANTILE_H
#define G4_RUNTIME_HTTP_DASHBOARD_QUANTILE_H

#include "runtime/engine/EngineStatus.h"

#include <optional>

namespace g4rt {

/// What `now` has observed since `before`, an earlier state of the same
/// histogram.
LatencyHistogram observedSince(const LatencyHistogram &now,
                               const LatencyHistogram &before);

/// The value in seconds below which the share `q` (0 to 1) of the observations
/// lies: linear inside of a bucket, as Prometheus' histogram_quantile does it,
/// so it is an estimate as coarse as the buckets are. Beyond the last bound
/// that bound is given. None without observations.
std::optional<double> quantileOf(const LatencyHistogram &histogram, double q);

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_QUANTILE_H
