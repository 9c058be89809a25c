//===- StepWork.h - What the launches of a step do --------------*- C++ -*-===//
//
// From the tables of an artifact and the sizes of a step to the numbers that
// LaunchTime.h takes: which bucket runs, how many blocks have something to do,
// what they read from where, how often the loops that depend on the step's data
// run. Real routing is unknown: tokens choose experts evenly and independently
// of each other.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_PREDICT_STEPWORK_H
#define G4_RUNTIME_PREDICT_STEPWORK_H

#include "runtime/artifact/Artifact_generated.h"
#include "runtime/predict/LaunchTime.h"

#include <cstdint>
#include <string>
#include <vector>

namespace g4rt {

namespace artifact = ::g4::artifact;

/// Rows of each session at consecutive positions from `firstPosition` on.
struct PredictedStep {
  int64_t sessions = 1, rowsOfSession = 1, firstPosition = 0;
  /// Rows that get logits.
  int64_t outputs = 1;

  int64_t rows() const { return sessions * rowsOfSession; }
  /// Positions that its rows know of.
  int64_t context() const { return firstPosition + rowsOfSession; }
  /// Positions that a row sees on average; `window` 0: all.
  double seen(int64_t window) const;

  /// One token for each of `sessions`, each after `context` - 1 others.
  static PredictedStep decode(int64_t sessions, int64_t context);
  /// Part of one prompt; its last row has logits.
  static PredictedStep prefill(int64_t firstPosition, int64_t rows);
};

/// A launch of the step.
struct StepLaunch {
  const artifact::Launch *launch = nullptr;
  const artifact::Kernel *kernel = nullptr;
  /// "experts", "linears", "head", "attention", or else the first word of the
  /// kernel's name: "router", "rows".
  std::string kind;
  LaunchWork work;
};

/// The launches of `step`, in their order, those without items left out;
/// `variant` belongs to `root`, which has been checked.
///
/// Errors: NotFound if a kernel has no Work: it is a CPU's, or the file is from
/// an older g4c.
Result<std::vector<StepLaunch>> stepWork(const artifact::Artifact &root,
                                         const artifact::Variant &variant,
                                         const PredictedStep &step);

/// Tiles of at most `tile` rows of one expert each, of `experts` of which each
/// of `rows` rows chooses `chosen`: their mean.
double expertTiles(double experts, double chosen, int64_t rows, int64_t tile);

} // namespace g4rt

#endif // G4_RUNTIME_PREDICT_STEPWORK_H
