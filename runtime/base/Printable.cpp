//===- Printable.cpp - Text from outside, fit to be shown -----------------===//

#include "runtime/base/Printable.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <charconv>

namespace g4rt {

namespace {
struct CodePoints {
  char32_t first, last;
};
} // namespace

/// Characters beyond ASCII that nobody sees or that change how others are seen:
/// Unicode's categories Cc, Cf, Zl and Zp, as far as terminals obey them.
constexpr CodePoints kHidden[] = {
    {0x80, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},   {0x180e, 0x180e},
    {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f}, {0xfeff, 0xfeff},
    {0xfff9, 0xfffb}, {0xe0000, 0xe007f}};

static bool isHidden(char32_t c) {
  return std::any_of(
      std::begin(kHidden), std::end(kHidden),
      [c](CodePoints range) { return range.first <= c && c <= range.last; });
}

static void appendHex(std::string &out, uint32_t number) {
  char digits[8];
  auto [end, error] =
      std::to_chars(digits, digits + sizeof(digits), number, 16);
  out.append(digits, end);
}

static void appendByte(std::string &out, unsigned char byte) {
  if (byte == '\n') {
    out += "\\n";
  } else if (byte == '\t') {
    out += "\\t";
  } else {
    out += byte < 0x10 ? "\\x0" : "\\x";
    appendHex(out, byte);
  }
}

/// Appends the character at the start of `text`; how many bytes it has.
static size_t appendCharacter(std::string &out, std::string_view text) {
  Utf8Step step = decodeUtf8(text);
  if (step.size == 0 || step.codePoint < 0x20 || step.codePoint == 0x7f) {
    appendByte(out, static_cast<unsigned char>(text.front()));
    return 1;
  }
  if (isHidden(step.codePoint)) {
    out += "\\u{";
    appendHex(out, step.codePoint);
    out += '}';
  } else {
    out += text.substr(0, step.size);
  }
  return step.size;
}

std::string printable(std::string_view text, size_t maxBytes) {
  std::string out;
  size_t at = 0;
  while (at < text.size() && out.size() < maxBytes)
    at += appendCharacter(out, text.substr(at));
  if (at < text.size())
    out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

} // namespace g4rt
