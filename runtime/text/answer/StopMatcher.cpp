//===- StopMatcher.cpp - Ends an answer at a stop string ------------------===//

#include "runtime/text/answer/StopMatcher.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <utility>

namespace g4rt {

static Status wrong(size_t index, const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                "stop[" + std::to_string(index) + "]: " + what);
}

static Status checkStops(const std::vector<std::string> &stops) {
  size_t numBytes = 0;
  for (size_t i = 0; i < stops.size(); ++i) {
    numBytes += stops[i].size();
    if (stops[i].empty())
      return wrong(i, "empty");
    if (!isUtf8(stops[i]))
      return wrong(i, "not UTF-8");
  }
  if (numBytes <= StopMatcher::kMaxBytes)
    return Status();
  return Status(StatusCode::InvalidArgument,
                "stop: " + std::to_string(numBytes) +
                    " bytes in all, at most " +
                    std::to_string(StopMatcher::kMaxBytes));
}

Result<StopMatcher> StopMatcher::create(const std::vector<std::string> &stops) {
  G4RT_TRY(checkStops(stops));
  StopMatcher matcher;
  for (const std::string &stop : stops)
    matcher.add(stop);
  matcher.linkFallbacks();
  return matcher;
}

void StopMatcher::add(std::string_view stop) {
  uint32_t at = 0;
  for (char byte : stop) {
    auto [next, isNew] = states_[at].next.try_emplace(
        byte, static_cast<uint32_t>(states_.size()));
    uint32_t to = next->second;
    if (isNew)
      states_.push_back({.size = states_[at].size + 1});
    at = to;
  }
  states_[at].stopSize = states_[at].size;
}

// Shorter states first: a fallback is always shorter.
void StopMatcher::linkFallbacks() {
  std::vector<uint32_t> order = {0};
  for (size_t i = 0; i < order.size(); ++i) {
    uint32_t from = order[i];
    for (auto [byte, to] : states_[from].next) {
      if (from != 0)
        states_[to].fallback = after(states_[from].fallback, byte);
      const State &fallback = states_[states_[to].fallback];
      states_[to].stopSize = std::max(states_[to].stopSize, fallback.stopSize);
      order.push_back(to);
    }
  }
}

uint32_t StopMatcher::after(uint32_t state, char byte) const {
  for (;; state = states_[state].fallback) {
    const auto &next = states_[state].next;
    if (auto to = next.find(byte); to != next.end())
      return to->second;
    if (state == 0)
      return 0;
  }
}

// Moves all but the last `numKept` bytes to `out`.
void StopMatcher::release(size_t numKept, std::string &out) {
  size_t size = held_.size() - numKept;
  out.append(held_, 0, size);
  held_.erase(0, size);
}

bool StopMatcher::append(std::string_view text, std::string &out) {
  if (hasStopped_)
    return true;
  for (char byte : text) {
    held_ += byte;
    state_ = after(state_, byte);
    if (size_t size = states_[state_].stopSize; size > 0) {
      release(size, out);
      stop_ = std::exchange(held_, {});
      return hasStopped_ = true;
    }
  }
  release(states_[state_].size, out);
  return false;
}

void StopMatcher::flush(std::string &out) {
  release(0, out);
  state_ = 0;
}

} // namespace g4rt
