#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class SchemaContainersTest : public GrammarCase {};

TEST_F(SchemaContainersTest, MembersComeInTheSchemasOrder) {
  check(R"({"type":"object","properties":{"a":{"type":"integer"},
            "b":{"type":"integer"},"c":{"type":"integer"}},
            "required":["b"],"additionalProperties":false})",
        {R"({"b":1})", R"({"a":1,"b":2})", R"({"b":2,"c":3})",
         R"({"a":1,"b":2,"c":3})"},
        {"{}", R"({"a":1})", R"({"b":1,"a":2})", R"({"b":1,})",
         R"({"b":1,"d":1})", R"({"b":"x"})"});
}

TEST_F(SchemaContainersTest, OtherMembersAreAllowedUnlessTheSchemaSaysNo) {
  const char *schema = R"({"type":"object","properties":{"ab":{"type":
      "integer"},"ac":{"type":"integer"}},"required":["ab"]})";
  check(schema,
        {R"({"ab":1})", R"({"ab":1,"x":"y"})", R"({"ab":1,"a":1})",
         R"({"ab":1,"abc":[]})", R"({"ab":1,"":1})", R"({"ab":1,"\"":1})"},
        {R"({"ab":1,"ab":"x"})", R"({"ab":1,"ac":"x"})", R"({"x":1})"});
  check(schema, {R"({"ab":1})", R"({"ab":1,"ac":2})"}, {R"({"ab":1,"x":1})"},
        {.isClosed = true});
  check(R"({"type":"object","properties":{"a":{}},"additionalProperties":
            {"type":"integer"}})",
        {R"({"a":"x"})", R"({"b":1})", R"({"a":[],"b":1,"c":2})"},
        {R"({"b":"x"})"});
}

TEST_F(SchemaContainersTest, ANeededMemberMayBeAnyOther) {
  check(R"({"type":"object","required":["x"],"additionalProperties":
            {"type":"integer"}})",
        {R"({"x":1})", R"({"x":1,"y":2})"}, {"{}", R"({"x":"a"})"});
  EXPECT_EQ(refusal(R"({"type":"object","required":["x"],
                        "additionalProperties":false})"),
            "InvalidArgument: schema: no value obeys this schema");
}

TEST_F(SchemaContainersTest, FreeMembersAreCounted) {
  check(R"({"type":"object","minProperties":1,"maxProperties":2})",
        {R"({"a":1})", R"({"a":1,"b":2})"}, {"{}", R"({"a":1,"b":2,"c":3})"});
  EXPECT_NE(refusal(R"({"type":"object","minProperties":2})"), "ok");
  EXPECT_NE(refusal(R"({"properties":{"a":{}},"maxProperties":2})"), "ok");
}

TEST_F(SchemaContainersTest, ListsHaveElementsAndLengths) {
  check(R"({"type":"array","items":{"type":"integer"}})",
        {"[]", "[1]", "[1, 2,3]"}, {"[\"a\"]", "[1,]", "[,]"});
  check(R"({"type":"array","items":{"type":"integer"},"minItems":2,
            "maxItems":3})",
        {"[1,2]", "[1,2,3]"}, {"[]", "[1]", "[1,2,3,4]"});
  check(R"({"type":"array","prefixItems":[{"type":"integer"},
            {"type":"string"}],"items":false})",
        {"[]", "[1]", R"([1,"a"])"}, {R"(["a"])", R"([1,"a",2])"});
  check(R"({"type":"array","prefixItems":[{"type":"integer"}],"minItems":2,
            "items":{"type":"string"}})",
        {R"([1,"a"])", R"([1,"a","b"])"}, {"[1]", R"([1,2])"});
  check(R"({"type":"array","items":[{"type":"integer"}],
            "additionalItems":{"type":"null"}})",
        {"[]", "[1]", "[1,null,null]"}, {"[null]", "[1,1]"});
}

TEST_F(SchemaContainersTest, SchemasTogetherSpeakOfOneMember) {
  check(R"({"allOf":[{"type":"object","properties":{"a":{"type":"integer"}}},
            {"properties":{"a":{"minimum":5}},"required":["a"]}]})",
        {R"({"a":5})"}, {R"({"a":4})", R"({"a":"x"})", "{}"});
  check(R"({"allOf":[{"type":"object","properties":{"a":{}},
                      "additionalProperties":false},
            {"properties":{"b":{}}}]})",
        {"{}", R"({"a":1})"}, {R"({"b":1})", R"({"c":1})"});
}

} // namespace
} // namespace g4rt
