//===- HangWatch.cpp - Whether an engine has gone silent ------------------===//

#include "runtime/engine/process/HangWatch.h"

#include <algorithm>

namespace g4rt {

/// Between two looks, and how many of them the shortest timeout has.
constexpr HangWatch::Milliseconds kInterval{250};
constexpr int kLooks = 8;

HangWatch::HangWatch(Milliseconds longest, Time now)
    : longest_(longest),
      interval_(longest > Milliseconds(0)
                    ? std::clamp(longest / kLooks, Milliseconds(1), kInterval)
                    : kInterval),
      nextLook_(now + interval_) {}

void HangWatch::onStart() {
  numSilent_ = numStopped_ = 0;
  longestSilence_ = least_ = Milliseconds(0);
}

void HangWatch::onServing(bool isFine) {
  onStart();
  least_ = isFine ? kLeastTimeout : kLeastTimeoutOfSteps;
}

// Nothing is learned of how long a step takes from the time of a stop.
void HangWatch::onSign() {
  longestSilence_ = std::max(longestSilence_, numSilent_ * interval_);
  numSilent_ = numStopped_ = 0;
}

void HangWatch::look(Time now, const Seen &seen) {
  if (!isLookDue(now))
    return;
  due_ = seen.due;
  nextLook_ = now + interval_;
  bool isDue = seen.due != Due::Nothing;
  numStopped_ = isDue && seen.isStopped ? numStopped_ + 1 : 0;
  numSilent_ = isDue ? numSilent_ + !seen.isStopped : 0;
}

HangWatch::Milliseconds HangWatch::timeout() const {
  if (least_ == Milliseconds(0))
    return std::max(longest_, kLoadTimeout);
  if (due_ == Due::Sign)
    return std::max(longest_, kLeastTimeout);
  return std::min(longest_, std::max(least_, kFactor * longestSilence_));
}

// The look that begins the silence counts nothing.
bool HangWatch::isHung() const {
  return longest_ > Milliseconds(0) && silence() > timeout();
}

} // namespace g4rt
