//===- RestartPolicy.cpp - When a lost engine starts again ----------------===//

#include "runtime/engine/process/RestartPolicy.h"

#include <algorithm>

namespace g4rt {

void RestartPolicy::onServing(Time now) {
  servingSince_ = now;
  numFailedStarts_ = 0;
}

std::optional<RestartPolicy::Milliseconds> RestartPolicy::onLost(Time now) {
  if (!servingSince_ && ++numFailedStarts_ >= kMaxFailedStarts)
    return std::nullopt;
  if (servingSince_ && now - *servingSince_ >= kCalmTime)
    nextDelay_ = Milliseconds(0);
  servingSince_.reset();
  Milliseconds delay = nextDelay_;
  nextDelay_ = std::clamp(2 * delay, kFirstDelay, kLongestDelay);
  return delay;
}

} // namespace g4rt
