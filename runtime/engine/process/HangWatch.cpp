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
  numSilent_ = 0;
  longestSilence_ = least_ = Milliseconds(0);
}

void HangWatch::onServing(bool isFine) {
  onStart();
  least_ = isFine ? kLeastTimeout : kLeastTimeoutOfSteps;
}

void HangWatch::onSign() {
  longestSilence_ = std::max(longestSilence_, silence());
  numSilent_ = 0;
}

void HangWatch::look(Time now, Due due) {
  if (now < nextLook_)
    return;
  due_ = due;
  nextLook_ = now + interval_;
  numSilent_ = due == Due::Nothing ? 0 : numSilent_ + 1;
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
