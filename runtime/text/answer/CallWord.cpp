//===- CallWord.cpp - Strings and bare words of a tool call ---------------===//

#include "runtime/text/answer/CallWord.h"

#include "runtime/base/Ascii.h"
#include "runtime/base/Json.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace g4rt {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kQuotes = "\"'";

std::string jsonString(std::string_view text) {
  return json::serialize(json::string(text));
}

static bool isDigit(char c) { return c >= '0' && c <= '9'; }

// A byte of a character beyond ASCII counts as a letter.
static bool isLetter(char c) {
  char lower = asciiLower(c);
  return (lower >= 'a' && lower <= 'z') || (c & 0x80) != 0;
}

static bool isApostrophe(std::string_view text, size_t at) {
  return text[at] == '\'' && at + 1 < text.size() && isLetter(text[at - 1]) &&
         isLetter(text[at + 1]);
}

static size_t endOfQuoted(std::string_view text) {
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == text[0] && !isApostrophe(text, at))
      return at;
  }
  return text.npos;
}

// What stands between two quotes as what stands between two " in JSON.
static std::string asJson(std::string_view inner) {
  std::string out;
  for (size_t at = 0; at < inner.size(); ++at) {
    char c = inner[at];
    bool isEscape = c == '\\' && at + 1 < inner.size();
    if (isEscape && inner[at + 1] == '\'')
      continue;
    if (isEscape) {
      (out += c) += inner[++at];
    } else if (c == '"') {
      out += "\\\"";
    } else if (c >= 0 && c < ' ') {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out;
}

std::optional<QuotedWord> quotedWord(std::string_view text) {
  if (text.empty() || kQuotes.find(text[0]) == kQuotes.npos)
    return {};
  size_t end = endOfQuoted(text);
  if (end == text.npos)
    return {};
  Result<json::value> value =
      parseJson('"' + asJson(text.substr(1, end - 1)) + '"');
  if (!value || !value->is_string())
    return {};
  return QuotedWord{std::string(value->get_string()), end + 1};
}

// "0.5" of ".5", "5.0" of "5.", "5" of "+5".
static std::string withAllDigits(std::string_view word) {
  std::string out(word.starts_with('+') ? word.substr(1) : word);
  size_t point = out.find('.');
  if (point == out.npos)
    return out;
  if (point + 1 == out.size() || !isDigit(out[point + 1]))
    out.insert(point + 1, "0");
  if (point == 0 || !isDigit(out[point - 1]))
    out.insert(point, "0");
  return out;
}

std::optional<std::string> scalarOf(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3>
      kPython = {{{"True", "true"}, {"False", "false"}, {"None", "null"}}};
  for (auto [python, spelling] : kPython)
    if (word == python)
      return std::string(spelling);
  if (word.empty() || word.find_first_of("[{\"'") != word.npos)
    return {};
  bool hasDigit = std::any_of(word.begin(), word.end(), isDigit);
  std::string spelling = hasDigit ? withAllDigits(word) : std::string(word);
  if (!parseJson(spelling))
    return {};
  return spelling;
}

// The end of the key that `text` begins with, or 0. A quoted one is not sought
// far, as this is asked at each blank of a text.
static size_t endOfKey(std::string_view text) {
  constexpr size_t kMostBytes = 256;
  if (auto quoted = quotedWord(text.substr(0, kMostBytes)))
    return quoted->size;
  auto isWordByte = [](char c) {
    return isLetter(c) || isDigit(c) || c == '_' || c == '-' || c == '.';
  };
  if (text.empty() || !(isLetter(text[0]) || text[0] == '_'))
    return 0;
  auto end = std::find_if_not(text.begin(), text.end(), isWordByte);
  return static_cast<size_t>(end - text.begin());
}

bool beginsWithKey(std::string_view text) {
  size_t end = endOfKey(text);
  if (end == 0)
    return false;
  text.remove_prefix(end);
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  return (text.starts_with(':') && !text.starts_with("://")) ||
         text.starts_with('=');
}

// `red b:2`: a key may have lost its comma.
static bool holdsKey(std::string_view word) {
  for (size_t at = 0; (at = word.find_first_of(kSpace, at)) != word.npos; ++at)
    if (beginsWithKey(word.substr(at + 1)))
      return true;
  return false;
}

static bool isNoNumberOfJson(std::string_view word) {
  std::string lower = asciiLower(word);
  std::string_view name = lower;
  if (name.starts_with('-') || name.starts_with('+'))
    name.remove_prefix(1);
  return name == "nan" || name == "infinity" || name == "inf";
}

std::optional<std::string> bareWord(std::string_view word) {
  if (auto scalar = scalarOf(word))
    return scalar;
  constexpr std::string_view kOpeners = "([{\"'";
  if (word.empty() || kOpeners.find(word.front()) != kOpeners.npos ||
      kQuotes.find(word.back()) != kQuotes.npos || isNoNumberOfJson(word) ||
      holdsKey(word))
    return {};
  return jsonString(word);
}

} // namespace g4rt
