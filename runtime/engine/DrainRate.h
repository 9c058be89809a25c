//===- DrainRate.h - How fast a queue becomes shorter -----------*- C++ -*-===//
//
// Measured over the last 64 times that requests left it, and over the time in
// which somebody waited: an idle hour says nothing. Time is passed in.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_ENGINE_DRAINRATE_H
#define G4_RUNTIME_ENGINE_DRAINRATE_H

#include <chrono>
#include <cstdint>
#include <deque>

namespace g4rt {

/// Not thread-safe. Times do not go back.
class DrainRate {
public:
  using Time = std::chrono::steady_clock::time_point;
  /// What secondsFor() says at most.
  static constexpr int64_t kMostSeconds = 600;

  /// Whether somebody waits, from now on.
  void setBusy(bool isBusy, Time now);
  /// So many requests, with so many tokens, do not wait any more.
  void leave(int64_t numRequests, int64_t numTokens, Time now);

  /// Whole seconds, 1 to kMostSeconds, in which so many requests and so many
  /// tokens will have left, at the pace that was measured. Before anything has
  /// left a request takes as long as has been waited, and its tokens no time.
  int64_t secondsFor(int64_t numRequests, int64_t numTokens, Time now) const;

private:
  struct Departure {
    double at; // on the clock of busy seconds
    int64_t numRequests, numTokens;
  };

  double busySeconds(Time now) const;

  bool isBusy_ = false;
  Time since_{};
  double busy_ = 0;   // up to since_
  double origin_ = 0; // where the measurement begins
  std::deque<Departure> departures_;
  int64_t numRequests_ = 0, numTokens_ = 0; // of these
};

} // namespace g4rt

#endif // G4_RUNTIME_ENGINE_DRAINRATE_H
