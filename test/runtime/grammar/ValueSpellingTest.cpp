#include "runtime/grammar/ValueSpelling.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class ValueSpellingTest : public GrammarCase {
protected:
  static Value value(std::string_view json) {
    ValueLimits limits;
    return *parseValue(json, limits);
  }
};

TEST_F(ValueSpellingTest, AValueIsWrittenInEachSyntax) {
  Value all = value(R"({"a":[1,true,null,"x\ny\""],"b c":{}})");
  EbnfRules rules;
  JsonSpelling json(rules);
  std::string grammar = rules.grammar(json.literal(all));
  grammar = rules.grammar(json.literal(all)); // the rules are all there now
  EXPECT_TRUE(accepts(grammar, R"({"a":[1,true,null,"x\ny\""],"b c":{}})"));
  EbnfRules others;
  GemmaSpelling gemma(others, 52);
  std::string literal = gemma.literal(all);
  EXPECT_TRUE(
      accepts(others.grammar(literal),
              "{a:[1,true,null,<|\"|>x\ny\"<|\"|>],<|\"|>b c<|\"|>:{}}"));
}

TEST_F(ValueSpellingTest, AnyKeyButSome) {
  std::vector<std::string> names = {"a", "ab", "x\"y", "é", ""};
  EbnfRules rules;
  JsonSpelling json(rules);
  std::string key = json.keyBut(names);
  std::string grammar = rules.grammar(key);
  for (const char *good : {"b", "aa", "abc", "x", "x\\\"", "x\\\"z", "éa", "e"})
    EXPECT_TRUE(accepts(grammar, "\"" + std::string(good) + "\":")) << good;
  for (const char *bad : {"a", "ab", "x\\\"y", "é", ""})
    EXPECT_FALSE(accepts(grammar, "\"" + std::string(bad) + "\":")) << bad;
  EbnfRules others;
  GemmaSpelling gemma(others, 52);
  std::string bare = gemma.keyBut(names);
  std::string bareGrammar = others.grammar(bare);
  for (const char *good : {"b:", "aa:", "abc:", "x-1.y:"})
    EXPECT_TRUE(accepts(bareGrammar, good)) << good;
  for (const char *bad : {"a:", "ab:", ":", "a b:", "x\"z:"})
    EXPECT_FALSE(accepts(bareGrammar, bad)) << bad;
}

} // namespace
} // namespace g4rt
