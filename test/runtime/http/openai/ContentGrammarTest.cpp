//===- ContentGrammarTest.cpp - Fields that ask for a grammar -------------===//

#include "runtime/grammar/GrammarCompiler.h"
#include "runtime/http/ApiError.h"
#include "runtime/http/openai/AnswerRulesReader.h"
#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class ContentGrammarTest : public testing::Test {
protected:
  void SetUp() override {
    if (!hasGrammars())
      GTEST_SKIP() << "built without grammars";
  }
  Result<std::string> read(std::string_view body) {
    ValueLimits limits;
    Value value = *parseValue(body, limits);
    JsonPath root;
    return readContentGrammar(*FieldReader::of(value, root));
  }
  std::string wrong(std::string_view body) {
    auto grammar = read(body);
    if (grammar)
      return "ok";
    ApiError error = errorOf(grammar.error());
    return error.param + " " + std::string(error.code());
  }
  bool accepts(std::string_view body, std::string_view text) {
    auto grammar = read(body);
    EXPECT_TRUE(grammar) << body << grammar.error().toString();
    auto compiled = compiler_.compile(*grammar);
    EXPECT_TRUE(compiled) << *grammar;
    GrammarMatcher matcher(*compiled);
    for (int32_t id : tokenizer_->encode(text, SpecialTokens::PlainText))
      if (!matcher.accept(id))
        return false;
    return matcher.isComplete();
  }

  TestTokenizer tokenizer_{chatTokenizerJson()};
  GrammarCompiler compiler_{*tokenizer_};
};

TEST_F(ContentGrammarTest, EveryWayToAskIsTaken) {
  for (const char *body :
       {R"({"response_format":{"type":"json_schema","json_schema":{"name":"n",
            "schema":{"type":"integer"}}}})",
        R"({"response_format":{"type":"json_object",
            "schema":{"type":"integer"}}})",
        R"({"guided_json":{"type":"integer"}})",
        R"({"guided_json":"{\"type\":\"integer\"}"})",
        R"({"json_schema":{"type":"integer"}})", R"({"guided_regex":"-?\\d+"})",
        R"({"guided_choice":["12","x"]})",
        R"({"guided_grammar":"root ::= [0-9]+"})",
        R"({"grammar":"root ::= n n\nn ::= [0-9]"})",
        R"({"structured_outputs":{"json":{"type":"integer"}}})",
        R"({"structured_outputs":{"regex":"[0-9]*"}})",
        R"({"structured_outputs":{"choice":["12"]}})",
        R"({"structured_outputs":{"grammar":"root ::= \"12\""}})"}) {
    EXPECT_TRUE(accepts(body, "12")) << body;
    EXPECT_FALSE(accepts(body, "1a")) << body;
  }
}

TEST_F(ContentGrammarTest, AJsonObjectIsAnyObject) {
  for (const char *body : {R"({"response_format":{"type":"json_object"}})",
                           R"({"structured_outputs":{"json_object":true}})"}) {
    EXPECT_TRUE(accepts(body, R"({"a": [1, {"b": "x"}]})")) << body;
    EXPECT_TRUE(accepts(body, "{}"));
    EXPECT_FALSE(accepts(body, "[]"));
    EXPECT_FALSE(accepts(body, R"({"a":1)"));
  }
}

TEST_F(ContentGrammarTest, StrictLeavesOutWhatIsNotNamed) {
  auto body = [](const char *strict) {
    return R"({"response_format":{"type":"json_schema","json_schema":{"name":
        "n","strict":)" +
           std::string(strict) + R"(,"schema":{"type":"object","properties":
        {"a":{"type":"integer"}}}}}})";
  };
  EXPECT_TRUE(accepts(body("false"), R"({"a":1,"b":2})"));
  EXPECT_FALSE(accepts(body("true"), R"({"a":1,"b":2})"));
}

TEST_F(ContentGrammarTest, WhatAsksForNothingIsNone) {
  for (const char *body :
       {"{}", R"({"response_format":null})", R"({"guided_regex":""})",
        R"({"response_format":{"type":"text"}})",
        R"({"structured_outputs":{}})"})
    EXPECT_EQ(*read(body), "") << body;
}

TEST_F(ContentGrammarTest, WhatIsWrongIsNamed) {
  for (auto [body, what] :
       std::initializer_list<std::pair<const char *, const char *>>{
           {R"({"response_format":1})", "response_format invalid_value"},
           {R"({"response_format":{}})", "response_format.type invalid_value"},
           {R"({"response_format":{"type":"xml"}})",
            "response_format.type unsupported_parameter"},
           {R"({"response_format":{"type":"json_schema"}})",
            "response_format.json_schema invalid_value"},
           {R"({"response_format":{"type":"json_schema","json_schema":{}}})",
            "response_format.json_schema.schema invalid_value"},
           {R"({"response_format":{"type":"json_schema","json_schema":{"schema":
               {"properties":{"a":{"not":{}}}}}}})",
            "response_format.json_schema.schema.properties.a.not "
            "unsupported_parameter"},
           {R"({"guided_json":"{"})", "guided_json invalid_value"},
           {R"({"guided_json":5})", "guided_json invalid_value"},
           {R"({"guided_regex":5})", "guided_regex invalid_value"},
           {R"({"guided_regex":"("})", "guided_regex invalid_value"},
           {R"#({"guided_regex":"(?=a)"})#",
            "guided_regex unsupported_parameter"},
           {R"({"guided_choice":[]})", "guided_choice invalid_value"},
           {R"({"guided_choice":[1]})", "guided_choice[0] invalid_value"},
           {R"({"guided_grammar":"root ::="})", "guided_grammar invalid_value"},
           {R"({"grammar":[]})", "grammar invalid_value"},
           {R"({"structured_outputs":[]})", "structured_outputs invalid_value"},
           {R"({"structured_outputs":{"structural_tag":"x"}})",
            "structured_outputs.structural_tag unsupported_parameter"},
           {R"({"guided_regex":"a","guided_json":{}})",
            "guided_regex invalid_value"},
           {R"({"guided_regex":"a","response_format":{"type":"json_object"}})",
            "response_format invalid_value"}})
    EXPECT_EQ(wrong(body), what) << body;
}

} // namespace
} // namespace g4rt
