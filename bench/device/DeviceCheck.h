//===- DeviceCheck.h - Every launch against another device's ----*- C++ -*-===//

#ifndef G4_BENCH_DEVICE_DEVICECHECK_H
#define G4_BENCH_DEVICE_DEVICECHECK_H

#include <random>

#include "bench/device/KernelStats.h"
#include "bench/device/Recorder.h"
#include "bench/device/StepPlans.h"
#include "bench/device/Twins.h"

namespace g4rt {

struct CheckOptions {
  /// Steps that time kernels, after each that compares; 0: none.
  int repeat = 5;
  /// Bytes that are cleared before each timed launch, so that no cache has its
  /// weights; 0: none.
  uint64_t flushBytes = 0;
};

/// Runs steps on two devices, launch by launch. After a launch the device's
/// buffers are compared with those of the same launch on the other side and
/// then made equal to them, so that differences do not add up.
class DeviceCheck {
public:
  DeviceCheck(const ArtifactFile &file, Side &against, Side &device,
              const CheckOptions &options)
      : file_(file), against_(against), device_(device), options_(options) {}

  /// May be null.
  void setTwins(Twins *twins) { twins_ = twins; }

  /// Learns where caches lie; gives positions [0, context) of all slots random
  /// content, the same on both.
  Status prepare(StepPlans &plans, int64_t context);
  Status check(const NamedStep &step);

  const ChecksByKernel &checks() const { return checks_; }
  const TimesByStep &times() const { return times_; }
  /// Launches of the device that nothing could be said about, with the reason.
  const std::vector<std::string> &notCompared() const { return notCompared_; }

private:
  Status checkLaunch(const LaunchTime &launch, const std::string &name,
                     const LaunchRecord *record, const NamedStep &step);
  Status checkBuffers(const LaunchTime &launch, const LaunchRecord &record,
                      const std::string &where);
  Status checkBuffer(const LaunchTime &launch, size_t arg,
                     const BufferValue &expected, const std::string &where);
  void checkInts(KernelChecks &checks, const BufferValue &expected,
                 const BufferValue &ours, const std::string &where);
  Status checkRows(const LaunchTime &launch, const LaunchRecord &record,
                   const NamedStep &step);
  Status checkTwin(const LaunchTime &launch, const LaunchRecord &record,
                   const NamedStep &step);
  Result<bool> checkExact(const LaunchTime &launch, const std::string &where);
  Status noteExperts(const LaunchTime &launch, const StepPlan &plan);
  double toleranceOf(const LaunchTime &launch) const;
  Status fillCaches(int64_t context);
  Status time(const NamedStep &step);

  const ArtifactFile &file_;
  Side &against_, &device_;
  const CheckOptions options_;
  Twins *twins_ = nullptr;
  std::vector<int32_t> experts_; // of the last router
  int64_t numExperts_ = 1;       // distinct ones of them
  DeviceAddress flush_{};
  ChecksByKernel checks_;
  TimesByStep times_;
  std::vector<std::string> notCompared_;
  std::mt19937 random_{7};
};

} // namespace g4rt

#endif // G4_BENCH_DEVICE_DEVICECHECK_H
