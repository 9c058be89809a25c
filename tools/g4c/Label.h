//===- Label.h - What an artifact's label says ------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_LABEL_H
#define G4_TOOLS_G4C_LABEL_H

#include "compiler/pipeline/Pipeline.h"

#include <string>

namespace g4 {

/// What an artifact with these `--weights` is compared with, something finer:
/// bf16, or f32 for weights that are bf16 or more.
std::string referenceWeights(const std::string &weights);

/// Compiles the checkpoint of `options` for this machine with `weights` as the
/// reference (ReferenceFile). It is gone when the last copy of the result is.
/// The label compares the artifact with it on the text at `text`.
///
/// Errors: those of compile() and of readEvaluationText().
g4rt::Result<LabelMaker> prepareLabel(const std::string &text,
                                      const std::string &weights,
                                      const CompileOptions &options,
                                      mlir::MLIRContext &context);

} // namespace g4

#endif // G4_TOOLS_G4C_LABEL_H
