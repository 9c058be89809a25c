//===- EvaluationReport.cpp - An evaluation for people and programs -------===//

#include "tools/g4c/EvaluationReport.h"

#include "runtime/base/Checksum.h"

#include <cstdio>

namespace g4 {

namespace json = g4rt::json;
using g4rt::AgreementFigures;
using g4rt::Evaluation;
using g4rt::EvaluationGroup;
using g4rt::LabelFigures;
using g4rt::RowKind;

LabelFigures labelFigures(const AgreementFigures &figures, bool hasExperts) {
  return {.rows = static_cast<double>(figures.rows),
          .perplexity = figures.perplexity,
          .referencePerplexity = figures.referencePerplexity,
          .topAgreement = figures.topAgreement,
          .klMean = figures.klMean,
          .kl99 = figures.kl99,
          .kl999 = figures.kl999,
          .klMax = figures.klMax,
          .expertsChanged = hasExperts ? figures.expertsChanged : -1};
}

json::object evaluationJson(const Evaluation &evaluation) {
  json::array groups;
  for (const EvaluationGroup &group : evaluation.groups) {
    json::object entry{{"category", group.category.empty()
                                        ? json::value()
                                        : json::value(group.category)},
                       {"row_kind", g4rt::toString(group.rows)}};
    for (auto &figure :
         figuresJson(labelFigures(group.model, evaluation.hasExperts)))
      entry.insert(figure);
    entry["floor"] = group.floor ? json::value(figuresJson(labelFigures(
                                       *group.floor, evaluation.hasExperts)))
                                 : json::value();
    groups.push_back(std::move(entry));
  }
  return {{"sequences", evaluation.numSequences},
          {"text_checksum", g4rt::hexOf(evaluation.textChecksum)},
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
