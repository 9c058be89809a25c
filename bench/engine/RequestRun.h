//===- RequestRun.h - Many requests to an engine, timed ---------*- C++ -*-===//

#ifndef G4_BENCH_ENGINE_REQUESTRUN_H
#define G4_BENCH_ENGINE_REQUESTRUN_H

#include "runtime/engine/Engine.h"

#include <cstdint>
#include <random>
#include <vector>

namespace g4rt {

/// Tokens of one request's prompt and answer. The prompt is random ids; the
/// answer has exactly so many tokens, greedy.
struct RequestSize {
  int64_t promptTokens = 1;
  int64_t answerTokens = 1;
};

/// Seconds of the steady clock since the request was submitted, one a token.
struct RequestTimes {
  std::vector<double> tokens;

  double firstToken() const { return tokens.front(); }
  /// Mean time between two tokens after the first; 0 with fewer than two.
  double perToken() const;
};

struct RunTimes {
  std::vector<RequestTimes> requests; // in the order of the sizes
  double seconds = 0;                 // from the first submit to the last token

  int64_t numAnswerTokens() const;
  /// Every time between two tokens of one answer.
  std::vector<double> interTokenLatencies() const;
};

/// Submits the requests in order, at most `concurrency` at a time, and waits
/// for all. Blocks; the calling thread sleeps.
///
/// Errors: those of Engine::submit, and the first of a request that failed.
Result<RunTimes> runRequests(Engine &engine, int64_t vocabSize,
                             const std::vector<RequestSize> &sizes,
                             int64_t concurrency, std::mt19937 &random);

/// The value below which `share` (0 to 1) of the numbers lie; 0 if there are
/// none.
double quantile(std::vector<double> numbers, double share);

} // namespace g4rt

#endif // G4_BENCH_ENGINE_REQUESTRUN_H
