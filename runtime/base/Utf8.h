//===- Utf8.h - Steps through UTF-8 -----------------------------*- C++ -*-===//
//
// Well-formed means what the Unicode standard's table 3-7 means: no overlong
// form, no surrogate, nothing above U+10FFFF.
//
//===----------------------------------------------------------------------===//

#ifndef G4_RUNTIME_BASE_UTF8_H
#define G4_RUNTIME_BASE_UTF8_H

#include <cstddef>
#include <string>
#include <string_view>

namespace g4rt {

/// U+FFFD, what a byte becomes that belongs to no well-formed sequence.
inline constexpr std::string_view kReplacementCharacter = "\xef\xbf\xbd";

/// A sequence at the start of a text. `size` 0: the first byte starts none.
struct Utf8Step {
  char32_t codePoint = 0;
  size_t size = 0;
};

namespace detail {
Utf8Step decodeMultibyte(std::string_view text);
} // namespace detail

/// The well-formed sequence that `text`, not empty, starts with.
inline Utf8Step decodeUtf8(std::string_view text) {
  unsigned char first = static_cast<unsigned char>(text.front());
  if (first < 0x80)
    return {first, 1};
  return detail::decodeMultibyte(text);
}

/// Whether `text` is the start of a well-formed sequence, but not a whole one.
bool isUtf8Prefix(std::string_view text);

/// Whether `text` consists of well-formed sequences.
bool isUtf8(std::string_view text);

/// The longest start of `text` of at most `maxBytes` bytes that ends between
/// two characters: for messages.
std::string_view clipUtf8(std::string_view text, size_t maxBytes);

/// Appends the sequence of `codePoint`, which is at most U+10FFFF and no
/// surrogate.
void appendUtf8(std::string &text, char32_t codePoint);

} // namespace g4rt

#endif // G4_RUNTIME_BASE_UTF8_H
