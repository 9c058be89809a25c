//===- ModelReport.cpp - A model's benchmark in three forms ---------------===//

#include "tools/g4rt/bench/ModelReport.h"

#include "tools/g4rt/bench/Statistics.h"

#include <algorithm>
#include <cstdio>

namespace g4rt {

namespace {

/// What the forms say of a line.
struct Figures {
  double rate, deviation, stepMs, bytesPerSecond, productsPerSecond;
  // Of the roofs; 0 where those were not measured.
  double ofBandwidth, ofDots;
};

using Row = std::vector<std::string>;

} // namespace

static Figures figuresOf(const ModelTestResult &result, const Roofs &roofs) {
  double seconds = result.meanSeconds();
  auto share = [](double value, double roof) {
    return roof > 0 ? value / roof : 0;
  };
  double bytes = result.bytes / seconds, products = result.products / seconds;
  return {.rate = meanOf(result.rates()),
          .deviation = sampleDeviation(result.rates()),
          .stepMs = 1e3 * seconds / static_cast<double>(result.numSteps),
          .bytesPerSecond = bytes,
          .productsPerSecond = products,
          .ofBandwidth = share(bytes, roofs.readBandwidth),
          .ofDots = share(products, roofs.byteDotRate)};
}

static std::string number(const char *format, double value) {
  char text[48];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

static std::string percent(double share) {
  return share > 0 ? number("%.1f %%", 100 * share) : "-";
}

/// A heading, then a row a test.
static std::vector<Row> rowsOf(const ModelReport &report) {
  std::vector<Row> rows = {
      {"test", "n", "tok/s", "sd", "ms/step", "GB/s", "of read", "of dots"}};
  for (const ModelReport::Line &line : report.lines) {
    Figures figures = figuresOf(line.result, report.roofs);
    rows.push_back(
        {line.result.test.name(), std::to_string(line.result.seconds.size()),
         number("%.2f", figures.rate), number("%.2f", figures.deviation),
         number("%.2f", figures.stepMs),
         number("%.2f", figures.bytesPerSecond / 1e9),
         percent(figures.ofBandwidth), percent(figures.ofDots)});
  }
  return rows;
}

static std::string headOf(const ModelReport &report) {
  std::string text = report.model + ", " + report.device + " " + report.target;
  if (report.numThreads > 0)
    text += ", " + std::to_string(report.numThreads) + " threads";
  text += number(", %.2f GB of weights", report.weightBytes / 1e9);
  if (report.roofs.readBandwidth > 0)
    text += number(", reads %.1f GB/s", report.roofs.readBandwidth / 1e9);
  if (report.roofs.byteDotRate > 0)
    text += number(", %.1f G 8-bit products/s", report.roofs.byteDotRate / 1e9);
  return text;
}

/// The parts of a step, in the order in which they are shown.
static std::vector<std::pair<const char *, double>>
partsOf(const StepParts &parts) {
  return {{"reading weights", parts.reading},
          {"dots", parts.dots},
          {"attention", parts.attention},
          {"other kernels", parts.otherKernels},
          {"barriers", parts.barriers},
          {"sampling", parts.sampling},
          {"host", parts.host}};
}

/// A heading, then a row a part.
static std::vector<Row> partRows(const StepParts &parts) {
  std::vector<Row> rows = {{"part", "ms", "share"}};
  for (auto [name, seconds] : partsOf(parts))
    rows.push_back({name, number("%.3f", 1e3 * seconds),
                    percent(parts.step > 0 ? seconds / parts.step : 0)});
  rows.push_back({"sum", number("%.3f", 1e3 * parts.sum()), ""});
  rows.push_back(
      {"step, without clocks", number("%.3f", 1e3 * parts.plainStep), ""});
  return rows;
}

static std::vector<Row> kernelRows(const StepParts &parts) {
  std::vector<Row> rows = {{"kernel", "launches", "ms"}};
  for (const StepParts::Kernel &kernel : parts.kernels)
    rows.push_back({kernel.name, number("%.4g", kernel.launches),
                    number("%.3f", 1e3 * kernel.seconds)});
  return rows;
}

/// Columns as wide as their widest cell; the first one to the left, others to
/// the right.
static std::string aligned(const std::vector<Row> &rows) {
  std::vector<size_t> widths(rows.front().size());
  for (const Row &row : rows)
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row &row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      std::string padding(widths[i] - row[i].size(), ' ');
      text += i == 0 ? row[i] + padding : "  " + padding + row[i];
    }
    while (text.ends_with(' '))
      text.pop_back();
    text += '\n';
  }
  return text;
}

