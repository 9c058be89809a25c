//===- Commands.h - The subcommands of g4c ----------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_COMMANDS_H
#define G4_TOOLS_G4C_COMMANDS_H

#include "runtime/base/Status.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace g4 {

/// What the process exits with.
enum ExitCode {
  kExitOk = 0,
  kExitFailure = 1,  // a bug of ours
  kExitUsage = 2,    // the command line
  kExitBadModel = 3, // the model, checkpoint or artifact
  kExitNoSpace = 4,  // memory or disk
};

/// The exit code for a failure; prints it as one line.
int report(const g4rt::Status &status);

/// A subcommand: adds its options, returns what runs it. The returned function
/// lives as long as `app`.
using Command = std::function<int()>;
Command addCompile(CLI::App &app);
Command addInspect(CLI::App &app);
Command addPlan(CLI::App &app);
Command addVerify(CLI::App &app);
Command addTargets(CLI::App &app);

/// What --weights takes: auto, presets and formats.
std::vector<std::string> weightsNames();

} // namespace g4

#endif // G4_TOOLS_G4C_COMMANDS_H
