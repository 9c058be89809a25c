//===- Canary.h - The answers that an artifact's canary holds ---*- C++ -*-===//

#ifndef G4_TOOLS_G4C_CANARY_H
#define G4_TOOLS_G4C_CANARY_H

#include "runtime/base/Status.h"

#include <string>
#include <vector>

namespace g4 {

/// Runs the canary of the artifact at `path`, whose own values are not there
/// yet, on this machine's CPU.
///
/// Errors: NotFound if none of the variants runs here; those of ArtifactFile
/// and of runCanary().
g4rt::Result<std::vector<float>> makeCanary(const std::string &path);

} // namespace g4

#endif // G4_TOOLS_G4C_CANARY_H
