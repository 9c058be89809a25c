//===- KeyAccount.cpp - What one key may have, and has had ----------------===//

#include "runtime/http/KeyAccount.h"

#include "runtime/base/Checksum.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

namespace g4rt {

// A byte that no text has, which a request's field cannot hold.
constexpr char kNoText = '\xff';

static std::string privateSalt(std::string_view key) {
  return kNoText + ("key " + hexOf(checksum(std::as_bytes(std::span(key)))));
}

// The first look at the time makes it full, whatever the clock's begin.
KeyAccount::KeyAccount(uint64_t number, std::string_view key, KeyRules rules)
    : number_(number), privateSalt_(privateSalt(key)), rules_(std::move(rules)),
      numTokensLeft_(static_cast<double>(rules_.tokensPerMinute)) {}

double KeyAccount::weight() const {
  std::lock_guard lock(mutex_);
  return rules_.weight;
}

std::string KeyAccount::cacheSalt() const {
  std::lock_guard lock(mutex_);
  return rules_.cacheName.empty() ? privateSalt_
                                  : kNoText + ("name " + rules_.cacheName);
}

void KeyAccount::setRules(KeyRules rules) {
  std::lock_guard lock(mutex_);
  if (rules.tokensPerMinute != rules_.tokensPerMinute)
    numTokensLeft_ = static_cast<double>(rules.tokensPerMinute);
  rules_ = std::move(rules);
}

/// A bucket of a minute's tokens.
void KeyAccount::refill(Time now) {
  auto most = static_cast<double>(rules_.tokensPerMinute);
  double minutes =
      std::chrono::duration<double, std::ratio<60>>(now - refilled_).count();
  numTokensLeft_ = std::min(most, numTokensLeft_ + minutes * most);
  refilled_ = now;
}

std::optional<KeyRefusal> KeyAccount::begin(int64_t numPromptTokens, Time now) {
  std::lock_guard lock(mutex_);
  if (rules_.maxAnswers > 0 && numOpen_ >= rules_.maxAnswers)
    return KeyRefusal{"the key has " + std::to_string(numOpen_) +
                          " requests under way, and may have " +
                          std::to_string(rules_.maxAnswers),
                      drain_.secondsFor(1, 0, now)};
  if (rules_.tokensPerMinute > 0) {
    refill(now);
    auto most = static_cast<double>(rules_.tokensPerMinute);
    double needed = std::clamp(static_cast<double>(numPromptTokens), 1.0, most);
    double missing = needed - numTokensLeft_;
    // What rounding leaves of a full minute is none.
    if (missing > 1e-6 * most)
      return KeyRefusal{
          "the key has used the " + std::to_string(rules_.tokensPerMinute) +
              " tokens that it may use in a minute",
          std::max<int64_t>(
              static_cast<int64_t>(std::ceil(missing / most * 60)), 1)};
    numTokensLeft_ -= static_cast<double>(numPromptTokens);
  }
  ++numOpen_;
  drain_.setBusy(true, now);
  return {};
}

void KeyAccount::use(int64_t numTokens, Time now) {
  std::lock_guard lock(mutex_);
  if (rules_.tokensPerMinute == 0)
    return;
  refill(now);
  numTokensLeft_ -= static_cast<double>(numTokens);
}

void KeyAccount::end(Time now) {
  std::lock_guard lock(mutex_);
  --numOpen_;
  drain_.leave(1, 0, now);
  drain_.setBusy(numOpen_ > 0, now);
}

} // namespace g4rt
