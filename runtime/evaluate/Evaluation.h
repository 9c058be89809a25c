//===- Evaluation.h - What a model loses against another --------*- C++ -*-===//
//
// Runs a text through a model and a reference, step by step, and compares what
// they say at each position: what a weight format costs. A third file, the
// reference in another float type, gives the floor: differences of that size
// are rounding.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EVALUATE_EVALUATION_H
#define G4_RUNTIME_EVALUATE_EVALUATION_H

#include "runtime/evaluate/Agreement.h"
#include "runtime/evaluate/EvaluationText.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

struct EvaluationOptions {
  std::string model, reference, text;
  /// Another file like the reference; empty: no floor.
  std::string floor;
  int64_t window = EvaluationTextOptions().window;
  std::string categoryKey = EvaluationTextOptions().categoryKey;
  /// 0: one for each core of the process.
  int numThreads = 0;
  /// Told how many of all tokens are done; may be null.
  std::function<void(int64_t done, int64_t total)> progress = {};
};

/// Which rows: those whose next token is part of an answer, those whose next
/// token is part of a prompt, or both.
enum class RowKind : uint8_t { All, Answer, Prompt };

/// "all", "answer", "prompt".
const char *toString(RowKind kind);

struct EvaluationGroup {
  /// Empty: all of them.
  std::string category;
  RowKind rows = RowKind::All;
  /// The model, and the floor, against the reference.
  AgreementFigures model;
  std::optional<AgreementFigures> floor;
};

struct Evaluation {
  /// All rows first. Without answers, and without categories, just these; no
  /// group is empty.
  std::vector<EvaluationGroup> groups;
  /// Both models send rows to experts.
  bool hasExperts = false;
  int64_t numSequences = 0;
  uint64_t textChecksum = 0;

  /// Null if there is none.
  const EvaluationGroup *find(RowKind rows, std::string_view category) const;
};

/// The figures do not depend on the number of threads.
///
/// Errors: InvalidArgument if the files have not the same vocabulary, or a
/// sequence is longer than a model was made for; those of readEvaluationText,
/// ArtifactFile::open, LoadedModel::load and Executor::run.
Result<Evaluation> evaluate(const EvaluationOptions &options);

/// Success if both give each text the same ids.
/// Errors: InvalidArgument with the first difference.
Status checkSameVocabulary(const artifact::Artifact &a,
                           const artifact::Artifact &b);

} // namespace g4rt

#endif // G4_RUNTIME_EVALUATE_EVALUATION_H
