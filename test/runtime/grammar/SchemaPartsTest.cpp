#include "runtime/grammar/SchemaParts.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

class SchemaPartsTest : public GrammarCase {};

TEST_F(SchemaPartsTest, WhatIsNotSupportedIsNamed) {
  for (const char *keyword :
       {"not", "if", "then", "else", "contains", "patternProperties",
        "propertyNames", "dependentRequired", "dependentSchemas",
        "dependencies", "unevaluatedProperties", "unevaluatedItems",
        "$dynamicRef", "minContains", "maxContains"})
    EXPECT_EQ(refusal(R"({"properties":{"a":{")" + std::string(keyword) +
                      R"(":{}}}})"),
              "Unimplemented: schema.properties.a." + std::string(keyword) +
                  ": this keyword is not supported");
  EXPECT_EQ(refusal(R"({"uniqueItems":true})"),
            "Unimplemented: schema.uniqueItems: this keyword is not supported");
  EXPECT_EQ(refusal(R"({"uniqueItems":false,"title":"t","x-mine":1})"), "ok");
}

TEST_F(SchemaPartsTest, WhatIsNoSchemaIsNamed) {
  EXPECT_EQ(refusal("1"), "InvalidArgument: schema: a number, needs an object, "
                          "true or false");
  EXPECT_EQ(refusal(R"({"type":"text"})"),
            "InvalidArgument: schema.type: needs null, boolean, integer, "
            "number, string, array, object or a list of them");
  EXPECT_EQ(refusal(R"({"enum":[]})"),
            "InvalidArgument: schema.enum: needs a list of values");
  EXPECT_EQ(refusal(R"({"minLength":-1})"),
            "InvalidArgument: schema.minLength: needs a whole number");
  EXPECT_EQ(refusal(R"({"required":[1]})"),
            "InvalidArgument: schema.required: needs a list of strings");
}

TEST_F(SchemaPartsTest, ReferencesLeadIntoTheSchema) {
  check(R"({"$ref":"#/definitions/a~1b","definitions":{"a/b":
            {"type":"integer"}}})",
        {"1"}, {"\"a\""});
  EXPECT_EQ(refusal(R"({"$ref":"#/nowhere"})"),
            "InvalidArgument: schema.$ref: \"#/nowhere\" leads nowhere");
  EXPECT_EQ(refusal(R"({"$ref":"http://x/y"})"),
            "Unimplemented: schema.$ref: \"http://x/y\", only \"#\" and "
            "\"#/...\" are supported");
}

TEST_F(SchemaPartsTest, OlderDraftsIgnoreWhatStandsBesideAReference) {
  const std::string schema = R"("$ref":"#/definitions/a","minimum":5,
      "definitions":{"a":{"type":"integer"}}})";
  check("{" + schema, {"5"}, {"4"});
  check(R"({"$schema":"http://json-schema.org/draft-07/schema#",)" + schema,
        {"4"}, {"\"a\""});
}

TEST(SchemaPartsOfValuesTest, EqualValuesHaveOneCanonicalText) {
  auto text = [](std::string_view json) {
    ValueLimits limits;
    return canonical(*parseValue(json, limits));
  };
  EXPECT_EQ(text("1"), text("1.0"));
  EXPECT_EQ(text("100"), text("1e2"));
  EXPECT_EQ(text(R"({"a":1,"b":[2]})"), text(R"({"b":[2.0],"a":1})"));
  EXPECT_NE(text(R"("1")"), text("1"));
  EXPECT_NE(text(R"(["a,b"])"), text(R"(["a","b"])"));
}

} // namespace
} // namespace g4rt
