//===- Label.cpp - What an artifact loses against a reference -------------===//

#include "runtime/artifact/Label.h"

#include <cstdio>
#include <cstring>

namespace g4rt {

// An array of doubles in the file.
static_assert(sizeof(LabelRows) == 3 * 9 * sizeof(double));

std::optional<ModelLabel> readLabel(const ArtifactFile &file) {
  const artifact::Label *table = file.root().label();
  if (!table)
    return std::nullopt;
  ModelLabel label{.reference = table->reference()->str(),
                   .text = table->text()->str(),
                   .textChecksum = table->text_checksum(),
                   .rows = {}};
  std::memcpy(label.rows.data(), file.bytesOf(*table->data()).data(),
              sizeof(LabelRows));
  return label;
}

static json::object figuresJson(const LabelFigures &figures) {
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
  char checksum[17];
  std::snprintf(checksum, sizeof(checksum), "%016llx",
                static_cast<unsigned long long>(label.textChecksum));
  json::object rows;
  for (size_t i = 0; i < label.rows.size(); ++i)
    if (label.rows[i].rows > 0)
      rows[kLabelRowNames[i]] = figuresJson(label.rows[i]);
  return {{"reference", label.reference},
          {"text", label.text},
          {"text_checksum", checksum},
          {"rows", std::move(rows)}};
}

} // namespace g4rt
