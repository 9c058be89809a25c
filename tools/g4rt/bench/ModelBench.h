//===- ModelBench.h - Times the steps of a model ----------------*- C++ -*-===//
//
// Runs tests on the executor and the sampler, without scheduler and HTTP. Ids
// are random and the same in each repetition, so that a router's choices are,
// too. Positions before a test's depth hold whatever earlier tests left there,
// zeros at first: what they hold changes no time.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_BENCH_MODELBENCH_H
#define G4_TOOLS_G4RT_BENCH_MODELBENCH_H

#include "runtime/engine/LoadedModel.h"
#include "runtime/exec/StepTraffic.h"
#include "runtime/sample/Sampler.h"
#include "runtime/scheduler/FixedTables.h"
#include "tools/g4rt/bench/ModelTest.h"

#include <vector>

namespace g4rt {

/// One thread's; `model` outlives it.
class ModelBench {
public:
  explicit ModelBench(LoadedModel &model);

  /// A repetition that warms up and counts bytes, then `repetitions` timed
  /// ones.
  ///
  /// Errors: InvalidArgument if the test is outside the model's limits; those
  /// of Executor::run and Sampler::sample.
  Result<ModelTestResult> run(const ModelTest &test, int repetitions);

  /// Where the time of the test's mean step goes; `readBandwidth` in bytes a
  /// second. One repetition with a clock around each item and one without.
  ///
  /// Errors: those of run().
  Result<StepParts> explain(const ModelTest &test, double readBandwidth);

private:
  std::vector<StepPlan> plans(const ModelTest &test) const;
  StepPlan promptChunk(const ModelTest &test, int64_t first,
                       int64_t count) const;
  StepPlan answerStep(const ModelTest &test, int64_t number) const;
  Status check(const ModelTest &test) const;
  Status sampleAll(std::span<const LogitSource> sources);
  Status step(const StepPlan &plan);
  Result<double> secondsOf(const std::vector<StepPlan> &plans);
  Result<StepShape> shapeOf(const StepPlan &plan);
  Status explainStep(const StepPlan &plan, double readBandwidth,
                     StepParts &parts);

  LoadedModel &model_;
  ProgramExecutor &executor_;
  const artifact::Program &program_;
  FixedTables tables_;
  Sampler sampler_;
};

} // namespace g4rt

#endif // G4_TOOLS_G4RT_BENCH_MODELBENCH_H
