//===- StopMatcher.cpp - Ends an answer at a stop string ------------------===//

#include "runtime/text/StopMatcher.h"

#include "runtime/base/Utf8.h"

#include <algorithm>

namespace g4rt {

static Status wrong(size_t index, const std::string &what) {
  return Status(StatusCode::InvalidArgument,
                "stop[" + std::to_string(index) + "]: " + what);
}

Result<StopMatcher> StopMatcher::create(const std::vector<std::string> &stops) {
  if (stops.size() > kMaxStops)
    return Status(StatusCode::InvalidArgument,
                  "stop: " + std::to_string(stops.size()) +
                      " strings, at most " + std::to_string(kMaxStops));
  StopMatcher matcher;
  for (size_t i = 0; i < stops.size(); ++i) {
    if (stops[i].empty() || stops[i].size() > kMaxStopBytes)
      return wrong(i, std::to_string(stops[i].size()) + " bytes, needs 1 to " +
                          std::to_string(kMaxStopBytes));
    if (!isUtf8(stops[i]))
      return wrong(i, "not UTF-8");
    Stop stop{stops[i], {0}};
    for (size_t at = 1; at < stop.text.size(); ++at) {
      stop.advance(stop.text[at]);
      stop.fallback.push_back(static_cast<uint16_t>(stop.matched));
    }
    stop.matched = 0;
    matcher.stops_.push_back(std::move(stop));
  }
  return matcher;
}

void StopMatcher::Stop::advance(char byte) {
  while (matched > 0 && text[matched] != byte)
    matched = fallback[matched - 1];
  matched += text[matched] == byte;
}

// The length of the longest stop string that is complete now, or 0.
size_t StopMatcher::advance(char byte) {
  size_t longest = 0;
  for (Stop &stop : stops_) {
    stop.advance(byte);
    if (stop.matched == stop.text.size())
      longest = std::max(longest, stop.text.size());
  }
  return longest;
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
    if (size_t size = advance(byte); size > 0) {
      release(size, out);
      held_.clear();
      return hasStopped_ = true;
    }
  }
  size_t numKept = 0;
  for (const Stop &stop : stops_)
    numKept = std::max(numKept, stop.matched);
  release(numKept, out);
  return false;
}

void StopMatcher::finish(std::string &out) { release(0, out); }

} // namespace g4rt
