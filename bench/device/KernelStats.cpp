//===- KernelStats.cpp - What is known of each kernel ---------------------===//

#include "bench/device/KernelStats.h"

#include "runtime/artifact/CacheLayout.h"
#include "runtime/artifact/ElementSize.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace g4rt {

using artifact::ArgKind;

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

/// Positions that rows of the plan see, all rows or each sequence's last.
static double positionsSeen(const artifact::Cache &cache, const StepPlan &plan,
                            bool lastRowsOnly) {
  double sum = 0;
  for (size_t t = 0; t < plan.slots.size(); ++t) {
    bool isLast =
        t + 1 == plan.slots.size() || plan.slots[t + 1] != plan.slots[t];
    int64_t seen = plan.visibleEnds[t];
    if (cache.window())
      seen = std::min<int64_t>(seen, cache.window());
    sum += lastRowsOnly && !isLast ? 0 : static_cast<double>(seen);
  }
  return sum;
}

static void addWeight(KernelTimes &cost, const artifact::Weight &weight,
                      std::string_view family, const StepPlan &plan,
                      int64_t numExperts) {
  double bytes = static_cast<double>(weight.data()->size());
  bool hasExperts = weight.shape()->size() == 3;
  if (hasExperts)
    bytes *= static_cast<double>(numExperts) / weight.shape()->Get(0);
  if (family == "embed") // one row a token
    bytes *= static_cast<double>(plan.numTokens()) / weight.shape()->Get(0);
  cost.bytes += bytes;
}

static void addAttention(KernelTimes &cost, const artifact::Cache &cache,
                         int64_t numHeads, const StepPlan &plan) {
  double d = cache.head_dim();
  cost.bytes += positionsSeen(cache, plan, /*lastRowsOnly=*/true) *
                static_cast<double>(bytesPerPosition(cache));
  cost.flops += 4 * positionsSeen(cache, plan, /*lastRowsOnly=*/false) *
                static_cast<double>(numHeads) * d;
}

