//===- Statistics.h - Of a few measured values ------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_STATISTICS_H
#define G4_TOOLS_G4RT_BENCH_STATISTICS_H

#include <cmath>
#include <numeric>
#include <vector>

namespace g4rt {

/// 0 of no values.
inline double meanOf(const std::vector<double> &values) {
  if (values.empty())
    return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

/// The standard deviation of a sample (n - 1), as llama-bench has it; 0 of
/// fewer than two values.
inline double sampleDeviation(const std::vector<double> &values) {
  if (values.size() < 2)
    return 0;
  double mean = meanOf(values), sum = 0;
  for (double value : values)
    sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_STATISTICS_H
