//===- CodeJobs.h - Code of several targets at once -------------*- C++ -*-===//

#ifndef G4_COMPILER_PIPELINE_CODEJOBS_H
#define G4_COMPILER_PIPELINE_CODEJOBS_H

#include "compiler/backend/KernelBackend.h"

#include <vector>

namespace g4 {

/// Runs the jobs on as many threads as the machine has cores, and gives what
/// each gave, in their order; every result must be looked at.
std::vector<llvm::Expected<KernelCode>>
runCodeJobs(const std::vector<CodeJob> &jobs);

} // namespace g4

#endif // G4_COMPILER_PIPELINE_CODEJOBS_H