KernelTimes costOf(const Side &side, const artifact::Artifact &artifact,
                   const LaunchTime &launch, const StepPlan &plan,
                   int64_t numExperts) {
  KernelTimes cost{.launches = 1};
  std::string family = familyOf(launch.kernel);
  double rows = 0;
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::buffer)) {
    BufferValue shape = side.shapeOf(launch, arg);
    cost.bytes += static_cast<double>(shape.rows * shape.cols) *
                  static_cast<double>(elementBytes(shape.dtype));
    if (rows == 0 || arg == 2) // y, or the only one
      rows = static_cast<double>(shape.rows * shape.cols);
  }
  for (size_t arg : Side::argsOf(*launch.table, ArgKind::weight)) {
    const artifact::Weight &weight = *artifact.weights()->Get(
        launch.table->args()->Get(static_cast<uint32_t>(arg))->index());
    addWeight(cost, weight, family, plan, numExperts);
    uint32_t rank = weight.shape()->size();
    // Each number of y is a product of depth K, of a gate two.
    bool isGated = launch.kernel.find("gelu_gated") != launch.kernel.npos;
    if (family == "linear" && rank >= 2)
      cost.flops += 2 * rows * (isGated ? 2 : 1) *
                    static_cast<double>(weight.shape()->Get(rank - 1));
  }
  auto keys = Side::argsOf(*launch.table, ArgKind::cache_keys);
  if (family == "attention" && !keys.empty()) {
    const artifact::Cache &cache = *side.program().caches()->Get(
        launch.table->args()->Get(static_cast<uint32_t>(keys[0]))->index());
    int64_t cols = side.shapeOf(launch, 0).cols;
    addAttention(cost, cache, cols / cache.head_dim(), plan);
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

bool printChecks(const ChecksByKernel &checks) {
  std::printf("%-58s %8s %9s %9s %9s %9s\n", "kernel", "launches", "device",
              "twin", "between", "allowed");
  bool passed = true;
  for (const auto &[name, check] : checks) {
    std::printf("%-58s %8lld %9.2e", name.c_str(),
                static_cast<long long>(check.launches),
                check.device.difference);
    if (check.twins > 0)
      std::printf(" %9.2e %9.2e", check.twin.difference,
                  check.twinFromDevice.difference);
    else
      std::printf(" %9s %9s", "-", "-");
    std::printf(" %9.0e%s\n", check.tolerance, check.passed() ? "" : "  WRONG");
    if (!check.passed())
      std::printf("  worst: %s; twin: %s; %lld wrong integers\n",
                  check.device.where.c_str(), check.twin.where.c_str(),
                  static_cast<long long>(check.wrongInts));
    passed = passed && check.passed();
  }
  return passed;
}

/// JSON has no infinity.
static json::value finite(double number) {
  return std::isfinite(number) ? json::value(number) : json::value("infinite");
}

static json::object worstJson(const Worst &worst) {
  return {{"difference", finite(worst.difference)}, {"where", worst.where}};
}

json::array checksJson(const ChecksByKernel &checks) {
  json::array rows;
  for (const auto &[name, check] : checks) {
    json::object row{{"kernel", name},
                     {"launches", check.launches},
                     {"tolerance", check.tolerance},
                     {"device", worstJson(check.device)},
                     {"wrong_integers", check.wrongInts},
                     {"ties", check.ties},
                     {"passed", check.passed()}};
    if (check.twins > 0) {
      row["twin"] = worstJson(check.twin);
      row["twin_from_device"] = worstJson(check.twinFromDevice);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

static double share(double rate, double ceiling) {
  return ceiling > 0 ? 100 * rate / ceiling : 0;
}

void printTimes(const TimesByStep &times, const Ceilings &ceilings) {
  for (const auto &[step, kernels] : times) {
    std::vector<std::pair<double, std::string>> order;
    double total = 0;
    for (const auto &[name, kernel] : kernels) {
      order.emplace_back(kernel.seconds, name);
      total += kernel.seconds;
    }
    std::sort(order.rbegin(), order.rend());
    std::printf("\n%s: %.1f us in kernels\n", step.c_str(), 1e6 * total);
    std::printf("%10s %4s %9s %7s %9s %7s  kernel\n", "us", "x", "GB/s",
                "%copy", "TFLOP/s", "%mma");
    for (const auto &[seconds, name] : order) {
      const KernelTimes &k = kernels.at(name);
      double bytes = k.bytes / seconds, flops = k.flops / seconds;
      std::printf("%10.1f %4lld %9.1f %7.1f %9.2f %7.1f  %s\n", 1e6 * seconds,
                  static_cast<long long>(k.launches), 1e-9 * bytes,
                  share(bytes, ceilings.copyBytesPerSecond), 1e-12 * flops,
                  share(flops, ceilings.mmaFlopsPerSecond), name.c_str());
    }
  }
}

json::array timesJson(const TimesByStep &times, const Ceilings &ceilings) {
  json::array rows;
  for (const auto &[step, kernels] : times)
    for (const auto &[name, k] : kernels)
      rows.push_back(json::object{
          {"step", step},
          {"kernel", name},
          {"launches", k.launches},
          {"microseconds", 1e6 * k.seconds},
          {"bytes", k.bytes},
          {"gb_per_second", finite(1e-9 * k.bytes / k.seconds)},
          {"percent_of_copy",
           finite(share(k.bytes / k.seconds, ceilings.copyBytesPerSecond))},
          {"flops", k.flops},
          {"tflops", finite(1e-12 * k.flops / k.seconds)},
          {"percent_of_mma",
           finite(share(k.flops / k.seconds, ceilings.mmaFlopsPerSecond))}});
  return rows;
}

json::object ceilingsJson(const Ceilings &ceilings) {
  auto orReason = [](double rate, double unit, const std::string &why) {
    return rate > 0 ? json::value(rate / unit) : json::value(why);
  };
  return {{"copy_gb_per_second_read_and_written",
           orReason(ceilings.copyBytesPerSecond, 1e9, ceilings.whyNoCopy)},
          {"bf16_mma_sync_tflops",
           orReason(ceilings.mmaFlopsPerSecond, 1e12, ceilings.whyNoMma)}};
}

} // namespace g4rt
