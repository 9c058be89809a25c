//===- NumberFieldsTest.cpp - Numbers of requests -------------------------===//

#include "runtime/http/openai/NumberFields.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Value parse(std::string_view text) {
  ValueLimits limits;
  return *parseValue(text, limits);
}

TEST(NumberFieldsTest, IntegersHaveBounds) {
  JsonPath root;
  JsonPath path = root.key("x");
  auto read = [&](std::string_view text) {
    auto value = integerOf(parse(text), path, {-2, 3});
    return value ? std::to_string(*value) : value.error().message();
  };
  EXPECT_EQ(read("-2"), "-2");
  EXPECT_EQ(read("3"), "3");
  EXPECT_EQ(read("4"), "x: 4, needs an integer of -2 to 3");
  EXPECT_EQ(read("1.0"), "1"); // some languages have no other numbers
  EXPECT_EQ(read("1.5"), "x: 1.5, needs an integer of -2 to 3");
  EXPECT_EQ(read("\"1\""), "x: a string, needs an integer of -2 to 3");
  EXPECT_EQ(read("99999999999999999999"),
            "x: 99999999999999999999, needs an integer of -2 to 3");
}

TEST(NumberFieldsTest, NumbersAreFinite) {
  JsonPath root;
  auto read = [&](std::string_view text) {
    return numberOf(parse(text), root.key("x"));
  };
  EXPECT_EQ(*read("1.5"), 1.5F);
  EXPECT_EQ(*read("-3"), -3.0F);
  EXPECT_EQ(*read("1e-300"), 0.0F);
  EXPECT_FALSE(read("1e400"));
  EXPECT_FALSE(read("1e39")); // no f32
  EXPECT_FALSE(read("null"));
}

TEST(NumberFieldsTest, IdsAreInTheVocabulary) {
  JsonPath root;
  Value value = parse(R"({"ids":[0,4]})");
  FieldReader fields = *FieldReader::of(value, root);
  EXPECT_EQ(*readIds(fields, "ids", 5, 2), (std::vector<int32_t>{0, 4}));
  EXPECT_EQ(readIds(fields, "ids", 4, 2).error().message(),
            "ids[1]: 4, needs an integer of 0 to 3");
  EXPECT_FALSE(readIds(fields, "ids", 5, 1));
  EXPECT_TRUE(readIds(fields, "other", 5, 1)->empty());
}

} // namespace
} // namespace g4rt
