//===- UsageMessage.h - What a program says to wrong usage ------*- C++ -*-===//

#ifndef G4_TOOLS_CLI_USAGEMESSAGE_H
#define G4_TOOLS_CLI_USAGEMESSAGE_H

#include <CLI/CLI.hpp>
#include <string>

namespace g4 {

/// One line that says what is wrong and where help is; for
/// CLI::App::failure_message.
inline std::string usageMessage(const CLI::App *app, const CLI::Error &error) {
  std::string name = app->get_name();
  for (const CLI::App *sub : app->get_subcommands())
    name += " " + sub->get_name();
  return name + ": " + error.what() + "; see " + name + " --help\n";
}

} // namespace g4

#endif // G4_TOOLS_CLI_USAGEMESSAGE_H
