//===- HangWatch.cpp - Whether an engine has gone silent ------------------===//

#include "runtime/engine/process/HangWatch.h"

#include <algorithm>

namespace g4rt {

HangWatch::HangWatch(Milliseconds stepTimeout, Time now)
    : interval_(std::max(stepTimeout / kLooks, Milliseconds(1))),
      nextLook_(stepTimeout > Milliseconds(0) ? now + interval_ : Time::max()) {
}

bool HangWatch::isHung(Time now, bool isOwed) {
  if (now < nextLook_)
    return false;
  nextLook_ = now + interval_;
  numSilent_ = isOwed ? numSilent_ + 1 : 0;
  return numSilent_ > kLooks;
}

} // namespace g4rt
