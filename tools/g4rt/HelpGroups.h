//===- HelpGroups.h - What --help shows -------------------------*- C++ -*-===//

#ifndef G4_TOOLS_G4RT_HELPGROUPS_H
#define G4_TOOLS_G4RT_HELPGROUPS_H

#include <CLI/CLI.hpp>

namespace g4rt {

enum class HelpSize { Screen, All };

/// Sorts the flags of `g4rt serve` by what they are about. A help of one screen
/// leaves out what few people need.
void groupHelp(CLI::App &serve, HelpSize size);

} // namespace g4rt

#endif // G4_TOOLS_G4RT_HELPGROUPS_H
