//===- ExpertHistory.h - Experts of the last minute -------------*- C++ -*-===//
//
// Keeps what the engine had counted every five seconds of a minute, so that the
// rows of the last minute are a difference of two counts.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_HTTP_DASHBOARD_EXPERTHISTORY_H
#define G4_RUNTIME_HTTP_DASHBOARD_EXPERTHISTORY_H

#include "runtime/engine/EngineView.h"

#include <chrono>
#include <deque>
#include <vector>

namespace g4rt {

/// Not thread-safe. Times never fall.
class ExpertHistory {
public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kStep{5};
  static constexpr std::chrono::seconds kSpan{60};

  /// A look at EngineView::experts. An engine that was started again counts
  /// from 0: what was seen of the one before is forgotten.
  void add(const std::vector<ExpertLoad> &loads, Time now);

  /// What the layers sent in the last minute, or since the first look.
  std::vector<ExpertLoad> lastMinute() const;

private:
  struct Sample {
    Time time;
    std::vector<ExpertLoad> loads;
  };

  std::deque<Sample> samples_; // kStep apart; the first is the minute's begin
  std::vector<ExpertLoad> latest_;
};

} // namespace g4rt

#endif // G4_RUNTIME_HTTP_DASHBOARD_EXPERTHISTORY_H
