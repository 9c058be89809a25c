//===- Targets.h - What g4c can compile for ---------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_TARGETS_H
#define G4_TOOLS_G4C_TARGETS_H

#include "compiler/backend/KernelBackend.h"
#include "runtime/base/Status.h"

#include <memory>
#include <string>
#include <vector>

namespace g4 {

/// Back ends for the names given, "native" among them, each once: GPUs first,
/// of a kind the most demanding first.
///
/// Errors: InvalidArgument, naming the target that there is not.
g4rt::Result<std::vector<std::unique_ptr<KernelBackend>>>
makeBackends(const std::vector<std::string> &names);

} // namespace g4

#endif // G4_TOOLS_G4C_TARGETS_H
