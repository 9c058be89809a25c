//===- AnswerRulesReaderTest.cpp - Tools become rules ---------------------===//

#include "runtime/http/openai/AnswerRulesReader.h"

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/http/ApiError.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class AnswerRulesReaderTest : public testing::Test {
protected:
  void SetUp() override {
    if (!hasGrammars())
      GTEST_SKIP() << "built without grammars";
  }
  Result<AnswerRules> read(const std::string &fields,
                           std::string_view tools = kTools) {
    std::string body =
        R"({"messages":[],"tools":)" + std::string(tools) + fields + "}";
    conversation_ = *parseConversation(body);
    ValueLimits limits;
    Value value = *parseValue(body, limits);
    JsonPath root;
    return readAnswerRules(*FieldReader::of(value, root), *tokenizer_,
                           conversation_);
  }
  /// "param code" of what is wrong.
  std::string wrong(const std::string &fields,
                    std::string_view tools = kTools) {
    auto rules = read(fields, tools);
    if (rules)
      return "ok";
    ApiError error = errorOf(rules.error());
    return error.param + " " + std::string(error.code());
  }
  /// Whether a call with this text between its marks can be made.
  bool allows(const AnswerRules &rules, std::string_view call) {
    for (const ToolRule &tool : rules.tools)
      if (allows(tool.grammar, call)) {
        EXPECT_TRUE(call.starts_with(tool.begin)) << tool.begin;
        return true;
      }
    return false;
  }
  bool allows(const std::string &text, std::string_view call) {
    auto grammar = compiler_.compile(text);
    EXPECT_TRUE(grammar) << grammar.error().toString() << text;
    GrammarMatcher matcher(*grammar);
    for (int32_t id : tokenizer_->encode(call, SpecialTokens::Match))
      if (!matcher.accept(id))
        return false;
    return matcher.isComplete();
  }

  static constexpr std::string_view kTools = R"([
      {"type":"function","function":{"name":"f","parameters":{"type":"object",
       "properties":{"a":{"type":"integer"}},"required":["a"]}}},
      {"type":"function","function":{"name":"x.y"}}])";
  TestTokenizer tokenizer_{chatTokenizerJson()};
  GrammarCompiler compiler_{*tokenizer_};
  Conversation conversation_;
};

TEST_F(AnswerRulesReaderTest, ACallNamesADeclaredToolAndObeysItsSchema) {
  AnswerRules rules = *read("");
  EXPECT_EQ(rules.calls, CallRule::Free);
  EXPECT_TRUE(allows(rules, "call:f{a:5}"));
  EXPECT_TRUE(allows(rules, "call:x.y{}"));
  for (const char *call : {"call:g{}", "call:f{}", "call:f{a:x}", "f{a:1}",
                           "call:f{a:1,b:2}", "call:x.y{a:1}", "call:f(a:1)"})
    EXPECT_FALSE(allows(rules, call)) << call;
}

TEST_F(AnswerRulesReaderTest, ToolChoiceSaysWhetherToCall) {
  EXPECT_EQ(read(R"(,"tool_choice":"auto")")->calls, CallRule::Free);
  AnswerRules none = *read(R"(,"tool_choice":"none")");
  EXPECT_EQ(none.calls, CallRule::None);
  EXPECT_TRUE(conversation_.tools.empty());
  AnswerRules required = *read(R"(,"tool_choice":"required")");
  EXPECT_EQ(required.calls, CallRule::Required);
  EXPECT_FALSE(required.isOneCall);
  AnswerRules named =
      *read(R"(,"tool_choice":{"type":"function","function":{"name":"x.y"}})");
  EXPECT_EQ(named.calls, CallRule::Required);
  EXPECT_TRUE(named.isOneCall);
  EXPECT_EQ(conversation_.tools.size(), 1u);
  EXPECT_FALSE(allows(named, "call:f{a:5}"));
  EXPECT_TRUE(read(R"(,"parallel_tool_calls":false)")->isOneCall);
}

