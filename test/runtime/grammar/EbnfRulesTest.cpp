#include "runtime/grammar/EbnfRules.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class EbnfRulesTest : public GrammarCase {};

TEST_F(EbnfRulesTest, SetsHaveComplementsAndIntersections) {
  CodePointSet set = inOrder({{'c', 'd'}, {'a', 'b'}, {'x', 'x'}});
  ASSERT_EQ(set.size(), 2u);
  EXPECT_EQ(set[0].last, U'd');
  CodePointSet others = complementOf(set);
  EXPECT_TRUE(intersectionOf(set, others).empty());
  // Surrogates are nobody's.
  size_t count = 0;
  for (const CodePointSet &part : {set, others})
    for (const CodePoints &range : part)
      count += range.last - range.first + 1;
  EXPECT_EQ(count, 0x110000u - 0x800u);
}

TEST_F(EbnfRulesTest, EveryCharacterCanBeWritten) {
  for (std::string text : {"a", "\"", "\\", "]", "[", "^", "-", "\n", "é", "漢",
                           "😀", "\x01", "{}|()*+?.", "<|tool_call>x"}) {
    EbnfRules rules;
    std::string grammar = rules.grammar(ebnfLiteral(text));
    auto compiled = compiler_.compile(grammar);
    ASSERT_TRUE(compiled) << grammar << compiled.error().toString();
    GrammarMatcher matcher(*compiled);
    for (int32_t id : tokenizer_->encode(text, SpecialTokens::PlainText))
      EXPECT_TRUE(matcher.accept(id)) << text;
    EXPECT_TRUE(matcher.isComplete()) << text;
  }
}

TEST_F(EbnfRulesTest, ATokenIsNoText) {
  EbnfRules rules;
  std::string grammar =
      rules.grammar(ebnfToken(52) + " [a-z]* " + ebnfToken(52));
  EXPECT_TRUE(accepts(grammar, "<|\"|>abc<|\"|>"));
  auto compiled = *compiler_.compile(grammar);
  GrammarMatcher matcher(compiled);
  EXPECT_FALSE(matcher.accept(
      tokenizer_->encode("<|\"|>", SpecialTokens::PlainText).front()));
}

TEST_F(EbnfRulesTest, EqualBodiesAreOneRule) {
  EbnfRules rules;
  EXPECT_EQ(rules.add("\"a\""), rules.add("\"a\""));
  EXPECT_NE(rules.add("\"a\""), rules.add("\"b\""));
}

} // namespace
} // namespace g4rt
