//===- BenchReport.cpp - A serving benchmark's figures --------------------===//

#include "tools/g4rt/bench/BenchReport.h"

#include "runtime/base/Ascii.h"
#include "tools/g4rt/bench/Statistics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace g4rt {

bool GoodputLimits::isGood(const RequestTiming &timing) const {
  auto keeps = [](const std::optional<double> &limit, double seconds) {
    return !limit || seconds * 1000 <= *limit;
  };
  return timing.isWhole() && keeps(ttft, timing.timeToFirstToken) &&
         keeps(tpot, timing.timePerOutputToken()) &&
         keeps(e2el, timing.latency());
}

Result<GoodputLimits> parseGoodput(const std::vector<std::string> &words) {
  GoodputLimits limits;
  for (const std::string &word : words) {
    size_t colon = std::min(word.find(':'), word.size());
    std::string name = word.substr(0, colon);
    std::optional<double> *limit = name == "ttft"   ? &limits.ttft
                                   : name == "tpot" ? &limits.tpot
                                   : name == "e2el" ? &limits.e2el
                                                    : nullptr;
    double value = 0;
    const char *first = word.data() + std::min(colon + 1, word.size());
    const char *last = word.data() + word.size();
    auto [end, error] = std::from_chars(first, last, value);
    if (!limit || error != std::errc() || end != last || value <= 0)
      return Status(StatusCode::InvalidArgument,
                    "--goodput " + word +
                        ": needs ttft:MS, tpot:MS or e2el:MS");
    *limit = value;
  }
  return limits;
}

double percentileOf(std::vector<double> values, double percent) {
  if (values.empty())
    return 0;
  std::ranges::sort(values);
  double rank = percent / 100 * static_cast<double>(values.size() - 1);
  auto below = static_cast<size_t>(rank);
  size_t above = std::min(below + 1, values.size() - 1);
  return values[below] +
         (values[above] - values[below]) * (rank - static_cast<double>(below));
}

static double deviationOf(const std::vector<double> &values) {
  double mean = meanOf(values), sum = 0;
  for (double value : values)
    sum += (value - mean) * (value - mean);
  return values.empty() ? 0
                        : std::sqrt(sum / static_cast<double>(values.size()));
}

/// "99" of 99, "99.9" of 99.9.
static std::string percentName(double percent) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", percent);
  return text;
}

//===----------------------------------------------------------------------===//
// The object
//===----------------------------------------------------------------------===//

/// Keys such as "mean_ttft_ms" of values in seconds.
static void addStatistics(json::object &out, const std::string &name,
                          std::vector<double> values,
                          const std::vector<double> &percentiles) {
  for (double &value : values)
    value *= 1000;
  out["mean_" + name + "_ms"] = meanOf(values);
  out["median_" + name + "_ms"] = percentileOf(values, 50);
  out["std_" + name + "_ms"] = deviationOf(values);
  for (double percent : percentiles)
    out["p" + percentName(percent) + "_" + name + "_ms"] =
        percentileOf(values, percent);
}

static void addTotals(json::object &out, const ServeRunResult &result,
                      const GoodputLimits &goodput) {
  int64_t completed = 0, good = 0, input = 0, output = 0;
  for (const RequestTiming &timing : result.timings) {
    completed += timing.isWhole();
    good += goodput.isGood(timing);
    if (timing.isWhole()) {
      input += timing.numPromptTokens;
      output += timing.numAnswerTokens;
    }
  }
  auto rate = [&](int64_t count) {
    return result.seconds > 0 ? static_cast<double>(count) / result.seconds : 0;
  };
  auto numRequests = static_cast<int64_t>(result.timings.size());
  out["duration"] = result.seconds;
  out["completed"] = completed;
  out["failed"] = numRequests - completed;
  out["total_input_tokens"] = input;
  out["total_output_tokens"] = output;
  out["request_throughput"] = rate(completed);
  out["request_goodput"] =
      goodput.isSet() ? json::value(rate(good)) : json::value(nullptr);
  out["output_throughput"] = rate(output);
  out["total_token_throughput"] = rate(input + output);
}

static void addRequests(json::object &out, const ServeRunResult &result) {
  json::array inputs, outputs, ttfts, itls, errors;
  for (const RequestTiming &timing : result.timings) {
    inputs.push_back(timing.numPromptTokens);
    outputs.push_back(timing.numAnswerTokens);
    ttfts.push_back(timing.timeToFirstToken);
    itls.push_back(json::value_from(timing.interTokenLatencies));
    errors.push_back(json::string(timing.error));
  }
  out["input_lens"] = std::move(inputs);
  out["output_lens"] = std::move(outputs);
  out["ttfts"] = std::move(ttfts);
  out["itls"] = std::move(itls);
  out["errors"] = std::move(errors);
}

