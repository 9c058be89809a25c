//===- EvaluationReport.h - An evaluation for people and programs ---------===//

#ifndef G4_TOOLS_G4C_EVALUATIONREPORT_H
#define G4_TOOLS_G4C_EVALUATIONREPORT_H

#include "runtime/base/Json.h"
#include "runtime/evaluate/Evaluation.h"

namespace g4 {

/// The figures of a group: "perplexity", "kl_mean" and so on. Without experts
/// "experts_changed" is null.
g4rt::json::object figuresJson(const g4rt::AgreementFigures &figures,
                               bool hasExperts);

/// A table on stdout: a line a group, below it one for its floor.
void printEvaluation(const g4rt::Evaluation &evaluation);

/// The same as a JSON object.
g4rt::json::object evaluationJson(const g4rt::Evaluation &evaluation);

} // namespace g4

#endif // G4_TOOLS_G4C_EVALUATIONREPORT_H
