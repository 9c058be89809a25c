//===- KernelStats.h - What is known of each kernel -------------*- C++ -*-===//

#ifndef G4_BENCH_DEVICE_KERNELSTATS_H
#define G4_BENCH_DEVICE_KERNELSTATS_H

#include "runtime/base/Json.h"

#include <map>
#include <string>
#include <vector>

#include "bench/device/Side.h"

namespace g4rt {

/// The largest difference seen, and where.
struct Worst {
  double difference = 0;
  std::string where;

  void add(double seen, const std::string &at) {
    if (seen > difference || where.empty()) {
      difference = seen;
      where = at;
    }
  }
};

/// Results of one kernel over all steps.
struct KernelChecks {
  int64_t launches = 0, twins = 0;
  double tolerance = 0;
  /// Of the device from the CPU, of the twin from the CPU and the device.
  Worst device, twin, twinFromDevice;
  /// i32 numbers that differ, ties left out.
  int64_t wrongInts = 0, ties = 0;

  bool passed() const {
    return device.difference <= tolerance && twin.difference <= tolerance &&
           twinFromDevice.difference <= tolerance && wrongInts == 0;
  }
};

/// What launches of one kernel in one step took and moved.
struct KernelTimes {
  int64_t launches = 0;
  double seconds = 0;
  /// Weights, buffers and cache rows that the launches need, each once.
  double bytes = 0;
  double flops = 0;
};

/// What bounds a kernel; 0: not measured, `why` says why not.
struct Ceilings {
  double copyBytesPerSecond = 0, mmaFlopsPerSecond = 0;
  std::string whyNoCopy, whyNoMma;
};

using ChecksByKernel = std::map<std::string, KernelChecks>;
/// By step, then kernel.
using TimesByStep =
    std::vector<std::pair<std::string, std::map<std::string, KernelTimes>>>;

/// Bytes and flops of a launch. `numExperts`: distinct ones that the rows of
/// the step go to.
KernelTimes costOf(const Side &side, const artifact::Artifact &artifact,
                   const LaunchTime &launch, const StepPlan &plan,
                   int64_t numExperts);

/// Differences by kernel; whether all passed.
bool printChecks(const ChecksByKernel &checks);
json::array checksJson(const ChecksByKernel &checks);

void printTimes(const TimesByStep &times, const Ceilings &ceilings);
json::array timesJson(const TimesByStep &times, const Ceilings &ceilings);
json::object ceilingsJson(const Ceilings &ceilings);

} // namespace g4rt

#endif // G4_BENCH_DEVICE_KERNELSTATS_H