json::object benchJson(const ServeRunResult &result,
                       const BenchReportOptions &options) {
  json::object out{{"backend", "openai-chat"},
                   {"model_id", options.model},
                   {"num_prompts", result.timings.size()},
                   {"max_concurrency", options.maxConcurrency}};
  out["request_rate"] = options.requestRate > 0
                            ? json::value(options.requestRate)
                            : json::value("inf");
  addTotals(out, result, options.goodput);
  std::vector<double> ttft, tpot, itl, e2el;
  for (const RequestTiming &timing : result.timings) {
    if (!timing.isWhole())
      continue;
    ttft.push_back(timing.timeToFirstToken);
    if (timing.numAnswerTokens > 1)
      tpot.push_back(timing.timePerOutputToken());
    itl.insert(itl.end(), timing.interTokenLatencies.begin(),
               timing.interTokenLatencies.end());
    e2el.push_back(timing.latency());
  }
  addStatistics(out, "ttft", ttft, options.percentiles);
  addStatistics(out, "tpot", tpot, options.percentiles);
  addStatistics(out, "itl", itl, options.percentiles);
  addStatistics(out, "e2el", e2el, options.percentiles);
  addRequests(out, result);
  return out;
}

//===----------------------------------------------------------------------===//
// The block
//===----------------------------------------------------------------------===//

/// `title` in the middle of 50 characters.
static std::string ruleText(const std::string &title, char filler) {
  constexpr size_t kWidth = 50;
  size_t left = (kWidth - std::min(kWidth, title.size())) / 2;
  std::string line = std::string(left, filler) + title;
  line.resize(std::max(kWidth, line.size()), filler);
  return line + "\n";
}

static std::string lineText(const std::string &name, const json::value &value) {
  char number[48], line[128];
  if (value.is_double())
    std::snprintf(number, sizeof(number), "%.2f", value.get_double());
  else
    std::snprintf(number, sizeof(number), "%s",
                  value.is_string() ? value.get_string().c_str()
                                    : json::serialize(value).c_str());
  std::snprintf(line, sizeof(line), "%-40s %-10s\n", name.c_str(), number);
  return line;
}

static std::string statisticsText(const json::object &result,
                                  const std::string &title,
                                  const std::string &name,
                                  const BenchReportOptions &options) {
  std::string key = asciiLower(name);
  std::string text = ruleText(title, '-');
  text += lineText("Mean " + name + " (ms):", result.at("mean_" + key + "_ms"));
  text +=
      lineText("Median " + name + " (ms):", result.at("median_" + key + "_ms"));
  for (double percent : options.percentiles)
    text += lineText("P" + percentName(percent) + " " + name + " (ms):",
                     result.at("p" + percentName(percent) + "_" + key + "_ms"));
  return text;
}

std::string benchText(const json::object &result,
                      const BenchReportOptions &options) {
  std::string text = ruleText(" Serving Benchmark Result ", '=');
  text += lineText("Successful requests:", result.at("completed"));
  text += lineText("Failed requests:", result.at("failed"));
  text +=
      lineText("Maximum request concurrency:", result.at("max_concurrency"));
  if (options.requestRate > 0)
    text +=
        lineText("Request rate configured (RPS):", result.at("request_rate"));
  text += lineText("Benchmark duration (s):", result.at("duration"));
  text += lineText("Total input tokens:", result.at("total_input_tokens"));
  text += lineText("Total generated tokens:", result.at("total_output_tokens"));
  text +=
      lineText("Request throughput (req/s):", result.at("request_throughput"));
  if (options.goodput.isSet())
    text += lineText("Request goodput (req/s):", result.at("request_goodput"));
  text += lineText("Output token throughput (tok/s):",
                   result.at("output_throughput"));
  text += lineText("Total token throughput (tok/s):",
                   result.at("total_token_throughput"));
  text += statisticsText(result, "Time to First Token", "TTFT", options);
  text += statisticsText(result, "Time per Output Token (excl. 1st token)",
                         "TPOT", options);
  text += statisticsText(result, "Inter-token Latency", "ITL", options);
  text += statisticsText(result, "End-to-end Latency", "E2EL", options);
  return text + std::string(50, '=') + "\n";
}

} // namespace g4rt
