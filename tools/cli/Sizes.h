//===- Sizes.h - Numbers with units on a command line -----------*- C++ -*-===//
//
// CLI11 transformations: they put a plain number in place of the text, or give
// what is wrong with it.
//
//===----------------------------------------------------------------------===//

#ifndef G4_TOOLS_CLI_SIZES_H
#define G4_TOOLS_CLI_SIZES_H

#include "runtime/base/SystemMemory.h"

#include <charconv>
#include <cstdint>
#include <string>

namespace g4 {

inline constexpr int64_t kMaxTokenCount = 1 << 28;

/// "32k" to "32768" (K, k: 1024), "auto" to "0".
inline std::string readTokenCount(std::string &text) {
  if (text == "auto") {
    text = "0";
    return "";
  }
  int64_t count = 0;
  const char *end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, count);
  bool isKilo = rest + 1 == end && (*rest == 'k' || *rest == 'K');
  if (error != std::errc() || (rest != end && !isKilo) || count < 1 ||
      count > kMaxTokenCount / (isKilo ? 1024 : 1))
    return text + ": needs a number of tokens such as 4096 or 32k, or auto";
  text = std::to_string(isKilo ? count * 1024 : count);
  return "";
}

/// "20GiB" to "21474836480".
inline std::string readByteCount(std::string &text) {
  auto bytes = g4rt::parseBytes(text);
  if (!bytes)
    return bytes.error().message();
  text = std::to_string(*bytes);
  return "";
}

} // namespace g4

#endif // G4_TOOLS_CLI_SIZES_H
