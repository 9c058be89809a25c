//===- PredictionText.cpp - Predictions for people and programs -----------===//

#include "runtime/predict/PredictionText.h"

#include "runtime/base/Printable.h"

#include <cstdio>

namespace g4rt {

double PredictionReport::promptSeconds() const {
  double seconds = 0;
  for (const StepPrediction &step : prompt)
    seconds += step.time.seconds;
  return seconds;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

template <typename... Args>
static std::string format(const char *pattern, Args... args) {
  char line[256];
  std::snprintf(line, sizeof(line), pattern, args...);
  return line;
}

/// "81 %"; nothing is the limit of a step that reads from the cache alone.
static std::string limitText(const StepPrediction &step) {
  if (step.limitSeconds == 0)
    return "-";
  return format("%.0f %%", 100 * step.limitSeconds / step.time.seconds);
}

/// "memory 62 %, launch 20 %": the two largest causes.
static std::string causesText(const LaunchTime &time) {
  size_t first = static_cast<size_t>(time.bound()), second = kNumBounds;
  for (size_t i = 0; i < kNumBounds; ++i)
    if (i != first &&
        (second == kNumBounds || time.causes[i] > time.causes[second]))
      second = i;
  auto share = [&](size_t i) {
    return format("%s %.0f %%", nameOf(static_cast<Bound>(i)),
                  100 * time.causes[i] / time.seconds);
  };
  return share(first) + ", " + share(second);
}

static std::string stepRow(const StepPrediction &step) {
  return format(
      "%8lld %9lld %9.3f %9.0f %9s %9.2f %9lld  %s\n",
      static_cast<long long>(step.step.sessions),
      static_cast<long long>(step.step.context()), step.time.seconds * 1e3,
      step.tokensPerSecond(), limitText(step).c_str(), step.memoryBytes / 1e9,
      static_cast<long long>(step.numLaunches), causesText(step.time).c_str());
}

static std::string kindRow(const LaunchSum &sum, const StepPrediction &step) {
  return format("  %-12s %5lld %9.3f %6.1f %% %9.3f  %s\n", sum.name.c_str(),
                static_cast<long long>(sum.count), sum.time.seconds * 1e3,
                100 * sum.time.seconds / step.time.seconds,
                sum.memoryBytes / 1e9, causesText(sum.time).c_str());
}

static std::string kernelRow(const LaunchSum &sum) {
  auto each = [&](double value) {
    return value / static_cast<double>(sum.count);
  };
  return format("  %9.2f %5lld %8.0f %5.0f %6.2f %5.0f %9.3f %9.3f  %-8s %s\n",
                each(sum.time.seconds) * 1e6, static_cast<long long>(sum.count),
                sum.work.items, sum.time.blocksOfUnit, sum.time.waves,
                sum.work.registers, each(sum.memoryBytes) / 1e6,
                each(sum.cacheBytes) / 1e6, nameOf(sum.time.bound()),
                printable(sum.name).c_str());
}

static std::string detailsText(const StepPrediction &step, size_t numKernels) {
  std::string text = format("\na step of %lld rows, by kind\n",
                            static_cast<long long>(step.step.rows())) +
                     format("  %-12s %5s %9s %8s %9s  %s\n", "kind", "runs",
                            "ms", "share", "GB", "due to");
  for (const LaunchSum &sum : step.kinds)
    text += kindRow(sum, step);
  text += format("  %9s %5s %8s %5s %6s %5s %9s %9s  %-8s %s\n", "us each",
                 "runs", "blocks", "/unit", "waves", "regs", "MB", "L2 MB",
                 "bound", "kernel");
  size_t shown = 0;
  for (const LaunchSum &sum : step.kernels)
    if (numKernels == 0 || shown++ < numKernels)
      text += kernelRow(sum);
  return text;
}

static std::string machineText(const Machine &machine) {
  return format("%.0f units at %.0f MHz, %.0f GB/s of reads, %.1f us from a "
                "kernel to the next\n",
                machine.units, machine.clock / 1e6, machine.readBandwidth / 1e9,
                machine.launchSeconds * 1e6);
}

std::string predictionText(const PredictionReport &report) {
  std::string text =
      printable(report.model) + " for " + printable(report.target) + " on " +
      report.machine.name + ": predicted, not measured\n" +
      machineText(report.machine) +
      format("%8s %9s %9s %9s %9s %9s %9s  %s\n", "sessions", "context",
             "ms/step", "tok/s", "of limit", "GB", "launches", "due to");
  for (const StepPrediction &step : report.decode)
    text += stepRow(step);
  text += format("first token of a prompt of %lld tokens: %.1f ms, %s of the "
                 "limit, %s\n",
                 static_cast<long long>(report.context),
                 report.promptSeconds() * 1e3,
                 limitText(report.prompt.front()).c_str(),
                 causesText(report.prompt.front().time).c_str());
  for (const StepPrediction &step : report.decode)
    text += detailsText(step, report.numKernels);
  return text + detailsText(report.prompt.front(), report.numKernels);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static json::object causesJson(const LaunchTime &time) {
  json::object causes;
  for (size_t i = 0; i < kNumBounds; ++i)
    causes[nameOf(static_cast<Bound>(i))] = time.causes[i];
  return causes;
}

static json::array sumsJson(const std::vector<LaunchSum> &sums) {
  json::array list;
  for (const LaunchSum &sum : sums)
    list.push_back(json::object{{"name", sum.name},
                                {"kind", sum.kind},
                                {"launches", sum.count},
                                {"seconds", sum.time.seconds},
                                {"bound", nameOf(sum.time.bound())},
                                {"causes", causesJson(sum.time)},
                                {"memory_bytes", sum.memoryBytes},
                                {"cache_bytes", sum.cacheBytes},
                                {"blocks", sum.work.items},
                                {"threads", sum.work.threads},
                                {"registers", sum.work.registers},
                                {"shared_bytes", sum.work.sharedBytes},
                                {"blocks_of_unit", sum.time.blocksOfUnit},
                                {"waves", sum.time.waves},
                                {"instructions", sum.work.thread.instructions},
                                {"waits", sum.work.thread.waits}});
  return list;
}

static json::object stepJson(const StepPrediction &step) {
  return {{"sessions", step.step.sessions},
          {"rows", step.step.rows()},
          {"context", step.step.context()},
          {"seconds", step.time.seconds},
          {"tokens_per_second", step.tokensPerSecond()},
          {"limit_seconds", step.limitSeconds},
          {"memory_bytes", step.memoryBytes},
          {"launches", step.numLaunches},
          {"bound", nameOf(step.time.bound())},
          {"causes", causesJson(step.time)},
          {"kinds", sumsJson(step.kinds)},
          {"kernels", sumsJson(step.kernels)}};
}

json::value predictionJson(const PredictionReport &report) {
  json::array decode, prompt;
  for (const StepPrediction &step : report.decode)
    decode.push_back(stepJson(step));
  for (const StepPrediction &step : report.prompt)
    prompt.push_back(stepJson(step));
  return json::object{{"model", report.model},
                      {"target", report.target},
                      {"gpu", report.machine.name},
                      {"context", report.context},
                      {"time_to_first_token", report.promptSeconds()},
                      {"decode", std::move(decode)},
                      {"prompt", std::move(prompt)}};
}

} // namespace g4rt
