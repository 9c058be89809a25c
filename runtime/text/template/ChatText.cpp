//===- ChatText.cpp - What a template does to texts -----------------------===//

#include "runtime/text/template/ChatText.h"

#include "runtime/base/Utf8.h"

namespace g4rt {

static bool isSpace(char32_t c) {
  return (c >= 0x9 && c <= 0xd) || (c >= 0x1c && c <= 0x20) || c == 0x85 ||
         c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

static size_t lastStart(std::string_view text) {
  size_t at = text.size() - 1;
  while (at > 0 && (text[at] & 0xc0) == 0x80)
    --at;
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty()) {
    Utf8Step first = decodeUtf8(text);
    if (first.size == 0 || !isSpace(first.codePoint))
      break;
    text.remove_prefix(first.size);
  }
  while (!text.empty()) {
    size_t start = lastStart(text);
    Utf8Step last = decodeUtf8(text.substr(start));
    if (last.size != text.size() - start || !isSpace(last.codePoint))
      break;
    text = text.substr(0, start);
  }
  return text;
}

static size_t findMark(std::string_view text, std::string_view mark) {
  return mark.empty() ? text.npos : text.find(mark);
}

std::string withoutThoughts(std::string_view text, ThoughtMarks marks) {
  std::string kept;
  for (;;) {
    size_t end = findMark(text, marks.end);
    std::string_view piece = text.substr(0, end);
    kept += piece.substr(0, findMark(piece, marks.begin));
    if (end == text.npos)
      return kept;
    text.remove_prefix(end + marks.end.size());
  }
}

std::string upperCase(std::string_view text) {
  std::string upper(text);
  for (char &c : upper)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

} // namespace g4rt
