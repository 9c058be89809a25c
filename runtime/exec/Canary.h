//===- Canary.h - A known answer, compared before serving -------*- C++ -*-===//
//
// The compiler runs a short prompt through the artifact's CPU variant and
// stores a few numbers of every layer (Artifact.fbs, Canary). A loader runs the
// same prompt on its device and compares: a driver, a card or code that
// computes wrongly is found before it answers anybody.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_EXEC_CANARY_H
#define G4_RUNTIME_EXEC_CANARY_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/artifact/CanaryLayout.h"
#include "runtime/exec/ProgramExecutor.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace g4rt {

/// Runs the prompt in slot 0, whose caches are overwritten: for each name
/// kCanaryElements numbers, zeros after the last column of a narrow value.
///
/// Errors: those of ProgramExecutor::run; Internal if the program lacks a value
/// or if launches one by one and as a graph give different logits.
Result<std::vector<float>> runCanary(ProgramExecutor &executor,
                                     std::span<const int32_t> tokens,
                                     std::span<const std::string> names);

/// Runs the artifact's canary on `executor`, which runs `program`. Success
/// without one.
///
/// Errors: Internal, naming the first value that is off and the kind of layer
/// that makes it; those of runCanary().
Status checkCanary(const ArtifactFile &file, const artifact::Program &program,
                   ProgramExecutor &executor);

} // namespace g4rt

#endif // G4_RUNTIME_EXEC_CANARY_H
