#include "runtime/grammar/RegexGrammar.h"

#include <regex>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class RegexGrammarTest : public GrammarCase {
protected:
  Result<std::string> grammarOf(std::string_view regex, RegexMatch match) {
    EbnfRules rules;
    Result<std::string> root = regexGrammar(regex, match, ebnfClass, rules);
    if (!root)
      return root.error();
    return rules.grammar(*root);
  }
  std::string errorOf(std::string_view regex) {
    auto grammar = grammarOf(regex, RegexMatch::Search);
    return grammar ? "ok" : grammar.error().toString();
  }
};

// The standard library's regular expressions are JavaScript's.
TEST_F(RegexGrammarTest, MatchesWhatTheStandardLibraryMatches) {
  const char *kRegexes[] = {"a",
                            "^a",
                            "a$",
                            "^a|b$",
                            "^(a|bc)+$",
                            "^[a-c]{2,3}$",
                            "^a.c$",
                            "^\\d{2}x?$",
                            "^(?:ab)*c$",
                            "^[^ab]+$",
                            "^a{2}$",
                            "^a{1,}b$",
                            "^\\w+\\s\\w+$",
                            "^$",
                            "^x|y|z$",
                            "[-a]",
                            "^a\\.b$",
                            "^(a(b(c)?)?)?$"};
  const char *kTexts[] = {
      "",    "a",  "b",   "ab",          "abc", "bc",      "aa",  "aab", "a c",
      "axc", "12", "12x", "1",           "c",   "abababc", "x",   "y",   "z",
      "xyz", "-",  "a.b", "hello world", "cab", "bb",      "aaa", "a\nc"};
  for (const char *regex : kRegexes) {
    std::regex standard(regex);
    for (RegexMatch match : {RegexMatch::Search, RegexMatch::Whole}) {
      auto grammar = grammarOf(regex, match);
      ASSERT_TRUE(grammar) << regex << grammar.error().toString();
      for (const char *text : kTexts)
        EXPECT_EQ(accepts(*grammar, text),
                  match == RegexMatch::Search
                      ? std::regex_search(text, standard)
                      : std::regex_match(text, standard))
            << regex << " of " << text;
    }
  }
}

TEST_F(RegexGrammarTest, WhatIsNotSupportedSaysWhere) {
  for (const char *regex : {"(?=a)", "(?!a)b", "(?<=a)", "(a)\\1", "\\bx",
                            "\\p{L}", "a(^b)", "a^b", "(a$)", "a{1,2000}"})
    EXPECT_EQ(errorOf(regex).find("Unimplemented: regular expression, byte "),
              0u)
        << regex << errorOf(regex);
  for (const char *regex : {"(a", "a)", "[a", "*a", "a**", "a{2,1}", "a{x}",
                            "[b-a]", "\\", "[]", "\\u12"})
    EXPECT_EQ(errorOf(regex).find("InvalidArgument: regular expression, byte "),
              0u)
        << regex << errorOf(regex);
}

} // namespace
} // namespace g4rt