TEST_F(AnswerRulesReaderTest, WhatCannotBeChosenIsNamed) {
  EXPECT_EQ(wrong(R"(,"tool_choice":"any")"), "tool_choice invalid_value");
  EXPECT_EQ(wrong(R"(,"tool_choice":5)"), "tool_choice invalid_value");
  EXPECT_EQ(wrong(R"(,"tool_choice":{})"), "tool_choice.type invalid_value");
  EXPECT_EQ(wrong(R"(,"tool_choice":{"type":"custom"})"),
            "tool_choice.type unsupported_parameter");
  EXPECT_EQ(
      wrong(R"(,"tool_choice":{"type":"function","function":{"name":"z"}})"),
      "tool_choice.function.name invalid_value");
  EXPECT_EQ(wrong(R"(,"tool_choice":"required")", "[]"),
            "tool_choice invalid_value");
  EXPECT_EQ(wrong(R"(,"parallel_tool_calls":1)"),
            "parallel_tool_calls invalid_value");
}

TEST_F(AnswerRulesReaderTest, OnlyAStrictToolIsRefusedForItsSchema) {
  auto tool = [](const char *more) {
    return R"([{"type":"function","function":{"name":"f",)" +
           std::string(more) +
           R"("parameters":{"type":"object","properties":{"a":{"not":{}}}}}}])";
  };
  AnswerRules rules = *read("", tool(""));
  EXPECT_TRUE(allows(rules, "call:f{a:5,b:[]}"));
  EXPECT_FALSE(allows(rules, "call:f{a:5"));
  EXPECT_EQ(wrong("", tool(R"("strict":true,)")),
            "tools[0].function.parameters.properties.a.not "
            "unsupported_parameter");
  for (const char *schema :
       {R"({"type":"string"})", R"({"type":"any"})", R"({"required":true})"}) {
    auto named = [&](const char *strict) {
      return R"([{"type":"function","function":{"name":"f",)" +
             std::string(strict) + R"("parameters":)" + schema + "}}]";
    };
    EXPECT_TRUE(allows(*read("", named("")), "call:f{a:5}")) << schema;
    EXPECT_TRUE(wrong("", named(R"("strict":true,)"))
                    .starts_with("tools[0].function.parameters"))
        << schema;
  }
}

TEST_F(AnswerRulesReaderTest, AWrongSchemaIsNamedWhereItStands) {
  EXPECT_EQ(
      wrong(R"(,"tool_choice":{"type":"function","function":{"name":"g"}})",
            R"([{"type":"function","function":{"name":"f"}},
                {"type":"function","function":{"name":"g","strict":true,
                 "parameters":{"not":{}}}}])"),
      "tools[1].function.parameters.not unsupported_parameter");
}

TEST_F(AnswerRulesReaderTest, WithoutToolsContentAloneIsRuled) {
  EXPECT_TRUE(read("", "[]")->areNone());
  AnswerRules rules =
      *read(R"(,"response_format":{"type":"json_object"})", "[]");
  EXPECT_FALSE(rules.content.empty());
  EXPECT_EQ(rules.calls, CallRule::None);
  EXPECT_FALSE(rules.mayThink);
  EXPECT_TRUE(read(R"(,"enable_thinking":true)", "[]")->mayThink);
}

TEST_F(AnswerRulesReaderTest, ManyToolsAreOneGrammar) {
  std::string tools = "[";
  for (int i = 0; i < 128; ++i)
    tools += std::string(i ? "," : "") +
             R"({"type":"function","function":{"name":"tool_)" +
             std::to_string(i) +
             R"(","parameters":{"type":"object","properties":{"path":{"type":
                "string"},"depth":{"type":"integer","minimum":0}},"required":
                ["path"]}}})";
  AnswerRules rules = *read("", tools + "]");
  EXPECT_TRUE(allows(rules, "call:tool_127{depth:1,path:<|\"|>a<|\"|>}"));
  EXPECT_FALSE(allows(rules, "call:tool_128{path:<|\"|>a<|\"|>}"));
}

} // namespace
} // namespace g4rt
