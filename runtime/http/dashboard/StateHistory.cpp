//===- StateHistory.cpp - The last minutes of an engine -------------------===//

#include "runtime/http/dashboard/StateHistory.h"

#include "runtime/base/Utf8.h"
#include "runtime/http/dashboard/Quantile.h"

namespace g4rt {

constexpr std::chrono::seconds kMinute(60);
constexpr std::chrono::seconds kNow(2);

void StateHistory::add(const EngineStatus &status, Time now, double wallTime) {
  latest_ = {
      .time = now,
      .numPromptTokens = status.numPromptTokens,
      .numAnswerTokens = status.numAnswerTokens,
      .reading = {.bytes = status.readBytes, .seconds = status.stepSeconds},
      .prefixUse = {.numQueries = status.numPrefixQueries,
                    .numHits = status.numPrefixHits},
      .latencies = {.timeToFirstToken = status.timeToFirstToken,
                    .interToken = status.interTokenLatency}};
  noteError(status, wallTime);
  if (!samples_.empty() && now - samples_.back().time < kStep)
    return;
  samples_.push_back(latest_);
  if (samples_.size() > kNumSteps + 1)
    samples_.pop_front();
}

// One entry for each loss, though two in a row may read the same: each is
// followed by one restart, which may have been counted already.
void StateHistory::noteError(const EngineStatus &status, double wallTime) {
  bool isCounted = status.numRestarts > numRestarts_;
  bool isNew =
      status.lastError != lastError_ || status.numRestarts > dueRestarts_;
  numRestarts_ = status.numRestarts;
  lastError_ = status.lastError;
  if (!isNew)
    return;
  dueRestarts_ = status.numRestarts + (isCounted ? 0 : 1);
  errors_.push_back(
      {.time = wallTime, .what = std::string(clipUtf8(lastError_, 512))});
  if (errors_.size() > kMaxErrors)
    errors_.pop_front();
}

const StateHistory::Sample &
StateHistory::before(std::chrono::seconds age) const {
  for (auto sample = samples_.rbegin(); sample != samples_.rend(); ++sample)
    if (latest_.time - sample->time >= age)
      return *sample;
  return samples_.empty() ? latest_ : samples_.front();
}

TokenRates StateHistory::ratesBetween(const Sample &first, const Sample &last) {
  std::chrono::duration<double> seconds = last.time - first.time;
  if (seconds.count() <= 0)
    return {};
  auto rate = [&](uint64_t from, uint64_t to) {
    return static_cast<double>(to - from) / seconds.count();
  };
  return {.answer = rate(first.numAnswerTokens, last.numAnswerTokens),
          .prompt = rate(first.numPromptTokens, last.numPromptTokens)};
}

TokenRates StateHistory::ratesNow() const {
  return ratesBetween(before(kNow), latest_);
}

StepReading StateHistory::readingNow() const {
  const StepReading &from = before(kNow).reading;
  return {.bytes = latest_.reading.bytes - from.bytes,
          .seconds = latest_.reading.seconds - from.seconds};
}

std::vector<TokenRates> StateHistory::ratesBySecond() const {
  std::vector<TokenRates> rates;
  for (size_t i = 1; i < samples_.size(); ++i)
    rates.push_back(ratesBetween(samples_[i - 1], samples_[i]));
  return rates;
}

StateHistory::PrefixUse StateHistory::prefixUseOfLastMinute() const {
  const PrefixUse &from = before(kMinute).prefixUse;
  const PrefixUse &to = latest_.prefixUse;
  return {.numQueries = to.numQueries - from.numQueries,
          .numHits = to.numHits - from.numHits};
}

StateHistory::Latencies StateHistory::lastMinute() const {
  const Latencies &from = before(kMinute).latencies;
  const Latencies &to = latest_.latencies;
  return {.timeToFirstToken =
              observedSince(to.timeToFirstToken, from.timeToFirstToken),
          .interToken = observedSince(to.interToken, from.interToken)};
}

} // namespace g4rt
