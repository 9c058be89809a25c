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
#include "tools/g4rt/ModelSource.h"

#include <string>
#include <vector>

namespace g4rt {

/// Starts this program again as the engine of the model in `source`, which
/// outlives the launcher. `arguments` are those of this process.
EngineLauncher engineLauncher(std::vector<std::string> arguments,
                              ModelSource &source);

/// The flags that only a server gives, to its engine.
struct EngineFlags {
  std::string digest; // of the model; empty in every other process
  bool verifyAll = false;
};
void addEngineFlags(CLI::App &app, EngineFlags &flags);

/// What runs there, to its exit code: loads the model that the server has
/// passed, if it is the one with this digest, and serves the socket at
/// kChildSocket. Tells the server, and nobody else, what goes wrong.
int runEngineRole(const ModelFlags &flags, const EngineFlags &engine);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_ENGINEROLE_H
