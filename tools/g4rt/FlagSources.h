//===- FlagSources.h - Flags from a file and the environment ----*- C++ -*-===//
//
// A flag that is not on the command line may come from the environment, as
// G4_MAX_NUM_SEQS for --max-num-seqs, or else from the file of --config:
//
//   model: gemma.g4
//   max-num-seqs: 32
//   api-key: [one, two]
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_G4RT_FLAGSOURCES_H
#define G4_TOOLS_G4RT_FLAGSOURCES_H

#include "runtime/base/Status.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace g4rt {

/// A variable of the environment; none if it is not set.
using Environment =
    std::function<std::optional<std::string>(const std::string &name)>;

/// `words`, the command line of the subcommand `app` without its name, and
/// after it the flags that only `environment` or the file of --config have;
/// without --config. Errors: InvalidArgument if the file cannot be read, is no
/// map of YAML, or names no flag of `app`.
Result<std::vector<std::string>>
withOtherSources(const std::vector<std::string> &words, const CLI::App &app,
                 const Environment &environment);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_FLAGSOURCES_H
