//===- Recorder.h - What the launches of a step left ------------*- C++ -*-===//

#ifndef G4_BENCH_DEVICE_RECORDER_H
#define G4_BENCH_DEVICE_RECORDER_H

#include <map>
#include <string>
#include <vector>

#include "bench/device/Side.h"

namespace g4rt {

struct LaunchRecord {
  std::string kernel;
  std::vector<BufferValue> buffers; // the arguments, in order
  std::vector<CacheRows> rows;      // that the kernel wrote to a cache
};

/// Names launches alike in both programs of an artifact: label, kind of kernel,
/// and which one of these. Programs may have launches that the other lacks.
class LaunchNames {
public:
  std::string next(const LaunchTime &launch) {
    std::string name =
        std::string(launch.label) + " " + familyOf(launch.kernel);
    int count = counts_[name]++;
    return count ? name + " " + std::to_string(count) : name;
  }

private:
  std::map<std::string, int> counts_;
};

/// The caches that a launch writes: of "qkv", one or none.
bool writesCache(const LaunchTime &launch);

/// The plan's rows in the launch's cache, slot by slot.
Result<std::vector<CacheRows>>
readStepRows(Side &side, const LaunchTime &launch, const StepPlan &plan);

/// Runs `plan`, with the side's own pages, and keeps what each launch left.
Result<std::map<std::string, LaunchRecord>> recordStep(Side &side,
                                                       const StepPlan &plan);

/// Runs a step with a sink that may fail; its first error ends up here.
Status runWatched(Side &side, const StepPlan &plan,
                  const std::function<Status(const LaunchTime &)> &sink);

} // namespace g4rt

#endif // G4_BENCH_DEVICE_RECORDER_H
