//===- RequestTiming.h - One request of a serving benchmark -----*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_BENCH_REQUESTTIMING_H
#define G4_TOOLS_G4RT_BENCH_REQUESTTIMING_H

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

struct BenchRequest {
  std::string prompt = {}; // of one user message
  int64_t maxTokens = 0;   // of the answer
};

/// What came of a request. Times in seconds from the benchmark's start.
struct RequestTiming {
  std::string error = {}; // empty: the answer came whole
  double start = 0;       // of sending it
  double end = 0;         // its last piece of text, or its failure
  double timeToFirstToken = 0;
  /// Between two pieces of text, which are tokens where each token has its
  /// event.
  std::vector<double> interTokenLatencies = {};
  int64_t numPromptTokens = 0;
  int64_t numAnswerTokens = 0;

  bool isWhole() const { return error.empty(); }
  double latency() const { return end - start; }
  /// Seconds for each token after the first; 0 with fewer than two.
  double timePerOutputToken() const {
    if (numAnswerTokens < 2)
      return 0;
    return (latency() - timeToFirstToken) /
           static_cast<double>(numAnswerTokens - 1);
  }
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_REQUESTTIMING_H
