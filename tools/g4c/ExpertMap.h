//===- ExpertMap.h - Which experts a text went to ---------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_EXPERTMAP_H
#define G4_TOOLS_G4C_EXPERTMAP_H

#include "runtime/artifact/ArtifactFile.h"
#include "runtime/base/Json.h"

namespace g4 {

/// A heat map on stdout, a line a layer and a character an expert, of the
/// counts that `g4c compile --calibration` put into the artifact.
void printExperts(const g4rt::ArtifactFile &file);

/// {"text", "rows", "layers": [{"name", "rows": [E], "pairs": [E][E]}]}; null
/// without counts.
g4rt::json::value expertsJson(const g4rt::ArtifactFile &file);

} // namespace g4

#endif // G4_TOOLS_G4C_EXPERTMAP_H
