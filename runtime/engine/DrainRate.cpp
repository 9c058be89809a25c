//===- DrainRate.cpp - How fast a queue becomes shorter -------------------===//

#include "runtime/engine/DrainRate.h"

#include <algorithm>
#include <cmath>

namespace g4rt {

constexpr size_t kMostDepartures = 64;

double DrainRate::busySeconds(Time now) const {
  if (!isBusy_)
    return busy_;
  return busy_ + std::chrono::duration<double>(now - since_).count();
}

void DrainRate::setBusy(bool isBusy, Time now) {
  busy_ = busySeconds(now);
  since_ = now;
  isBusy_ = isBusy;
}

void DrainRate::leave(int64_t numRequests, int64_t numTokens, Time now) {
  if (numRequests == 0)
    return;
  departures_.push_back({busySeconds(now), numRequests, numTokens});
  numRequests_ += numRequests;
  numTokens_ += numTokens;
  if (departures_.size() <= kMostDepartures)
    return;
  const Departure &oldest = departures_.front();
  origin_ = oldest.at;
  numRequests_ -= oldest.numRequests;
  numTokens_ -= oldest.numTokens;
  departures_.pop_front();
}

int64_t DrainRate::secondsFor(int64_t numRequests, int64_t numTokens,
                              Time now) const {
  double span = busySeconds(now) - origin_;
  auto seconds = [span](int64_t wanted, int64_t measured) {
    return static_cast<double>(wanted) * span / static_cast<double>(measured);
  };
  double needed = seconds(numRequests, std::max<int64_t>(numRequests_, 1));
  if (numTokens_ > 0)
    needed = std::max(needed, seconds(numTokens, numTokens_));
  double whole = std::ceil(std::min(needed, double{kMostSeconds}));
  return std::max<int64_t>(static_cast<int64_t>(whole), 1);
}

} // namespace g4rt
