//===- EngineRole.h - g4rt as the engine of a server ------------*- C++ -*-===//
//
// `g4rt serve` starts itself once more, with the same flags and --engine-of,
// by way of a small process that it forks first (LauncherProcess.h), and this
// is what runs there: the model, the device, the steps.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_ENGINEROLE_H
#define G4_TOOLS_G4RT_ENGINEROLE_H

#include "runtime/engine/process/LauncherProcess.h"
#include "tools/g4rt/ModelFlags.h"
#include "tools/g4rt/ModelSource.h"

#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// The process that will start this program again, as engines and nothing else.
/// `arguments` are those of this process. Errors: those of
/// LauncherProcess::create, which says when to call this.
Result<std::unique_ptr<LauncherProcess>>
startLauncher(const std::vector<std::string> &arguments);

/// Starts engines of the model in `source`. Both outlive the result.
EngineLauncher engineLauncher(LauncherProcess &launcher, ModelSource &source);

/// The flags that only a server gives, to its engine.
struct EngineFlags {
  std::string digest; // of the model; empty in every other process
  bool verifyAll = false;
};
void addEngineFlags(CLI::App &app, EngineFlags &flags);

/// What runs there, to its exit code: loads the model that the server has
/// passed, if it is the one with this digest, and serves the socket at
/// kChildSocket. Tells the server, and nobody else, what goes wrong. `logFile`
/// is where its log lines go, opened again after SIGHUP; empty: stderr.
int runEngineRole(const ModelFlags &flags, const EngineFlags &engine,
                  const std::string &logFile);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_ENGINEROLE_H
