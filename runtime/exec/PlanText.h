//===- PlanText.h - A plan report as text and as JSON -----------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_PLANTEXT_H
#define G4_RUNTIME_EXEC_PLANTEXT_H

#include "runtime/base/Json.h"
#include "runtime/exec/PlanReport.h"

#include <string>

namespace g4rt {

/// For people: some tables of lines that end in '\n'.
std::string planText(const PlanReport &report);

/// For programs: the same numbers, bytes as whole numbers.
json::object planJson(const PlanReport &report);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_PLANTEXT_H
