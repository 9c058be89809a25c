//===- EvaluationReport.h - An evaluation for people and programs ---------===//

#ifndef G4_TOOLS_G4C_EVALUATIONREPORT_H
#define G4_TOOLS_G4C_EVALUATIONREPORT_H

#include "runtime/artifact/Label.h"
#include "runtime/base/Json.h"
#include "runtime/evaluate/Evaluation.h"

namespace g4 {

/// The figures of a group as a label keeps them.
g4rt::LabelFigures labelFigures(const g4rt::AgreementFigures &figures,
                                bool hasExperts);

/// A table on stdout: a line a group, below it one for its floor.
void printEvaluation(const g4rt::Evaluation &evaluation);

/// The same as a JSON object.
g4rt::json::object evaluationJson(const g4rt::Evaluation &evaluation);

} // namespace g4

#endif // G4_TOOLS_G4C_EVALUATIONREPORT_H
