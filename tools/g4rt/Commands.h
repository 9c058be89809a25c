//===- Commands.h - The subcommands of g4rt ---------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_COMMANDS_H
#define G4_TOOLS_G4RT_COMMANDS_H

#include "runtime/base/Status.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace g4rt {

/// What the process exits with.
enum ExitCode {
  kExitOk = 0,
  kExitFailure = 1, // a bug of ours
  kExitUsage = 2,   // the command line, or a file it names other than the model
  kExitBadModel = 3, // the artifact
  kExitNoSpace = 4,  // memory or disk
  kExitDevice = 5,   // the device was lost or is busy
};

/// The exit code for a status.
int exitCodeOf(const Status &status);

/// The exit code for a failure; prints it as one line.
int report(const Status &status);

/// `g4rt: message` on stderr, and kExitUsage.
int reportUsage(const std::string &message);

/// A subcommand: adds its options, returns what runs it. The returned function
/// lives as long as `app`.
using Command = std::function<int()>;
/// `arguments` will be those of the process, in our own words, when the command
/// runs: serve starts it once more.
Command addServe(CLI::App &app,
                 std::shared_ptr<const std::vector<std::string>> arguments);
Command addRun(CLI::App &app);
Command addChat(CLI::App &app);
Command addEval(CLI::App &app);
Command addBench(CLI::App &app);
Command addPicture(CLI::App &app);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_COMMANDS_H
