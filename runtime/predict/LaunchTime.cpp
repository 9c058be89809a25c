//===- LaunchTime.cpp - How long one launch of a kernel takes -------------===//

#include "runtime/predict/LaunchTime.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace g4rt {

using Causes = std::array<double, kNumBounds>;

const char *nameOf(Bound bound) {
  switch (bound) {
  case Bound::Launch:
    return "launch";
  case Bound::Latency:
    return "latency";
  case Bound::Memory:
    return "memory";
  case Bound::Cache:
    return "cache";
  case Bound::Issue:
    return "issue";
  case Bound::Integers:
    return "integers";
  case Bound::Specials:
    return "specials";
  case Bound::Shared:
    return "shared";
  case Bound::Matrix:
    return "matrix";
  }
  return "";
}

static double &of(Causes &causes, Bound bound) {
  return causes[static_cast<size_t>(bound)];
}

Bound LaunchTime::bound() const {
  return static_cast<Bound>(std::max_element(causes.begin(), causes.end()) -
                            causes.begin());
}

static double roundedUp(double value, double step) {
  return std::ceil(value / step) * step;
}

/// Threads of a block in whole warps.
static double threadsOf(const LaunchWork &work, const Machine &machine) {
  return roundedUp(work.threads, machine.warp);
}

double blocksOfUnit(const LaunchWork &work, const Machine &machine) {
  constexpr double kRegisterStep = 8; // registers are dealt out in eights
  double threads = threadsOf(work, machine);
  double blocks = std::min(machine.blocks, machine.threads / threads);
  double shared = work.sharedBytes + machine.blockSharedBytes;
  if (shared > 0)
    blocks = std::min(blocks, machine.sharedBytes / shared);
  if (work.registers > 0)
    blocks = std::min(blocks,
                      machine.registers /
                          (roundedUp(work.registers, kRegisterStep) * threads));
  return std::max(1.0, std::floor(blocks));
}

/// Clocks of one wait for what a thread reads: from memory or from the cache,
/// in the proportion of the bytes.
static double waitOf(const LaunchWork &work, const Machine &machine) {
  double share = work.cacheBytes > 0
                     ? std::min(1.0, work.memoryBytes / work.cacheBytes)
                     : 0;
  return machine.cacheLatency +
         share * (machine.memoryLatency - machine.cacheLatency);
}

/// Clocks between the first and the last instruction of one thread.
static double latencyOf(const LaunchWork &work, const Machine &machine) {
  double interval = machine.warp * machine.schedulers / machine.issueLanes;
  return work.thread.waits * waitOf(work, machine) +
         work.thread.barriers * machine.barrierLatency +
         work.thread.instructions * interval;
}

/// What each cause alone would take for `items` blocks, `ofUnit` of them on
/// each of the units that are busy.
static Causes waveCauses(const LaunchWork &work, const Machine &machine,
                         double items, double ofUnit) {
  const ThreadWork &thread = work.thread;
  double share = items / work.items;
  double busyUnits = std::min(items, machine.units);
  auto clocks = [&](double count) { return count / machine.clock; };
  auto unitTime = [&](double perThread, double rate) {
    return clocks(ofUnit * threadsOf(work, machine) * perThread / rate);
  };
  Causes causes = {};
  of(causes, Bound::Latency) = clocks(latencyOf(work, machine));
  of(causes, Bound::Memory) = share * work.memoryBytes / machine.readBandwidth;
  of(causes, Bound::Cache) =
      clocks(share * work.cacheBytes / (machine.cacheRate * busyUnits));
  of(causes, Bound::Issue) = unitTime(thread.instructions, machine.issueLanes);
  of(causes, Bound::Integers) = unitTime(thread.integers, machine.integerLanes);
  of(causes, Bound::Specials) = unitTime(thread.specials, machine.specialLanes);
  of(causes, Bound::Shared) = unitTime(thread.sharedBytes, machine.sharedRate);
  of(causes, Bound::Matrix) =
      unitTime(thread.matrixProducts, machine.matrixRate);
  return causes;
}

namespace {

/// Sums the waves of a launch.
class WaveSum {
public:
  WaveSum(const LaunchWork &work, const Machine &machine)
      : work_(work), machine_(machine) {
    add(Bound::Launch, machine.launchSeconds);
  }

  /// `count` waves of `items` blocks each, `ofUnit` of them on a unit. A wave
  /// takes as long as what takes longest in it.
  void addWaves(double count, double items, double ofUnit) {
    if (count <= 0 || items <= 0)
      return;
    Causes wave = waveCauses(work_, machine_, items, ofUnit);
    auto longest = std::max_element(wave.begin(), wave.end());
    auto bound = static_cast<Bound>(longest - wave.begin());
    add(bound, count * *longest);
    // Until its first bytes come a launch can do nothing. Later waves begin
    // while blocks of the one before still run.
    if (!std::exchange(isFilled_, true) && bound != Bound::Latency)
      add(Bound::Latency, std::min(work_.thread.waits, 1.0) *
                              waitOf(work_, machine_) / machine_.clock);
  }

  LaunchTime time = {};

private:
  void add(Bound bound, double seconds) {
    of(time.causes, bound) += seconds;
    time.seconds += seconds;
  }

  const LaunchWork &work_;
  const Machine &machine_;
  bool isFilled_ = false;
};

} // namespace

LaunchTime predictLaunch(const LaunchWork &work, const Machine &machine) {
  WaveSum sum(work, machine);
  if (work.items <= 0)
    return sum.time;
  sum.time.blocksOfUnit = blocksOfUnit(work, machine);
  double atOnce = sum.time.blocksOfUnit * machine.units;
  sum.time.waves = work.items / atOnce;
  double fullWaves = std::floor(sum.time.waves);
  double rest = work.items - fullWaves * atOnce;
  sum.addWaves(fullWaves, atOnce, sum.time.blocksOfUnit);
  sum.addWaves(1, rest, std::ceil(rest / machine.units));
  return sum.time;
}

} // namespace g4rt
