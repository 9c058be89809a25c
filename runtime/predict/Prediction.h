//===- Prediction.h - How long steps of a model take on a GPU ---*- C++ -*-===//
//
// What `g4c predict` prints: StepWork.h and LaunchTime.h over the launches of a
// step, with sums by kernel and by kind of kernel. A step is its launches, one
// after the other; the host's part of it is left out.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_PREDICT_PREDICTION_H
#define G4_RUNTIME_PREDICT_PREDICTION_H

#include "runtime/predict/StepWork.h"

#include <string>
#include <vector>

namespace g4rt {

/// Launches that are alike: of one kernel, or of all kernels of a kind.
struct LaunchSum {
  std::string name; // the kernel's, or the kind's
  std::string kind;
  int64_t count = 0;
  LaunchTime time = {}; // seconds and causes of all of them
  double memoryBytes = 0, cacheBytes = 0;
  /// Of the first one.
  LaunchWork work = {};
};

struct StepPrediction {
  PredictedStep step;
  LaunchTime time = {}; // of all launches
  int64_t numLaunches = 0;
  double memoryBytes = 0;
  /// The time in which memory can give these bytes.
  double limitSeconds = 0;
  std::vector<LaunchSum> kernels = {}, kinds = {}; // by falling time

  double tokensPerSecond() const {
    return static_cast<double>(step.outputs) / time.seconds;
  }
};

/// Errors: those of stepWork().
Result<StepPrediction> predictStep(const artifact::Artifact &root,
                                   const artifact::Variant &variant,
                                   const PredictedStep &step,
                                   const Machine &machine);

/// The steps of a prompt of `tokens` on its own, of at most `chunk` rows each;
/// the last one gives the first token.
Result<std::vector<StepPrediction>>
predictPrompt(const artifact::Artifact &root, const artifact::Variant &variant,
              int64_t tokens, int64_t chunk, const Machine &machine);

} // namespace g4rt

#endif // G4_RUNTIME_PREDICT_PREDICTION_H
