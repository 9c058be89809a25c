//===- EbnfRules.cpp - A grammar as text ----------------------------------===//

#include "runtime/grammar/EbnfRules.h"

#include "runtime/base/Utf8.h"

#include <algorithm>
#include <cstdio>

namespace g4rt {

constexpr char32_t kFirstSurrogate = 0xd800;
constexpr char32_t kLastSurrogate = 0xdfff;

CodePointSet inOrder(std::vector<CodePoints> set) {
  std::sort(set.begin(), set.end(), [](const CodePoints &a, const auto &b) {
    return a.first < b.first;
  });
  CodePointSet out;
  for (const CodePoints &range : set) {
    if (!out.empty() && range.first <= out.back().last + 1)
      out.back().last = std::max(out.back().last, range.last);
    else
      out.push_back(range);
  }
  return out;
}

static CodePointSet gapsOf(const CodePointSet &set) {
  CodePointSet out;
  char32_t next = 0;
  for (const CodePoints &range : set) {
    if (range.first > next)
      out.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kLastCodePoint)
    out.push_back({next, kLastCodePoint});
  return out;
}

CodePointSet complementOf(const CodePointSet &set) {
  std::vector<CodePoints> taken(set.begin(), set.end());
  taken.push_back({kFirstSurrogate, kLastSurrogate});
  return gapsOf(inOrder(std::move(taken)));
}

CodePointSet intersectionOf(const CodePointSet &a, const CodePointSet &b) {
  CodePointSet out;
  for (const CodePoints &x : a)
    for (const CodePoints &y : b) {
      CodePoints both{std::max(x.first, y.first), std::min(x.last, y.last)};
      if (both.first <= both.last)
        out.push_back(both);
    }
  return inOrder(std::move(out));
}

static std::string escaped(char32_t c) {
  bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 (c >= '0' && c <= '9') || c == ' ' || c == '_' || c == ':' ||
                 c == ',';
  if (isPlain)
    return std::string(1, static_cast<char>(c));
  char text[16];
  std::snprintf(text, sizeof(text), "\\U%08x", static_cast<unsigned>(c));
  return text;
}

std::string ebnfLiteral(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    Utf8Step step = decodeUtf8(text);
    out += escaped(step.codePoint);
    text.remove_prefix(std::max<size_t>(step.size, 1));
  }
  return out + '"';
}

std::string ebnfToken(int32_t id) {
  return "Token(" + std::to_string(id) + ")";
}

std::string ebnfClass(const CodePointSet &set) {
  std::string out = "[";
  for (const CodePoints &range : set) {
    out += escaped(range.first);
    if (range.last > range.first)
      (out += '-') += escaped(range.last);
  }
  return out + ']';
}

std::string ebnfChoice(const std::vector<std::string> &alternatives) {
  std::string out = "(";
  for (const std::string &alternative : alternatives)
    (out += out.size() > 1 ? " | " : "") += alternative;
  return out + ")";
}

std::string ebnfTimes(int64_t least, std::optional<int64_t> most) {
  if (!most && least <= 1)
    return least == 0 ? "*" : "+";
  return "{" + std::to_string(least) + "," +
         (most ? std::to_string(*most) : "") + "}";
}

std::string EbnfRules::declare() { return "r" + std::to_string(numRules_++); }

void EbnfRules::define(const std::string &name, const std::string &body) {
  ((text_ += name) += " ::= ") += body;
  text_ += '\n';
}

std::string EbnfRules::add(const std::string &body) {
  auto [it, isNew] = names_.try_emplace(body);
  if (isNew) {
    it->second = declare();
    define(it->second, body);
  }
  return it->second;
}

std::string EbnfRules::grammar(const std::string &root) const {
  return "root ::= " + root + "\n" + text_;
}

} // namespace g4rt
