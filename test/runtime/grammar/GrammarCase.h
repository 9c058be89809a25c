//===- GrammarCase.h - Texts held against a grammar -------------*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_GRAMMAR_GRAMMARCASE_H
#define G4_TEST_RUNTIME_GRAMMAR_GRAMMARCASE_H

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/grammar/SchemaGrammar.h"
#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "test/support/ChatTokenizer.h"

namespace g4rt {

/// A small vocabulary with Gemma's marks, and grammars over it.
class GrammarCase : public testing::Test {
protected:
  /// A matcher that took all of `text`, where the spelling of a mark is the
  /// mark; null if it is not the start of a text of the grammar.
  std::unique_ptr<GrammarMatcher> take(const std::string &grammar,
                                       std::string_view text) {
    auto compiled = compiler_.compile(grammar);
    EXPECT_TRUE(compiled) << compiled.error().toString() << '\n' << grammar;
    if (!compiled)
      return nullptr;
    auto matcher = std::make_unique<GrammarMatcher>(*compiled);
    for (int32_t id : tokenizer_->encode(text, SpecialTokens::Match))
      if (!matcher->accept(id))
        return nullptr;
    return matcher;
  }
  bool accepts(const std::string &grammar, std::string_view text) {
    auto matcher = take(grammar, text);
    return matcher && matcher->isComplete();
  }

  Result<std::string> jsonGrammar(std::string_view schema,
                                  SchemaOptions options = {}) {
    ValueLimits limits;
    Value value = *parseValue(schema, limits);
    EbnfRules rules;
    JsonSpelling spelling(rules);
    SchemaGrammar grammar(value, spelling, options);
    Result<std::string> root = grammar.rule("schema");
    if (!root)
      return root.error();
    return rules.grammar(*root);
  }
  Result<std::string> gemmaGrammar(std::string_view schema,
                                   SchemaOptions options = {}) {
    ValueLimits limits;
    Value value = *parseValue(schema, limits);
    EbnfRules rules;
    GemmaSpelling spelling(rules, *tokenizer_->idOf("<|\"|>"));
    SchemaGrammar grammar(value, spelling, options);
    Result<std::string> root = grammar.rule("schema", kObject);
    if (!root)
      return root.error();
    return rules.grammar(*root);
  }

  /// Every text of `good` obeys the schema, none of `bad` does.
  void check(std::string_view schema, std::vector<const char *> good,
             std::vector<const char *> bad, SchemaOptions options = {}) {
    auto grammar = jsonGrammar(schema, options);
    ASSERT_TRUE(grammar) << schema << grammar.error().toString();
    for (const char *text : good)
      EXPECT_TRUE(accepts(*grammar, text)) << schema << ' ' << text;
    for (const char *text : bad)
      EXPECT_FALSE(accepts(*grammar, text)) << schema << ' ' << text;
  }
  std::string refusal(std::string_view schema) {
    auto grammar = jsonGrammar(schema);
    return grammar ? "ok" : grammar.error().toString();
  }

  TestTokenizer tokenizer_{chatTokenizerJson()};
  GrammarCompiler compiler_{*tokenizer_};
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_GRAMMAR_GRAMMARCASE_H
