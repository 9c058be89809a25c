//===- Label.h - What an artifact loses against a reference -----*- C++ -*-===//

#ifndef G4_RUNTIME_ARTIFACT_LABEL_H
#define G4_RUNTIME_ARTIFACT_LABEL_H

#include "runtime/artifact/ArtifactTables.h"
#include "runtime/base/Json.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace g4rt {

/// The figures of some rows of a text, as they lie in a label's segment: f64
/// each, shares from 0 to 1. A label whose text has no such rows has zeros.
struct LabelFigures {
  double rows = 0;
  double perplexity = 0, referencePerplexity = 0;
  double topAgreement = 0;
  double klMean = 0, kl99 = 0, kl999 = 0, klMax = 0;
  /// -1: the model has no experts.
  double expertsChanged = -1;
};

/// Of all rows, of those whose next token is part of an answer, and of the
/// others.
using LabelRows = std::array<LabelFigures, 3>;
inline constexpr std::array<const char *, 3> kLabelRowNames = {"all", "answer",
                                                               "prompt"};

/// The figures and their checksum.
inline constexpr uint64_t kLabelBytes = sizeof(LabelRows) + sizeof(uint64_t);

struct ModelLabel {
  std::string reference, text;
  uint64_t textChecksum = 0;
  LabelRows rows;
};

/// The label of an artifact, if it has one; `file` is where the tables were
/// read from. Errors: DataLoss if the figures cannot be read or their checksum
/// differs.
Result<std::optional<ModelLabel>> readLabel(const ArtifactTables &tables,
                                            const OpenFile &file);

/// {"rows", "perplexity", ..}; without experts "experts_changed" is null.
json::object figuresJson(const LabelFigures &figures);

/// As `g4c inspect --json` and /v1/models show it: {"reference", "text",
/// "text_checksum", "rows": {"all": {"rows", "perplexity", ..}, ..}}. Kinds of
/// rows that the text does not have are left out.
json::object labelJson(const ModelLabel &label);

} // namespace g4rt

#endif // G4_RUNTIME_ARTIFACT_LABEL_H
