//===- Prediction.cpp - How long steps of a model take on a GPU -----------===//

#include "runtime/predict/Prediction.h"

#include <algorithm>

namespace g4rt {

static void addTime(LaunchTime &sum, const LaunchTime &time) {
  sum.seconds += time.seconds;
  for (size_t i = 0; i < kNumBounds; ++i)
    sum.causes[i] += time.causes[i];
}

/// The entry of this name, made if there is none.
static LaunchSum &entryOf(std::vector<LaunchSum> &sums,
                          const std::string &name) {
  for (LaunchSum &sum : sums)
    if (sum.name == name)
      return sum;
  sums.push_back({.name = name, .kind = {}});
  return sums.back();
}

static void addLaunch(LaunchSum &sum, const StepLaunch &launch,
                      const LaunchTime &time) {
  if (sum.count++ == 0) {
    sum.kind = launch.kind;
    sum.work = launch.work;
    sum.time.blocksOfUnit = time.blocksOfUnit;
    sum.time.waves = time.waves;
  }
  addTime(sum.time, time);
  sum.memoryBytes += launch.work.memoryBytes;
  sum.cacheBytes += launch.work.cacheBytes;
}

static void sortByTime(std::vector<LaunchSum> &sums) {
  std::sort(sums.begin(), sums.end(),
            [](const LaunchSum &a, const LaunchSum &b) {
              return a.time.seconds != b.time.seconds
                         ? a.time.seconds > b.time.seconds
                         : a.name < b.name;
            });
}

/// What a step reads stays in a cache that holds all of it: the next step finds
/// it there.
static bool staysInCache(const std::vector<StepLaunch> &launches,
                         const Machine &machine) {
  double bytes = 0;
  for (const StepLaunch &launch : launches)
    bytes += launch.work.memoryBytes;
  return bytes <= machine.cacheBytes;
}

Result<StepPrediction> predictStep(const artifact::Artifact &root,
                                   const artifact::Variant &variant,
                                   const PredictedStep &step,
                                   const Machine &machine) {
  G4RT_ASSIGN(std::vector<StepLaunch> launches, stepWork(root, variant, step));
  StepPrediction prediction{.step = step};
  bool isCached = staysInCache(launches, machine);
  for (StepLaunch &launch : launches) {
    if (isCached)
      launch.work.memoryBytes = 0;
    LaunchTime time = predictLaunch(launch.work, machine);
    addLaunch(entryOf(prediction.kernels, launch.kernel->symbol()->str()),
              launch, time);
    addLaunch(entryOf(prediction.kinds, launch.kind), launch, time);
    addTime(prediction.time, time);
    prediction.memoryBytes += launch.work.memoryBytes;
    ++prediction.numLaunches;
  }
  prediction.limitSeconds = prediction.memoryBytes / machine.readBandwidth;
  sortByTime(prediction.kernels);
  sortByTime(prediction.kinds);
  return prediction;
}

Result<std::vector<StepPrediction>>
predictPrompt(const artifact::Artifact &root, const artifact::Variant &variant,
              int64_t tokens, int64_t chunk, const Machine &machine) {
  std::vector<StepPrediction> steps;
  for (int64_t first = 0; first < tokens; first += chunk) {
    PredictedStep step =
        PredictedStep::prefill(first, std::min(chunk, tokens - first));
    step.outputs = first + chunk >= tokens ? 1 : 0;
    G4RT_ASSIGN(StepPrediction prediction,
                predictStep(root, variant, step, machine));
    steps.push_back(std::move(prediction));
  }
  return steps;
}

} // namespace g4rt
