//===- TestInputs.h - Files of test/inputs for tests ------------*- C++ -*-===//

#ifndef G4_TEST_SUPPORT_TESTINPUTS_H
#define G4_TEST_SUPPORT_TESTINPUTS_H

#include "runtime/base/Json.h"

#include <cstdio>
#include <sstream>
#include <string>
#include <vector>

namespace g4rt {

/// What `xz -dc` makes of test/inputs/`name`; empty if that does not work.
inline std::string readXzInput(const std::string &name) {
  std::string command = "xz -dc '" G4_TEST_INPUTS "/" + name + "'";
  std::string text;
  FILE *pipe = ::popen(command.c_str(), "r");
  if (!pipe)
    return text;
  char block[1 << 16];
  for (size_t n; (n = std::fread(block, 1, sizeof(block), pipe)) > 0;)
    text.append(block, n);
  return ::pclose(pipe) == 0 ? text : std::string();
}

/// One JSON value a line.
inline std::vector<json::value> parseLines(const std::string &text) {
  std::vector<json::value> values;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    values.push_back(json::parse(line));
  return values;
}

} // namespace g4rt

#endif // G4_TEST_SUPPORT_TESTINPUTS_H
