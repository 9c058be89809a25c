//===- Pipeline.h - From a checkpoint to an artifact ------------*- C++ -*-===//

#ifndef G4_COMPILER_PIPELINE_PIPELINE_H
#define G4_COMPILER_PIPELINE_PIPELINE_H

#include "compiler/backend/KernelBackend.h"
#include "compiler/pack/ArtifactWriter.h"
#include "compiler/pipeline/Phase.h"
#include "compiler/quantize/WeightPolicy.h"
#include "runtime/base/Status.h"

#include "mlir/IR/BuiltinOps.h"

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
  /// "auto" (as the checkpoint), or what findPolicy() knows.
  std::string weights = "auto";
  /// What dots with integer weights read: "bf16", "int8", or "auto": int8 on a
  /// CPU, whose dots it makes faster, else bf16.
  std::string activations = "auto";
  /// Scales of least squares (ScaleRule::Search) where the policy has the usual
  /// ones; with `calibration` errors count by the inputs that it holds.
  bool searchScales = false;
  /// Come after those of `weights`: what was chosen for a budget.
  std::vector<WeightPolicy::Rule> rules = {};
  /// Of keys and values in the cache: "auto" (as the weights), "f32", "bf16",
  /// "int8" or "fp8".
  std::string kvCache = "auto";
  /// Caches store keys and values whole also where they share numbers.
  bool wholeKeys = false;
  /// On GPUs launches of small steps that need nothing of each other are one.
  bool mergeLaunches = false;
  /// "auto", "gemma4-large" or "gemma4-small".
  std::string chatTemplate = "auto";
  /// Imports the tower of pictures, too. Its ops have no kernels: no phase
  /// after fuse takes them.
  bool vision = false;
  /// The GGUF file with that tower, of a model in a GGUF file; empty: none.
  std::string mmproj;
  /// The name that the server tells; the folder's if empty.
  std::string name;
  /// Compiles config.json alone: the loader makes the weights from this seed.
  std::optional<uint64_t> syntheticSeed;
  /// Writes those numbers into the artifact all the same.
  bool writeSyntheticWeights = false;
  /// Targets in the order of preference at load.
  std::vector<std::unique_ptr<KernelBackend>> backends;

  /// The first phase to run; after import, `inputIr` holds the IR that the
  /// phase before left.
  Phase first = Phase::Import;
  std::string inputIr;
  /// The last phase to run.
  Phase last = Phase::Pack;
  /// Where every phase's IR goes; empty: nowhere.
  std::string dumpFolder;
  /// Where the last phase's IR goes if it is not pack; empty: stdout.
  std::string outputIr;
  /// Takes that IR in place of a file; null: it is written.
  std::function<g4rt::Status(mlir::ModuleOp)> takeIr = {};

  /// PackOptions::makeCanary.
  std::function<g4rt::Result<std::vector<float>>(const std::string &path)>
      makeCanary = {};

  /// g4.top_k's skip_below in every layer; 0: nothing is dropped.
  float skipExpertsBelow = 0;
  /// Taps of what linears read (g4-tap-inputs), which makes them slower.
  bool tapInputs = false;
  /// PackOptions::calibration.
  std::shared_ptr<const CalibrationFile> calibration = {};
  /// PackOptions::label.
  std::optional<LabelMaker> label = {};
  /// PackOptions::checkSize.
  std::function<g4rt::Status(uint64_t)> checkSize = {};

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
