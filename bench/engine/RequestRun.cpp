//===- RequestRun.cpp - Many requests to an engine, timed -----------------===//

#include "bench/engine/RequestRun.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <string>

namespace g4rt {

using Clock = std::chrono::steady_clock;

double RequestTimes::perToken() const {
  if (tokens.size() < 2)
    return 0;
  return (tokens.back() - tokens.front()) / (tokens.size() - 1);
}

int64_t RunTimes::numAnswerTokens() const {
  int64_t count = 0;
  for (const RequestTimes &request : requests)
    count += request.tokens.size();
  return count;
}

std::vector<double> RunTimes::interTokenLatencies() const {
  std::vector<double> all;
  for (const RequestTimes &request : requests)
    for (size_t i = 1; i < request.tokens.size(); ++i)
      all.push_back(request.tokens[i] - request.tokens[i - 1]);
  return all;
}

double quantile(std::vector<double> numbers, double share) {
  if (numbers.empty())
    return 0;
  size_t place =
      std::min(numbers.size() - 1, static_cast<size_t>(share * numbers.size()));
  std::nth_element(numbers.begin(), numbers.begin() + place, numbers.end());
  return numbers[place];
}

namespace {

/// What the engine's thread and the waiting one share.
class Arrivals {
public:
  explicit Arrivals(size_t numRequests) : times_(numRequests) {}

  GenerationSink sinkFor(size_t request) {
    Clock::time_point start = Clock::now();
    return [this, request, start](const GenerationEvent &event) {
      std::lock_guard lock(mutex_);
      if (event.token)
        times_[request].tokens.push_back(
            std::chrono::duration<double>(Clock::now() - start).count());
      if (event.end)
        finish(*event.end);
    };
  }

  /// Returns when fewer than `limit` of the `submitted` requests are under way.
  void waitBelow(size_t submitted, size_t limit) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return submitted - numFinished_ < limit; });
  }

  Status takeError() { return std::move(error_); }
  std::vector<RequestTimes> takeTimes() { return std::move(times_); }

private:
  void finish(const GenerationEnd &end) {
    if (end.reason != FinishReason::Length && error_.ok())
      error_ = end.error.ok() ? Status(StatusCode::Internal,
                                       "an answer ended before its length")
                              : end.error;
    ++numFinished_;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RequestTimes> times_;
  size_t numFinished_ = 0;
  Status error_;
};

} // namespace

static GenerationRequest makeRequest(const RequestSize &size, int64_t vocabSize,
                                     std::mt19937 &random) {
  std::uniform_int_distribution<int32_t> ids(
      0, static_cast<int32_t>(vocabSize) - 1);
  GenerationRequest request;
  for (int64_t i = 0; i < size.promptTokens; ++i)
    request.promptIds.push_back(ids(random));
  request.sampling.temperature = 0;
  request.maxTokens = size.answerTokens;
  return request;
}

Result<RunTimes> runRequests(Engine &engine, int64_t vocabSize,
                             const std::vector<RequestSize> &sizes,
                             int64_t concurrency, std::mt19937 &random) {
  Arrivals arrivals(sizes.size());
  Clock::time_point start = Clock::now();
  Status refused;
  size_t submitted = 0;
  for (; submitted < sizes.size() && refused.ok(); ++submitted) {
    arrivals.waitBelow(submitted, concurrency);
    auto id = engine.submit(makeRequest(sizes[submitted], vocabSize, random),
                            arrivals.sinkFor(submitted));
    if (!id)
      refused = std::move(id).error();
  }
  arrivals.waitBelow(refused.ok() ? submitted : submitted - 1, 1);
  G4RT_TRY(std::move(refused));
  G4RT_TRY(arrivals.takeError());
  return RunTimes{
      .requests = arrivals.takeTimes(),
      .seconds = std::chrono::duration<double>(Clock::now() - start).count()};
}

} // namespace g4rt
