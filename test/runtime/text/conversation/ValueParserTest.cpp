#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string messageOf(std::string_view text, ValueLimits limits = {}) {
  Result<Value> value = parseValue(text, limits);
  return value ? "ok" : value.error().message();
}

TEST(ValueParserTest, KeepsOrderAndSpelling) {
  ValueLimits limits;
  Value value = *parseValue(
      R"({"b":[1e20, -7, 12345678901234567890123, "x\u0000é\ud83d\ude00", null],
          "a":{"":true}})",
      limits);
  const ValueMap &map = *value.map();
  EXPECT_EQ(map[0].key, "b");
  EXPECT_EQ(map[1].key, "a");
  const ValueList &list = *map[0].value.list();
  EXPECT_EQ(list[0].number()->text, "1e+20");
  EXPECT_EQ(list[1].number()->text, "-7");
  EXPECT_EQ(list[2].number()->text, "12345678901234567890123");
  EXPECT_EQ(*list[3].string(), std::string("x\0é😀", 8));
  EXPECT_TRUE(list[4].isNull());
  EXPECT_TRUE(*map[1].value.find("")->boolean());
}

TEST(ValueParserTest, TakesAnyValueAtTheTop) {
  for (const char *text : {"1", "-0.5e3", "\"\"", "null", "true", "[]", " {} "})
    EXPECT_EQ(messageOf(text), "ok") << text;
}

TEST(ValueParserTest, RefusesWhatIsNotJson) {
  EXPECT_EQ(messageOf(""), "invalid JSON at byte 0: incomplete JSON");
  EXPECT_EQ(messageOf("[1,]"), "invalid JSON at byte 3: syntax error");
  EXPECT_EQ(messageOf("1 2"), "invalid JSON at byte 2: extra data");
  EXPECT_EQ(messageOf("[1"), "invalid JSON at byte 2: incomplete JSON");
  EXPECT_NE(messageOf("\"\xff\""), "ok");
  EXPECT_NE(messageOf("\"\\ud800\""), "ok");
  EXPECT_NE(messageOf("NaN"), "ok");
}

TEST(ValueParserTest, RefusesAKeyThatComesTwice) {
  EXPECT_EQ(messageOf(R"({"a":1,"b":{"x":1,"y":2,"x":3}})"),
            "invalid JSON at byte 29: an object has the key \"x\" twice");
}

TEST(ValueParserTest, CutsALongKeyBetweenTwoCharactersInItsMessage) {
  std::string start(63, 'k'), key = "\"" + start + "\xc3\xa4\"";
  std::string message = messageOf("{" + key + ":1," + key + ":2}");
  EXPECT_NE(message.find("key \"" + start + "\" twice"), std::string::npos)
      << message;
}

TEST(ValueParserTest, BoundsDepthAndNumberOfValues) {
  EXPECT_EQ(messageOf(std::string(64, '[') + std::string(64, ']')), "ok");
  EXPECT_NE(messageOf(std::string(65, '[') + std::string(65, ']')), "ok");
  EXPECT_NE(messageOf(std::string(1'000'000, '[')), "ok");
  EXPECT_EQ(messageOf("[1,2]", {.maxValues = 3}), "ok");
  EXPECT_EQ(messageOf("[1,2]", {.maxValues = 2}),
            "invalid JSON at byte 4: too many values");
}

TEST(ValueParserTest, TextsShareABudget) {
  ValueLimits limits{.maxValues = 5};
  EXPECT_TRUE(parseValue("[1,2]", limits));
  EXPECT_EQ(limits.maxValues, 2u);
  EXPECT_FALSE(parseValue("[1,2]", limits));
}

} // namespace
} // namespace g4rt
