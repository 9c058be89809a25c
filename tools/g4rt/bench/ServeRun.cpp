//===- ServeRun.cpp - Requests at a rate to a server ----------------------===//

#include "tools/g4rt/bench/ServeRun.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

namespace g4rt {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

static std::string bodyOf(const BenchRequest &request,
                          const ServeRunOptions &options) {
  json::object body{
      {"model", options.model},
      {"messages", json::array{json::object{{"role", "user"},
                                            {"content", request.prompt}}}},
      {"max_tokens", request.maxTokens},
      {"temperature", options.temperature},
      {"stream", true},
      {"stream_options", json::object{{"include_usage", true}}}};
  if (options.ignoreEos)
    body["ignore_eos"] = true;
  return json::serialize(body);
}

/// When each request is due, in seconds after the begin.
static std::vector<double> dueTimes(const ServeRunOptions &options,
                                    size_t count) {
  std::vector<double> times(count, 0.0);
  if (options.requestRate <= 0)
    return times;
  std::mt19937_64 random(options.seed);
  std::exponential_distribution<double> pause(options.requestRate);
  for (size_t i = 1; i < count; ++i)
    times[i] = times[i - 1] + pause(random);
  return times;
}

namespace {

/// All of one run; its workers take the requests in order.
class Run {
public:
  Run(const ServeRunOptions &options, const std::vector<BenchRequest> &requests,
      const std::function<void(size_t)> &onEnd)
      : options_(options), requests_(requests), onEnd_(onEnd),
        due_(dueTimes(options, requests.size())), timings_(requests.size()) {}

  asio::awaitable<void> work();
  ServeRunResult finish();
  asio::io_context &loop() { return loop_; }

private:
  const ServeRunOptions &options_;
  const std::vector<BenchRequest> &requests_;
  const std::function<void(size_t)> &onEnd_;
  const std::vector<double> due_;
  std::vector<RequestTiming> timings_;
  asio::io_context loop_{1};
  Clock::time_point begin_ = Clock::now();
  size_t next_ = 0;
  size_t numEnded_ = 0;
};

} // namespace

asio::awaitable<void> Run::work() {
  while (next_ < requests_.size()) {
    size_t index = next_++;
    asio::steady_timer timer(loop_);
    timer.expires_at(begin_ + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(due_[index])));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    timings_[index] = co_await askStream(
        options_.server, bodyOf(requests_[index], options_), begin_);
    onEnd_(++numEnded_);
  }
}

ServeRunResult Run::finish() {
  double first = timings_.empty() ? 0 : timings_.front().start, last = first;
  for (const RequestTiming &timing : timings_) {
    first = std::min(first, timing.start);
    last = std::max(last, timing.end);
  }
  return {.seconds = last - first, .timings = std::move(timings_)};
}

ServeRunResult runRequests(const ServeRunOptions &options,
                           const std::vector<BenchRequest> &requests,
                           const std::function<void(size_t)> &onEnd) {
  Run run(options, requests, onEnd);
  auto numWorkers = std::min<size_t>(options.maxConcurrency, requests.size());
  for (size_t i = 0; i < numWorkers; ++i)
    asio::co_spawn(run.loop(), run.work(), asio::detached);
  run.loop().run();
  return run.finish();
}

} // namespace g4rt
