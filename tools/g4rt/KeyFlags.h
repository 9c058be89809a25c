//===- KeyFlags.h - The flags of g4rt serve about keys ----------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_KEYFLAGS_H
#define G4_TOOLS_G4RT_KEYFLAGS_H

#include "runtime/base/Status.h"
#include "runtime/http/KeyCheck.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace g4rt {

struct KeyFlags {
  Keys keys = {};
  std::string file = {}; // with more keys of users

  /// Whether a user needs a key.
  bool guardUsers() const { return !keys.users.empty() || !file.empty(); }
};

/// --api-key, --api-key-file and --admin-key.
void addKeyFlags(CLI::App &app, KeyFlags &flags);

/// All keys, those of the file as they are there now. Errors: those of checkKey
/// and readKeyFile, with the flag.
Result<Keys> readKeys(const KeyFlags &flags);

/// `arguments` without keys: the engine's process has no use for them, and its
/// command line is another place where they could be seen.
std::vector<std::string> withoutKeys(const std::vector<std::string> &arguments);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_KEYFLAGS_H