static std::string markdownTable(const std::vector<Row> &rows) {
  std::string text;
  for (const Row &row : rows) {
    for (const std::string &cell : row)
      text += "| " + cell + " ";
    text += "|\n";
    if (&row != &rows.front())
      continue;
    for (size_t i = 0; i < row.size(); ++i)
      text += i == 0 ? "|---" : "|---:";
    text += "|\n";
  }
  return text;
}

static std::string render(const ModelReport &report,
                          std::string (*table)(const std::vector<Row> &)) {
  std::string text = headOf(report) + "\n\n" + table(rowsOf(report));
  for (const ModelReport::Line &line : report.lines)
    if (line.parts)
      text += "\n" + line.result.test.name() + ", a step:\n\n" +
              table(partRows(*line.parts)) + "\n" +
              table(kernelRows(*line.parts));
  return text;
}

std::string textOf(const ModelReport &report) {
  return render(report, aligned);
}

std::string markdownOf(const ModelReport &report) {
  return render(report, markdownTable);
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

/// A number, or null for what was not measured.
static json::value measured(double value) {
  return value > 0 ? json::value(value) : json::value(nullptr);
}

static json::object jsonOf(const StepParts &parts) {
  json::array kernels;
  for (const StepParts::Kernel &kernel : parts.kernels)
    kernels.push_back(json::object{{"kernel", kernel.name},
                                   {"launches", kernel.launches},
                                   {"ms", 1e3 * kernel.seconds}});
  return {{"reading_weights_ms", 1e3 * parts.reading},
          {"dots_ms", 1e3 * parts.dots},
          {"attention_ms", 1e3 * parts.attention},
          {"other_kernels_ms", 1e3 * parts.otherKernels},
          {"barriers_ms", 1e3 * parts.barriers},
          {"sampling_ms", 1e3 * parts.sampling},
          {"host_ms", 1e3 * parts.host},
          {"sum_ms", 1e3 * parts.sum()},
          {"step_ms", 1e3 * parts.plainStep},
          {"kernels", std::move(kernels)}};
}

static json::object jsonOf(const ModelReport::Line &line, const Roofs &roofs) {
  const ModelTestResult &result = line.result;
  const ModelTest &test = result.test;
  Figures figures = figuresOf(result, roofs);
  bool isPrompt = test.kind == ModelTest::Kind::Prompt;
  json::object object{{"test", test.name()},
                      {"n_prompt", isPrompt ? test.numTokens : 0},
                      {"n_gen", isPrompt ? 0 : test.numTokens},
                      {"n_depth", test.depth},
                      {"n_sessions", test.numSessions},
                      {"n", result.seconds.size()},
                      {"avg_ns", 1e9 * result.meanSeconds()},
                      {"avg_ts", figures.rate},
                      {"stddev_ts", figures.deviation},
                      {"samples_ts", json::value_from(result.rates())},
                      {"ms_per_step", figures.stepMs},
                      {"bytes", result.bytes},
                      {"gb_per_s", figures.bytesPerSecond / 1e9},
                      {"bandwidth_share", measured(figures.ofBandwidth)},
                      {"products", result.products},
                      {"dot_rate_share", measured(figures.ofDots)}};
  if (line.parts)
    object["explain"] = jsonOf(*line.parts);
  return object;
}

json::object jsonOf(const ModelReport &report) {
  json::array results;
  for (const ModelReport::Line &line : report.lines)
    results.push_back(jsonOf(line, report.roofs));
  return {{"version", report.version},
          {"model", report.model},
          {"device", report.device},
          {"target", report.target},
          {"n_threads", report.numThreads},
          {"model_size", report.weightBytes},
          {"read_gb_per_s", measured(report.roofs.readBandwidth / 1e9)},
          {"dots_g_per_s", measured(report.roofs.byteDotRate / 1e9)},
          {"results", std::move(results)}};
}

} // namespace g4rt
