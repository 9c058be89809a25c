//===- ValueSpelling.cpp - How values are written -------------------------===//

#include "runtime/grammar/ValueSpelling.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <cstdio>
#include <map>

namespace g4rt {

// What JSON cannot have in a string as it is.
static const CodePointSet &escapedSet() {
  static const CodePointSet set = {{0, 0x1f}, {'"', '"'}, {'\\', '\\'}};
  return set;
}

static bool isEscaped(char32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

// The one escape that is used of those that JSON has.
static std::string escapeOf(char32_t c) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  if (size_t at = kShort.find(static_cast<char>(c)); at != kShort.npos)
    return std::string("\\") + kNames[at];
  char text[8];
  std::snprintf(text, sizeof(text), "\\u%04x", static_cast<unsigned>(c));
  return text;
}

static std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text)
    if (isEscaped(static_cast<unsigned char>(c)))
      out += escapeOf(static_cast<unsigned char>(c));
    else
      out += c;
  return out + '"';
}

std::string ValueSpelling::literal(const Value &value) {
  if (const std::string *text = value.string())
    return string(characters(*text));
  if (const bool *truth = value.boolean())
    return ebnfLiteral(*truth ? "true" : "false");
  if (const Number *number = value.number())
    return ebnfLiteral(number->text);
  std::string out;
  if (const ValueList *list = value.list()) {
    for (const Value &element : *list)
      (out += out.empty() ? "" : " \",\" ") += literal(element);
    return "\"[\" " + out + " \"]\"";
  }
  if (const ValueMap *map = value.map()) {
    for (const Member &member : *map)
      ((out += out.empty() ? "" : " \",\" ") += key(member.key) + " ") +=
          literal(member.value);
    return "\"{\" " + out + " \"}\"";
  }
  return ebnfLiteral("null");
}

//===----------------------------------------------------------------------===//
// Texts but some
//===----------------------------------------------------------------------===//

// A tree of the names, a rule a node: as soon as a text leaves the tree, or
// goes on beyond a name, the rest of it is free.
std::string ValueSpelling::charactersBut(std::vector<std::string> names,
                                         const CodePointSet &alphabet,
                                         const std::string &end) {
  std::map<char32_t, std::vector<std::string>> byFirst;
  bool mayEnd = true;
  for (const std::string &name : names) {
    mayEnd &= !name.empty();
    if (name.empty())
      continue;
    Utf8Step first = decodeUtf8(name);
    size_t size = std::max<size_t>(first.size, 1);
    byFirst[first.codePoint].push_back(name.substr(size));
  }
  std::string rest = rules_.add(character(alphabet) + "* " + end);
  if (byFirst.empty())
    return mayEnd ? rest : rules_.add(character(alphabet) + "+ " + end);
  std::vector<CodePoints> taken;
  std::vector<std::string> alternatives;
  for (const auto &[first, suffixes] : byFirst) {
    taken.push_back({first, first});
    CodePointSet one = intersectionOf({{first, first}}, alphabet);
    if (!one.empty())
      alternatives.push_back(character(one) + " " +
                             charactersBut(suffixes, alphabet, end));
  }
  CodePointSet others =
      intersectionOf(alphabet, complementOf(inOrder(std::move(taken))));
  if (!others.empty())
    alternatives.push_back(character(others) + " " + rest);
  if (mayEnd)
    alternatives.push_back(end);
  return rules_.add(ebnfChoice(alternatives));
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

std::string JsonSpelling::blank() {
  return rules_.add(R"(" " | "\n" [ \t]{0,32} | "")");
}

std::string JsonSpelling::character(const CodePointSet &set) {
  std::vector<std::string> alternatives;
  CodePointSet plain = intersectionOf(set, complementOf(escapedSet()));
  if (!plain.empty())
    alternatives.push_back(ebnfClass(plain));
  for (const CodePoints &range : intersectionOf(set, escapedSet()))
    for (char32_t c = range.first; c <= range.last; ++c)
      alternatives.push_back(ebnfLiteral(escapeOf(c)));
  if (alternatives.size() == 1)
    return alternatives[0];
  return rules_.add(ebnfChoice(alternatives));
}

std::string JsonSpelling::string(const std::string &inner) {
  return R"("\"" )" + inner + R"( "\"")";
}

std::string JsonSpelling::characters(std::string_view text) {
  std::string json = quoted(text);
  return ebnfLiteral(json.substr(1, json.size() - 2));
}

std::string JsonSpelling::key(std::string_view name) {
  return ebnfLiteral(quoted(name) + ":") + " " + blank();
}

std::string JsonSpelling::keyBut(const std::vector<std::string> &names) {
  return R"("\"" )" + charactersBut(names, complementOf({}), R"("\":")") + " " +
         blank();
}

//===----------------------------------------------------------------------===//
// Gemma
//===----------------------------------------------------------------------===//

std::string GemmaSpelling::character(const CodePointSet &set) {
  return ebnfClass(set);
}

std::string GemmaSpelling::string(const std::string &inner) {
  return quote_ + " " + inner + " " + quote_;
}

std::string GemmaSpelling::characters(std::string_view text) {
  return ebnfLiteral(text);
}

static const CodePointSet &wordSet() {
  static const CodePointSet set = {
      {'-', '.'}, {'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
  return set;
}

static bool isWord(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                "abcdefghijklmnopqrstuvwxyz") == name.npos;
}

std::string GemmaSpelling::key(std::string_view name) {
  if (isWord(name))
    return ebnfLiteral(std::string(name) + ":");
  return string(characters(name)) + " \":\"";
}

// Words alone, or strings that are none of the names.
std::string GemmaSpelling::keyBut(const std::vector<std::string> &names) {
  std::vector<std::string> words = {""};
  for (const std::string &name : names)
    if (isWord(name))
      words.push_back(name);
  return charactersBut(words, wordSet(), "\":\"");
}

} // namespace g4rt
