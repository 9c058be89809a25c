//===- EvaluationReport.cpp - An evaluation for people and programs -------===//

#include "tools/g4c/EvaluationReport.h"

#include <cstdio>

namespace g4 {

namespace json = g4rt::json;
using g4rt::AgreementFigures;
using g4rt::Evaluation;
using g4rt::EvaluationGroup;
using g4rt::RowKind;

json::object figuresJson(const AgreementFigures &figures, bool hasExperts) {
  return {{"rows", figures.rows},
          {"perplexity", figures.perplexity},
          {"reference_perplexity", figures.referencePerplexity},
          {"top1_agreement", figures.topAgreement},
          {"kl_mean", figures.klMean},
          {"kl_p99", figures.kl99},
          {"kl_p999", figures.kl999},
          {"kl_max", figures.klMax},
          {"experts_changed",
           hasExperts ? json::value(figures.expertsChanged) : json::value()}};
}

json::object evaluationJson(const Evaluation &evaluation) {
  json::array groups;
  for (const EvaluationGroup &group : evaluation.groups) {
    json::object entry{{"category", group.category.empty()
                                        ? json::value()
                                        : json::value(group.category)},
                       {"row_kind", g4rt::toString(group.rows)}};
    for (auto &figure : figuresJson(group.model, evaluation.hasExperts))
      entry.insert(figure);
    entry["floor"] =
        group.floor
            ? json::value(figuresJson(*group.floor, evaluation.hasExperts))
            : json::value();
    groups.push_back(std::move(entry));
  }
  char checksum[17];
  std::snprintf(checksum, sizeof(checksum), "%016llx",
                static_cast<unsigned long long>(evaluation.textChecksum));
  return {{"sequences", evaluation.numSequences},
          {"text_checksum", checksum},
          {"groups", std::move(groups)}};
}

static std::string nameOf(const EvaluationGroup &group) {
  std::string rows = group.rows == RowKind::All      ? "all rows"
                     : group.rows == RowKind::Answer ? "answer rows"
                                                     : "prompt rows";
  return group.category.empty() ? rows : group.category + ": " + rows;
}

static void printFigures(const std::string &name,
                         const AgreementFigures &figures, bool hasExperts) {
  std::printf("%-28s %8lld %12.6g %12.6g %9.3f %10.2e %10.2e %10.2e", //
              name.c_str(), static_cast<long long>(figures.rows),
              figures.perplexity, figures.referencePerplexity,
              100 * figures.topAgreement, figures.klMean, figures.kl99,
              figures.kl999);
  if (hasExperts)
    std::printf(" %9.3f", 100 * figures.expertsChanged);
  std::printf("\n");
}

void printEvaluation(const Evaluation &evaluation) {
  std::printf("%-28s %8s %12s %12s %9s %10s %10s %10s", "", "rows",
              "perplexity", "reference", "top-1 %", "mean KL", "99 % KL",
              "99.9 % KL");
  std::printf("%s\n", evaluation.hasExperts ? " experts %" : "");
  for (const EvaluationGroup &group : evaluation.groups) {
    printFigures(nameOf(group), group.model, evaluation.hasExperts);
    if (group.floor)
      printFigures("  floor", *group.floor, evaluation.hasExperts);
  }
}

} // namespace g4
