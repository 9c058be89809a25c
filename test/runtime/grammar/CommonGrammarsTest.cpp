#include "runtime/grammar/CommonGrammars.h"

#include <algorithm>

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class CommonGrammarsTest : public GrammarCase {};

TEST_F(CommonGrammarsTest, AnyObjectIsAnyObject) {
  auto grammar = anyObjectGrammar();
  ASSERT_TRUE(grammar);
  for (const char *text :
       {"{}", R"({"a": [1, {"b": null}]})", "{\n  \"a\":1\n}"})
    EXPECT_TRUE(accepts(*grammar, text)) << text;
  for (const char *text : {"[]", "1", "{", R"({"a"})", R"({"a":1,})"})
    EXPECT_FALSE(accepts(*grammar, text)) << text;
}

TEST_F(CommonGrammarsTest, WhatIsMadeKnownChangesNoMask) {
  ASSERT_TRUE(warmGrammars(compiler_, *tokenizer_).ok());
  GrammarCompiler cold(*tokenizer_);
  std::string text = *anyObjectGrammar();
  GrammarMatcher known(*compiler_.compile(text)), fresh(*cold.compile(text));
  TokenMask a(static_cast<size_t>(tokenizer_->numTokens())), b = a;
  for (int32_t id :
       tokenizer_->encode(R"({"a": ["b\n", -1.5e3, true], "c": {}})",
                          SpecialTokens::PlainText)) {
    known.fill(a);
    fresh.fill(b);
    ASSERT_TRUE(std::ranges::equal(a.words(), b.words()));
    ASSERT_TRUE(known.accept(id));
    ASSERT_TRUE(fresh.accept(id));
  }
  EXPECT_TRUE(known.isComplete());
}

} // namespace
} // namespace g4rt
