//===- ToolGrammarTest.cpp - Calls of declared tools ----------------------===//

#include "runtime/grammar/ToolGrammar.h"

#include "runtime/text/conversation/ValueParser.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class ToolGrammarTest : public GrammarCase {
protected:
  ToolDeclaration tool(std::string_view schema, bool isStrict = false) {
    ValueLimits limits;
    ToolDeclaration out;
    out.name = "f";
    out.parameters = *parseValue(schema, limits);
    out.schemaPath = "tools[0]";
    out.isStrict = isStrict;
    return out;
  }
  bool isAllowed(const ToolRule &rule, std::string_view call) {
    return accepts(rule.grammar, call);
  }
};

TEST_F(ToolGrammarTest, ACallHasItsNameAndObeysItsSchema) {
  EXPECT_TRUE(canGuideCalls(*tokenizer_));
  ToolRule rule = *ruleOfTool(
      tool(R"({"type":"object","properties":{"a":{"type":"integer"}},
               "required":["a"]})"),
      *tokenizer_);
  EXPECT_EQ(rule.begin, "call:f{");
  EXPECT_TRUE(isAllowed(rule, "call:f{a:1}"));
  EXPECT_FALSE(isAllowed(rule, "call:f{}"));
  EXPECT_FALSE(isAllowed(rule, "call:g{a:1}"));
  EXPECT_FALSE(isAllowed(rule, "call:f{a:<|\"|>x<|\"|>}"));
}

TEST_F(ToolGrammarTest, WithoutParametersThereAreNoArguments) {
  ToolRule rule = *ruleOfTool(tool("null"), *tokenizer_);
  EXPECT_TRUE(isAllowed(rule, "call:f{}"));
  EXPECT_FALSE(isAllowed(rule, "call:f{a:1}"));
}

TEST_F(ToolGrammarTest, WhatCannotBeHeldToIsAnErrorWhereItMustBe) {
  std::string_view schema = R"({"type":"object","not":{"required":["a"]}})";
  auto strict = ruleOfTool(tool(schema, /*isStrict=*/true), *tokenizer_);
  ASSERT_FALSE(strict);
  EXPECT_TRUE(strict.error().message().starts_with("tools[0]"))
      << strict.error().message();
  auto free = ruleOfTool(tool(schema), *tokenizer_);
  ASSERT_TRUE(free);
  EXPECT_TRUE(isAllowed(*free, "call:f{b:2}"));
}

} // namespace
} // namespace g4rt
