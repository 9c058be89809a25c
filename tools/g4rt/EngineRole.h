//===- EngineRole.h - g4rt as the engine of a server ------------*- C++ -*-===//
//
// `g4rt serve` starts itself once more, with the same flags and --engine-of,
// and this is what runs there: the model, the device, the steps.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_ENGINEROLE_H
#define G4_TOOLS_G4RT_ENGINEROLE_H

#include "runtime/engine/process/EngineChild.h"
#include "tools/g4rt/ModelFlags.h"

#include <string>
#include <vector>

namespace g4rt {

/// Starts this program again as the engine of the artifact with this digest.
/// `arguments` are those of this process.
EngineLauncher engineLauncher(std::vector<std::string> arguments,
                              const std::string &digest);

/// What runs there, to its exit code: loads the model, if it is still the one
/// with this digest, and serves the socket at kChildSocket. Tells the server,
/// and nobody else, what goes wrong.
int runEngineRole(const ModelFlags &flags, const std::string &digest);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_ENGINEROLE_H
