//===- Label.cpp - What an artifact loses against a reference -------------===//

#include "runtime/artifact/Label.h"

#include "runtime/base/Checksum.h"

namespace g4rt {

// An array of doubles in the file.
static_assert(sizeof(LabelRows) == 3 * 9 * sizeof(double));

/// Reads the segment of a label, which ends with its checksum.
static Status readRows(const OpenFile &file, uint64_t offset, LabelRows &rows) {
  auto bytes = std::as_writable_bytes(std::span(rows));
  uint64_t stored = 0;
  G4RT_TRY(file.readAt(offset, bytes));
  G4RT_TRY(file.readAt(offset + bytes.size(),
                       std::as_writable_bytes(std::span(&stored, 1))));
  if (checksum(bytes) != stored)
    return Status(StatusCode::DataLoss,
                  file.path() + ": damaged: the checksum of the label differs");
  return Status();
}

Result<std::optional<ModelLabel>> readLabel(const ArtifactTables &tables,
                                            const OpenFile &file) {
  const artifact::Label *table = tables.root().label();
  if (!table)
    return std::optional<ModelLabel>();
  ModelLabel label{.reference = table->reference()->str(),
                   .text = table->text()->str(),
                   .textChecksum = table->text_checksum(),
                   .rows = {}};
  G4RT_TRY(readRows(file, table->data()->offset(), label.rows));
  return std::optional(std::move(label));
}

json::object figuresJson(const LabelFigures &figures) {
  return {{"rows", static_cast<int64_t>(figures.rows)},
          {"perplexity", figures.perplexity},
          {"reference_perplexity", figures.referencePerplexity},
          {"top1_agreement", figures.topAgreement},
          {"kl_mean", figures.klMean},
          {"kl_p99", figures.kl99},
          {"kl_p999", figures.kl999},
          {"kl_max", figures.klMax},
          {"experts_changed", figures.expertsChanged < 0
                                  ? json::value()
                                  : json::value(figures.expertsChanged)}};
}

json::object labelJson(const ModelLabel &label) {
  json::object rows;
  for (size_t i = 0; i < label.rows.size(); ++i)
    if (label.rows[i].rows > 0)
      rows[kLabelRowNames[i]] = figuresJson(label.rows[i]);
  return {{"reference", label.reference},
          {"text", label.text},
          {"text_checksum", hexOf(label.textChecksum)},
          {"rows", std::move(rows)}};
}

} // namespace g4rt
