//===- BenchReport.h - A serving benchmark's figures ------------*- C++ -*-===//
//
// In the forms of vLLM's `vllm bench serve`: its block of text, and the keys of
// its result file. Percentiles are exact: of all values, linear between two.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_BENCH_BENCHREPORT_H
#define G4_TOOLS_G4RT_BENCH_BENCHREPORT_H

#include "runtime/base/Json.h"
#include "runtime/base/Status.h"
#include "tools/g4rt/bench/ServeRun.h"

#include <optional>
#include <string>
#include <vector>

namespace g4rt {

/// What a request must keep to be a good one, in milliseconds.
struct GoodputLimits {
  std::optional<double> ttft = {}, tpot = {}, e2el = {};

  bool isSet() const { return ttft || tpot || e2el; }
  bool isGood(const RequestTiming &timing) const;
};

/// "ttft:200" for each. Errors: InvalidArgument.
Result<GoodputLimits> parseGoodput(const std::vector<std::string> &words);

/// The value below which `percent` (0 to 100) of the values lie, as numpy's
/// percentile: linear between the two nearest. 0 without values.
double percentileOf(std::vector<double> values, double percent);

struct BenchReportOptions {
  std::string model = {};
  double requestRate = 0; // 0: all at once
  int64_t maxConcurrency = 0;
  GoodputLimits goodput = {};
  std::vector<double> percentiles = {99};
};

/// The result as vLLM's file has it, `ttft` and the like in milliseconds.
json::object benchJson(const ServeRunResult &result,
                       const BenchReportOptions &options);

/// The "Serving Benchmark Result" of such an object.
std::string benchText(const json::object &result,
                      const BenchReportOptions &options);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_BENCHREPORT_H
