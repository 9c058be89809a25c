#include "runtime/grammar/SchemaGrammar.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class SchemaGrammarTest : public GrammarCase {};

TEST_F(SchemaGrammarTest, ATypeIsObeyed) {
  check(R"({"type":"boolean"})", {"true", "false"}, {"null", "1", "\"true\""});
  check(R"({"type":"null"})", {"null"}, {"false", "0"});
  check(R"({"type":["string","null"]})", {"null", R"("a")"}, {"1", "[]"});
  check("true", {"1", "[]", R"({"a":[null,{"b":1.5}]})"}, {"", "a", "{a:1}"});
  check("{}", {"1", R"("x")", "[1,[2]]"}, {"[1,]", "01"});
}

TEST_F(SchemaGrammarTest, ConstantsAreAll) {
  check(R"({"enum":["a",1,null,{"b":[1]}]})",
        {R"("a")", "1", "null", R"({"b":[1]})"}, {R"("b")", "2", "[]"});
  check(R"({"const":"x\"y"})", {R"("x\"y")"}, {R"("x")"});
  check(R"({"type":"string","enum":["a",1]})", {R"("a")"}, {"1"});
  EXPECT_EQ(refusal(R"({"enum":["a"],"minLength":2})"),
            "Unimplemented: schema.minLength: not supported beside enum or "
            "const");
}

TEST_F(SchemaGrammarTest, BranchesAreAlternatives) {
  check(R"({"anyOf":[{"type":"integer"},{"type":"string","maxLength":1}]})",
        {"1", R"("a")"}, {R"("ab")", "1.5", "null"});
  // What stands beside a branch holds, too.
  check(R"({"type":"object","properties":{"a":{"type":"integer"},
            "b":{"type":"integer"}},"additionalProperties":false,
            "anyOf":[{"required":["a"]},{"required":["b"]}]})",
        {R"({"a":1})", R"({"b":1})", R"({"a":1,"b":2})"},
        {"{}", R"({"c":1})", R"({"a":"x"})"});
  check(R"({"allOf":[{"type":"integer"},{"minimum":3},{"maximum":5}]})",
        {"3", "5"}, {"2", "6"});
}

TEST_F(SchemaGrammarTest, OnlyBranchesThatExcludeEachOtherAreOneOf) {
  check(R"({"oneOf":[{"type":"integer"},{"type":"string"}]})", {"1", R"("a")"},
        {"null"});
  check(R"({"oneOf":[
      {"type":"object","properties":{"k":{"const":"a"}},"required":["k"]},
      {"type":"object","properties":{"k":{"const":"b"}},"required":["k"]}]})",
        {R"({"k":"a"})", R"({"k":"b"})"}, {R"({"k":"c"})", "{}"});
  EXPECT_EQ(refusal(R"({"oneOf":[{"type":"integer"},{"type":"number"}]})"),
            "Unimplemented: schema.oneOf: branches 0 and 1 could hold "
            "together; give them different types or constants, or use anyOf");
}

TEST_F(SchemaGrammarTest, ReferencesMayRecur) {
  check(R"({"$ref":"#/$defs/node","$defs":{"node":{"type":"object",
      "properties":{"v":{"type":"integer"},"next":{"$ref":"#/$defs/node"}},
      "required":["v"],"additionalProperties":false}}})",
        {R"({"v":1})", R"({"v":1,"next":{"v":2,"next":{"v":3}}})"},
        {R"({"v":1,"next":{}})", R"({"next":{"v":1}})"});
  const char *kLoop = "Unimplemented: schema.anyOf[0]: leads back to a union "
                      "that it is of";
  EXPECT_EQ(refusal(R"({"anyOf":[{"$ref":"#"},{"type":"null"}]})"), kLoop);
  EXPECT_EQ(refusal(R"({"anyOf":[{"allOf":[{"$ref":"#"}]},{"type":"null"}]})"),
            kLoop);
}

TEST_F(SchemaGrammarTest, BlanksAreFew) {
  auto grammar = *jsonGrammar(R"({"type":"object","properties":{"a":{}},
                                  "additionalProperties":false})");
  EXPECT_TRUE(accepts(grammar, "{\n  \"a\": [\n    1, 2\n  ]\n}"));
  EXPECT_FALSE(accepts(grammar, "{  \"a\":1}"));
}

TEST_F(SchemaGrammarTest, GemmasSyntaxIsAnotherSpelling) {
  auto grammar = *gemmaGrammar(R"({"type":"object","properties":{
      "name":{"type":"string"},"b c":{"type":"integer"},
      "A":{"type":"array","items":{"enum":["x","y"]}}},"required":["name"]})",
                               {.isClosed = true});
  EXPECT_TRUE(accepts(grammar, "{name:<|\"|>a \"b\"\n}<|\"|>}"));
  EXPECT_TRUE(accepts(
      grammar, "{A:[<|\"|>x<|\"|>,<|\"|>y<|\"|>],<|\"|>b c<|\"|>:1,name:<|\"|>"
               "<|\"|>}"));
  EXPECT_FALSE(accepts(grammar, "{}"));
  EXPECT_FALSE(accepts(grammar, "{name:\"a\"}"));
  EXPECT_FALSE(accepts(grammar, "{name:<|\"|>a<|\"|>,z:1}"));
  EXPECT_FALSE(accepts(grammar, "{name: <|\"|>a<|\"|>}"));
}

TEST_F(SchemaGrammarTest, WhatNothingObeysIsNoSchema) {
  EXPECT_EQ(refusal("false"),
            "InvalidArgument: schema: no value obeys this schema");
  EXPECT_EQ(refusal(R"({"type":"string","minLength":2,"maxLength":1})"),
            "InvalidArgument: schema: no value obeys this schema");
}

} // namespace
} // namespace g4rt
