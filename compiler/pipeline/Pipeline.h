//===- Pipeline.h - From a checkpoint to an artifact ------------*- C++ -*-===//

#ifndef G4_COMPILER_PIPELINE_PIPELINE_H
#define G4_COMPILER_PIPELINE_PIPELINE_H

#include "compiler/backend/KernelBackend.h"
#include "compiler/pack/ArtifactWriter.h"
#include "compiler/pipeline/Phase.h"
#include "runtime/base/Status.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace g4 {

struct CompileOptions {
  /// The model's folder.
  std::string model;
  /// The artifact; unused if the last phase is not pack.
  std::string output;
  /// "auto" (as the checkpoint), "f32" or "bf16".
  std::string weights = "auto";
  /// "auto", "gemma4-large" or "gemma4-small".
  std::string chatTemplate = "auto";
  /// The name that the server tells; the folder's if empty.
  std::string name;
  /// Compiles config.json alone: the loader makes the weights from this seed.
  std::optional<uint64_t> syntheticSeed;
  /// Writes those numbers into the artifact all the same.
  bool writeSyntheticWeights = false;
  /// Targets in the order of preference at load.
  std::vector<std::unique_ptr<KernelBackend>> backends;

  /// The first phase to run; behind import, `inputIr` holds the IR that the
  /// phase before left.
  Phase first = Phase::Import;
  std::string inputIr;
  /// The last phase to run.
  Phase last = Phase::Pack;
  /// Where every phase's IR goes; empty: nowhere.
  std::string dumpFolder;
  /// Where the last phase's IR goes if it is not pack; empty: stdout.
  std::string outputIr;

  /// PackOptions::makeCanary.
  std::function<g4rt::Result<std::vector<float>>(const std::string &path)>
      makeCanary = {};

  /// g4.top_k's skip_below in every layer; 0: nothing is dropped.
  float skipExpertsBelow = 0;
  /// Taps of what linears read (g4-tap-inputs), which makes them slower.
  bool tapInputs = false;
  /// PackOptions::calibration.
  std::optional<CalibrationFile> calibration = {};
  /// PackOptions::label.
  std::optional<LabelMaker> label = {};

  /// Called when a phase begins, and while pack writes: done and total bytes.
  std::function<void(Phase, uint64_t, uint64_t)> progress;
};

/// Runs the phases. Problems of the IR are reported as diagnostics of `context`
/// as well.
///
/// Errors: those of the phases, naming the file, tensor or field.
g4rt::Status compile(const CompileOptions &options, mlir::MLIRContext &context);

/// Loads the dialects that the phases use.
void loadDialects(mlir::MLIRContext &context);

} // namespace g4

#endif // G4_COMPILER_PIPELINE_PIPELINE_H
