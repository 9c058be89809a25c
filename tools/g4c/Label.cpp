//===- Label.cpp - What an artifact's label says --------------------------===//

#include "tools/g4c/Label.h"

#include "runtime/base/Checksum.h"
#include "runtime/base/MappedFile.h"
#include "runtime/evaluate/Evaluation.h"
#include "tools/g4c/EvaluationReport.h"
#include "tools/g4c/ReferenceFile.h"

#include <filesystem>

namespace g4 {

using namespace g4rt;

std::string referenceWeights(const std::string &weights) {
  bool isFloat = weights == "auto" || weights == "bf16" || weights == "f16" ||
                 weights == "f32";
  return isFloat ? "f32" : "bf16";
}

/// What is wrong with a text must show before the artifact is made.
static Status checkText(const std::string &text, const std::string &artifact) {
  G4RT_ASSIGN(ArtifactFile file, ArtifactFile::open(artifact));
  G4RT_ASSIGN(ModelText tables, ModelText::create(file.root()));
  auto read = readEvaluationText(text, tables,
                                 {.bosId = file.root().generation()->bos_id()});
  return read ? Status() : std::move(read).error();
}

static LabelFigures figuresOf(const Evaluation &evaluation, RowKind kind) {
  const EvaluationGroup *group = evaluation.find(kind, /*category=*/"");
  return group ? labelFigures(group->model, evaluation.hasExperts)
               : LabelFigures();
}

static Result<LabelRows> makeFigures(const std::string &artifact,
                                     const std::string &reference,
                                     const std::string &text) {
  EvaluationOptions options;
  options.model = artifact;
  options.reference = reference;
  options.text = text;
  G4RT_ASSIGN(Evaluation evaluation, evaluate(options));
  return LabelRows{figuresOf(evaluation, RowKind::All),
                   figuresOf(evaluation, RowKind::Answer),
                   figuresOf(evaluation, RowKind::Prompt)};
}

Result<LabelMaker> prepareLabel(const std::string &text,
                                const std::string &weights,
                                const CompileOptions &options,
                                mlir::MLIRContext &context) {
  G4RT_ASSIGN(MappedFile file, MappedFile::open(text));
  CompileOptions reference;
  reference.model = options.model;
  reference.weights = weights;
  reference.chatTemplate = options.chatTemplate;
  reference.name = options.name;
  G4RT_ASSIGN(auto compiled, ReferenceFile::compile(std::move(reference),
                                                    options.output, context));
  G4RT_TRY(checkText(text, compiled->path()));
  return LabelMaker{.reference = weights,
                    .text = std::filesystem::path(text).filename().string(),
                    .textChecksum = checksum(file.bytes()),
                    .figures = [compiled, text](const std::string &artifact) {
                      return makeFigures(artifact, compiled->path(), text);
                    }};
}

} // namespace g4
