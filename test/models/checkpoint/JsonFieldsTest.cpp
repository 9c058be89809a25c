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

TEST(JsonFieldsTest, FieldsKeepTheFirstFailure) {
  json::value root = json::parse(R"({"n":0,"x":"y","z":null})");
  Fields fields(root.get_object(), "part.");
  EXPECT_EQ(fields.integerOr("z", 7, 1, 9), 7);
  EXPECT_TRUE(fields.isStated("z"));
  EXPECT_FALSE(fields.isStated("w"));
  EXPECT_TRUE(fields.status().ok());
  EXPECT_EQ(fields.integer("n", 1, 9), 1);
  EXPECT_EQ(fields.number("x", 0.5, 0, 1), 0.5);
  EXPECT_EQ(fields.boolean("x", true), true);
  EXPECT_EQ(fields.status().message(),
            "part.n must be a whole number in [1, 9], got 0");
}

TEST(JsonFieldsTest, FieldsOfEachKindSayWhatTheyNeed) {
  json::value root = json::parse(R"({"n":1.5,"x":"y","list":[1,[2]]})");
  auto failure = [&](auto read) {
    Fields fields(root.get_object());
    read(fields);
    return std::string(fields.status().message());
  };
  EXPECT_EQ(failure([](Fields &f) { f.integer("gone", 0, 1); }),
            "gone is missing");
  EXPECT_EQ(failure([](Fields &f) { f.number("n", 0, 0, 1e-6); }),
            "n must be in [0, 1e-06], got 1.5E0");
  EXPECT_EQ(failure([](Fields &f) { f.number("x", 0, 0, 1); }),
            "x must be a number, got \"y\"");
  EXPECT_EQ(failure([](Fields &f) { f.boolean("x", false); }),
            "x must be true or false, got \"y\"");
  EXPECT_EQ(failure([](Fields &f) { f.text("n", ""); }),
            "n must be a string, got 1.5E0");
  EXPECT_EQ(failure([](Fields &f) { f.object("list"); }),
            "list must be an object, got [1,[2]]");
  EXPECT_EQ(failure([](Fields &f) { f.tokenIds("list", 9); }),
            "list must be token ids below 9, got [2]");
}

TEST(JsonFieldsTest, TokenIdsAreOneOrAList) {
  json::value root = json::parse(R"({"one":3,"list":[1,8],"none":-1})");
  Fields fields(root.get_object());
  EXPECT_EQ(fields.tokenIds("one", 9), std::vector<int32_t>{3});
  EXPECT_EQ(fields.tokenIds("list", 9), (std::vector<int32_t>{1, 8}));
  EXPECT_TRUE(fields.tokenIds("gone", 9).empty());
  EXPECT_EQ(fields.tokenId("none", 9), -1);
  EXPECT_EQ(fields.tokenId("one", 9), 3);
  EXPECT_TRUE(fields.status().ok());
}

} // namespace
} // namespace g4::json_fields
