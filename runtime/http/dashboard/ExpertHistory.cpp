//===- ExpertHistory.cpp - Experts of the last minute ---------------------===//

#include "runtime/http/dashboard/ExpertHistory.h"

#include <algorithm>
#include <functional>

namespace g4rt {

/// Whether `now` can be what `before` has become.
static bool goesOn(const std::vector<ExpertLoad> &before,
                   const std::vector<ExpertLoad> &now) {
  return std::ranges::equal(before, now, [](const auto &a, const auto &b) {
    return a.layer == b.layer &&
           std::ranges::equal(a.rows, b.rows, std::ranges::less_equal());
  });
}

void ExpertHistory::add(const std::vector<ExpertLoad> &loads, Time now) {
  if (!goesOn(latest_, loads))
    samples_.clear();
  latest_ = loads;
  if (samples_.empty() || now - samples_.back().time >= kStep)
    samples_.push_back({now, loads});
  while (samples_.size() > 1 && now - samples_[1].time >= kSpan)
    samples_.pop_front();
}

std::vector<ExpertLoad> ExpertHistory::lastMinute() const {
  std::vector<ExpertLoad> minute = latest_;
  if (samples_.empty())
    return minute;
  for (size_t layer = 0; layer < minute.size(); ++layer)
    std::ranges::transform(minute[layer].rows,
                           samples_.front().loads[layer].rows,
                           minute[layer].rows.begin(), std::minus<>());
  return minute;
}

} // namespace g4rt
