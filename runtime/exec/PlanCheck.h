//===- PlanCheck.h - Which steps an executor takes --------------*- C++ -*-===//

#ifndef G4_RUNTIME_EXEC_PLANCHECK_H
#define G4_RUNTIME_EXEC_PLANCHECK_H

#include "runtime/base/Status.h"
#include "runtime/exec/Executor.h"
#include "runtime/scheduler/StepPlan.h"

namespace g4rt {

/// Success if `plan` is within `limits`: kernels index memory with its numbers,
/// so nothing wrong may pass.
///
/// Errors: InvalidArgument, `step plan: row 3: slot 16, needs 0 to 15`.
Status checkPlan(const StepPlan &plan, const ExecutorLimits &limits);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_PLANCHECK_H
