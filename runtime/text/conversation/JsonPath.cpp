//===- JsonPath.cpp - Where in a JSON value -------------------------------===//

#include "runtime/text/conversation/JsonPath.h"

#include "runtime/base/Json.h"

#include <algorithm>

namespace g4rt {

static bool isWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

std::string JsonPath::toString() const {
  if (!parent_)
    return {};
  std::string text = parent_->toString();
  if (!isKey_)
    return text + "[" + std::to_string(index_) + "]";
  std::string_view key = clipUtf8(key_, 64);
  if (key.empty() || !std::ranges::all_of(key, isWordCharacter))
    return text + "[" + json::serialize(json::string_view(key)) + "]";
  return text + (text.empty() ? "" : ".") + std::string(key);
}

// The end of the string of JSON that begins at `at`.
static size_t stringEnd(std::string_view text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\')
      ++at;
  return std::min(at + 1, text.size());
}

size_t pathLength(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text.substr(at).starts_with("[\""))
      at = stringEnd(text, at + 1);
    else if (isWordCharacter(text[at]) || text[at] == '.' || text[at] == '[' ||
             text[at] == ']')
      ++at;
    else
      break;
  }
  return at;
}

} // namespace g4rt
