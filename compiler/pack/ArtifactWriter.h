//===- ArtifactWriter.h - The .g4 file from the last IR ---------*- C++ -*-===//

#ifndef G4_COMPILER_PACK_ARTIFACTWRITER_H
#define G4_COMPILER_PACK_ARTIFACTWRITER_H

#include "models/checkpoint/CalibrationFile.h"
#include "models/checkpoint/Checkpoint.h"
#include "runtime/artifact/Label.h"

#include "mlir/IR/BuiltinOps.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace g4 {

/// Makes the label of an artifact.
struct LabelMaker {
  /// What the artifact's table says: runtime/artifact/Artifact.fbs.
  std::string reference, text;
  uint64_t textChecksum = 0;
  /// The figures of the artifact at a path, which is whole but for them.
  std::function<g4rt::Result<g4rt::LabelRows>(const std::string &path)> figures;
};

struct PackOptions {
  std::string outputPath;
  /// The numbers of synthetic weights as well, not only how they are made.
  bool writeSynthetic = false;
  /// Called as bytes are written: done, total.
  std::function<void(uint64_t, uint64_t)> progress;
  /// Gives the values of the canary of the artifact at a path, which is whole
  /// but for them; null: the artifact has no canary.
  std::function<g4rt::Result<std::vector<float>>(const std::string &path)>
      makeCanary = {};
  /// Its expert counts go into the artifact; null: there are none. It outlives
  /// the call.
  const CalibrationFile *calibration = nullptr;
  std::optional<LabelMaker> label = {};
  /// Called with the bytes that the file will have before any weight is packed;
  /// an error is that of writeArtifact(). May be null.
  std::function<g4rt::Status(uint64_t bytes)> checkSize = {};
};

/// Reads what writeArtifact() takes from the checkpoint beside the weights and
/// forgets it: a defect shows before the phases that take long. With synthetic
/// weights a checkpoint without tokenizer.json gets one of bytes. Warns of a
/// trained model whose answers nothing can end.
///
/// Errors: those of importTokenizer and readGenerationDefaults, with the path
/// in front; InvalidArgument for more tokens than the model has rows for.
g4rt::Status checkTexts(mlir::ModuleOp module, const Checkpoint &checkpoint,
                        bool isSynthetic);

/// Writes the artifact of `module`, whose nested modules hold a g4x.program and
/// its g4x.code each, with the weights of `checkpoint`. The file appears whole
/// or not at all. Same inputs, same bytes.
///
/// Errors: those of packWeight, importTokenizer and AtomicFile, with the path
/// in front.
g4rt::Status writeArtifact(mlir::ModuleOp module, const Checkpoint &checkpoint,
                           const PackOptions &options);

} // namespace g4

#endif // G4_COMPILER_PACK_ARTIFACTWRITER_H
