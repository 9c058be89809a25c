//===- Console.h - How both programs talk -----------------------*- C++ -*-===//

#ifndef G4_TOOLS_CLI_CONSOLE_H
#define G4_TOOLS_CLI_CONSOLE_H

#include "runtime/base/Printable.h"
#include "tools/cli/NearestName.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace g4 {

/// The names of an app's options, "--port".
inline std::vector<std::string> optionNames(const CLI::App &app) {
  std::vector<std::string> names;
  for (const CLI::Option *option : app.get_options())
    for (const std::string &name : option->get_lnames())
      if (!option->get_group().empty())
        names.push_back("--" + name);
  return names;
}

/// `, is it --port?` for the first word of a message that begins with dashes
/// and is near to an option; else nothing.
inline std::string suggestion(const CLI::App &app, std::string_view message) {
  size_t begin = message.find("--");
  if (begin == message.npos)
    return "";
  size_t end = message.find_first_of(" =,", begin);
  std::string name =
      nearestName(message.substr(begin, end - begin), optionNames(app));
  return name.empty() ? "" : ", is it " + name + "?";
}

/// One line that says what is wrong and where help is; for
/// CLI::App::failure_message.
inline std::string usageMessage(const CLI::App *app, const CLI::Error &error) {
  std::string name = app->get_name();
  const CLI::App *last = app;
  for (const CLI::App *sub : app->get_subcommands()) {
    name += " " + sub->get_name();
    last = sub;
  }
  bool isUnknown = dynamic_cast<const CLI::ExtrasError *>(&error) != nullptr;
  return name + ": " + g4rt::printable(error.what(), g4rt::kMaxShownMessage) +
         (isUnknown ? suggestion(*last, error.what()) : "") + "; see " + name +
         " --help\n";
}

/// One message on stderr: `program: message`. What comes from outside may be in
/// it.
inline void printMessage(std::string_view program, std::string_view message) {
  std::string line(program);
  ((line += ": ") += g4rt::printable(message, g4rt::kMaxShownMessage)) += "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

/// Whether all that was printed is where stdout goes: a full disk, or a reader
/// that has gone away, is seen only now.
inline bool isOutputWritten() {
  return std::fflush(stdout) == 0 && !std::ferror(stdout);
}

/// For CLI::Validator of a seed. CLI11 alone takes -1, 2^64, octal numbers and
/// nothing at all for a number.
inline std::string readSeed(std::string &text) {
  uint64_t seed = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, seed);
  if (error != std::errc() || rest != end)
    return "\"" + text + "\": needs a whole number from 0 to " +
           std::to_string(std::numeric_limits<uint64_t>::max());
  text = std::to_string(seed);
  return "";
}

} // namespace g4

#endif // G4_TOOLS_CLI_CONSOLE_H
