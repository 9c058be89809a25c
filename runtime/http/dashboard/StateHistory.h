//===- StateHistory.h - The last minutes of an engine -----------*- C++ -*-===//
//
// Keeps the counters of every second of five minutes, so that rates and
// percentiles of a window are differences of counters that /metrics has, too.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_STATEHISTORY_H
#define G4_RUNTIME_HTTP_DASHBOARD_STATEHISTORY_H

#include "runtime/engine/EngineStatus.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace g4rt {

/// Tokens a second.
struct TokenRates {
  double answer = 0;
  double prompt = 0;
};

/// Bytes that steps read, and the time that they took.
struct StepReading {
  double bytes = 0;
  double seconds = 0;

  /// Bytes a second while steps ran; 0: none did.
  double rate() const { return seconds > 0 ? bytes / seconds : 0; }
};

/// What was lost, and when.
struct PastError {
  double time = 0; // seconds since 1970
  std::string what;
};

/// Not thread-safe. Times never fall.
class StateHistory {
public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kStep{1};
  static constexpr size_t kNumSteps = 300;
  static constexpr size_t kMaxErrors = 8;

  /// A look at the engine; `wallTime` is seconds since 1970.
  void add(const EngineStatus &status, Time now, double wallTime);

  /// Of the last two seconds or so, until the last look.
  TokenRates ratesNow() const;
  /// Of the same time.
  StepReading readingNow() const;
  /// Of every second before, the oldest first.
  std::vector<TokenRates> ratesBySecond() const;

  struct Latencies {
    LatencyHistogram timeToFirstToken;
    LatencyHistogram interToken;
  };
  /// What was observed in the last minute.
  Latencies lastMinute() const;

  /// Prompt tokens of the last minute that were looked up in the prefix cache,
  /// and those of them that it had.
  struct PrefixUse {
    uint64_t numQueries = 0;
    uint64_t numHits = 0;
  };
  PrefixUse prefixUseOfLastMinute() const;

  /// The newest last.
  const std::deque<PastError> &errors() const { return errors_; }

private:
  struct Sample {
    Time time;
    uint64_t numPromptTokens = 0;
    uint64_t numAnswerTokens = 0;
    StepReading reading; // since the start
    PrefixUse prefixUse;
    Latencies latencies;
  };

  /// The newest sample that is at least so old, or the oldest one.
  const Sample &before(std::chrono::seconds age) const;
  static TokenRates ratesBetween(const Sample &first, const Sample &last);
  void noteError(const EngineStatus &status, double wallTime);

  std::deque<Sample> samples_; // kStep apart
  Sample latest_;
  std::deque<PastError> errors_;
  uint64_t numRestarts_ = 0;
  uint64_t dueRestarts_ = 0; // that the errors so far explain
  std::string lastError_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_STATEHISTORY_H
