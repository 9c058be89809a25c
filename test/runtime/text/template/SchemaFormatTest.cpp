#include "runtime/text/template/SchemaFormat.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Value valueOf(std::string_view text) {
  ValueLimits limits;
  return *parseValue(text, limits);
}

// A map of schemas, or what is wrong with it.
std::string formatted(std::string_view text) {
  Prompt prompt;
  JsonPath root;
  Status status = SchemaFormat(prompt, "'")
                      .properties(valueOf(text), root.key("properties"));
  return status.ok() ? prompt.joined() : status.message();
}

TEST(SchemaFormatTest, ShowsTheFieldsOfEachType) {
  EXPECT_EQ(formatted(R"({"a":{"type":"string","enum":["x"],"items":{"b":1},
                               "description":"d","nullable":true}})"),
            "a:{description:'d',enum:['x'],nullable:true,type:'STRING'}");
  EXPECT_EQ(formatted(R"({"a":{"type":"array","enum":["x"],
                               "items":{"type":"string","Q":{"b":1}}}})"),
            "a:{items:{Q:{'b':1},type:'STRING'},type:'ARRAY'}");
  EXPECT_EQ(formatted(R"({"a":{"type":"object","required":["b"],
                               "properties":{"b":{"type":"number"}}}})"),
            "a:{properties:{b:{type:'NUMBER'}},required:['b'],type:'OBJECT'}");
}

TEST(SchemaFormatTest, AnObjectWithoutPropertiesShowsItsOtherFields) {
  EXPECT_EQ(formatted(R"({"a":{"type":"object","description":"d",
                               "additionalProperties":false}})"),
            "a:{description:'d',properties:{additionalProperties:{type:''}},"
            "type:'OBJECT'}");
}

TEST(SchemaFormatTest, SpellsUnionsAsPythonDoes) {
  EXPECT_EQ(formatted(R"({"a":{"type":["string","null"]}})"),
            "a:{type:'['STRING', 'NULL']'}");
  EXPECT_EQ(formatted(R"({"a":{"type":"array",
                               "items":{"type":["string","null"]}}})"),
            "a:{items:{type:['STRING','NULL']},type:'ARRAY'}");
}

TEST(SchemaFormatTest, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(formatted("[]"), "properties: a list, needs an object");
  EXPECT_EQ(
      formatted(R"({"a":{"type":3}})"),
      "properties.a.type: a number, needs the name of a type or a list of "
      "names");
  EXPECT_EQ(formatted(R"({"a":{"type":["string",["x"]]}})"),
            "properties.a.type[1]: a list, needs the name of a type or a list "
            "of names");
  EXPECT_EQ(formatted(R"({"a":{"type":["it's"]}})"),
            "properties.a.type[0]: needs the name of a type");
  EXPECT_EQ(formatted(R"({"a":{"description":["d"]}})"),
            "properties.a.description: a list, needs a string");
  EXPECT_EQ(formatted(R"({"a":{"type":"object","required":"b"}})"),
            "properties.a.required: a string, needs a list of strings");
  EXPECT_EQ(formatted(R"({"a":{"type":"array","items":{"required":[1]}}})"),
            "properties.a.items.required[0]: a number, needs a string");
  EXPECT_EQ(formatted(R"({"a":{"type":"array","items":{"properties":{"b":
                          {"description":1}}}}})"),
            "properties.a.items.properties.b.description: a number, needs a "
            "string");
}

TEST(SchemaFormatTest, WhatIsNotShownIsNotChecked) {
  EXPECT_EQ(formatted(R"({"a":{"type":"string","required":true,"items":3}})"),
            "a:{type:'STRING'}");
}

} // namespace
} // namespace g4rt
