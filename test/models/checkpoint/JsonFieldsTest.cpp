#include "models/checkpoint/JsonFields.h"

#include <gtest/gtest.h>

namespace g4::json_fields {
namespace {

TEST(JsonFieldsTest, NamesTheFieldWhatItHoldsAndWhatItNeeds) {
  json::value root = json::parse(R"({"a":{"type":"X"},"b":3})");
  const json::object &object = root.get_object();
  EXPECT_TRUE(needObject(get(object, "a"), "a"));
  EXPECT_EQ(needObject(get(object, "b"), "b").error().message(),
            "b: 3, needs an object");
  EXPECT_EQ(needObject(get(object, "c"), "c").error().message(),
            "c: null, needs an object");
  const json::object &a = object.at("a").get_object();
  EXPECT_TRUE(needString(a, "a", "type", "X").ok());
  EXPECT_EQ(needString(a, "a", "type", "Y").message(),
            "a.type: \"X\", needs \"Y\"");
  EXPECT_EQ(readBool(object, "m", "b").error().message(),
            "m.b: 3, needs true or false");
  EXPECT_FALSE(*readBool(object, "m", "no"));
  EXPECT_TRUE(needFalse(object, "m", "no").ok());
}

TEST(JsonFieldsTest, ShowsLongValuesShortenedBetweenCharacters) {
  EXPECT_EQ(shown(json::parse("[1, 2]")), "[1,2]");
  EXPECT_EQ(shownString("a\n\"b"), "\"a\\n\\\"b\"");
  for (size_t lead = 0; lead < 4; ++lead) {
    std::string text = std::string(lead, 'x');
    for (int i = 0; i < 100; ++i)
      text += "漢";
    std::string cut = shownString(text);
    EXPECT_LE(cut.size(), 60u);
    EXPECT_EQ((cut.size() - 3 - 1 - lead) % 3, 0u) << cut;
  }
}

} // namespace
} // namespace g4::json_fields
