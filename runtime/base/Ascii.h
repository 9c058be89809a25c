//===- Ascii.h - Case and blanks of protocol text ---------------*- C++ -*-===//
//
// For texts whose rules are ASCII's, such as HTTP's fields and the model's tool
// calls. What people wrote is for runtime/text.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_ASCII_H
#define G4_RUNTIME_BASE_ASCII_H

#include <algorithm>
#include <string>
#include <string_view>

namespace g4rt {

/// `c` with A to Z in lower case.
inline char asciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `text` with A to Z in lower case.
inline std::string asciiLower(std::string_view text) {
  std::string lower(text);
  for (char &c : lower)
    c = asciiLower(c);
  return lower;
}

/// Whether two texts differ at most in the case of A to Z.
inline bool asciiEqualsNoCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return asciiLower(x) == asciiLower(y);
  });
}

/// `text` without the characters of `blanks` at both ends.
inline std::string_view asciiTrimmed(std::string_view text,
                                     std::string_view blanks) {
  size_t first = text.find_first_not_of(blanks);
  if (first == text.npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) + 1 - first);
}

} // namespace g4rt

#endif // G4_RUNTIME_BASE_ASCII_H
