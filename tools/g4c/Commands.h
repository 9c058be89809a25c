//===- Commands.h - The subcommands of g4c ----------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4C_COMMANDS_H
#define G4_TOOLS_G4C_COMMANDS_H

#include "runtime/artifact/Label.h"
#include "runtime/base/Status.h"
#include "runtime/device/Cards.h"

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

/// Overwrites one line of a terminal on stderr: how much of a text is done.
void showTokens(int64_t done, int64_t total);

/// The lines of an artifact's label on stdout; nothing without one.
void printLabel(const std::optional<g4rt::ModelLabel> &label);

/// The variant of the file that this card would run.
/// Errors: NotFound, with the targets that the file has.
g4rt::Result<const artifact::Variant *>
variantFor(const artifact::Artifact &root, const g4rt::Card &card);

/// A subcommand: adds its options, returns what runs it. The returned function
/// lives as long as `app`.
using Command = std::function<int()>;
Command addCompile(CLI::App &app);
Command addCalibrate(CLI::App &app);
Command addDiff(CLI::App &app);
Command addEvaluate(CLI::App &app);
Command addInspect(CLI::App &app);
Command addPlan(CLI::App &app);
Command addPredict(CLI::App &app);
Command addVerify(CLI::App &app);
Command addTargets(CLI::App &app);

/// Why --weights cannot be this; empty if it can: auto, a preset, a format or a
/// file. What a file holds is another matter: that is no mistake in the command
/// line.
std::string checkWeights(const std::string &weights);

} // namespace g4

#endif // G4_TOOLS_G4C_COMMANDS_H
