#include "runtime/base/Json.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string messageOf(std::string_view text, JsonLimits limits = {}) {
  Result<json::value> value = parseJson(text, limits);
  return value ? "ok" : value.error().message();
}

TEST(JsonTest, KeepsOrderNumbersAndNul) {
  Result<json::value> value = parseJson(R"({"b":1,"a":[2.5,"x\u0000y"]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->as_object().begin()->key(), "b");
  EXPECT_EQ(value->at("a").at(1).as_string().size(), 3u);
}

TEST(JsonTest, NamesTheOffsetOfTheFirstWrongByte) {
  EXPECT_EQ(messageOf("{\"a\":1,}"), "invalid JSON at byte 7: syntax error");
  EXPECT_EQ(messageOf("1 2"), "invalid JSON at byte 2: extra data");
  EXPECT_EQ(messageOf(""), "invalid JSON at byte 0: incomplete JSON");
}

TEST(JsonTest, RefusesDepthSizeAndInvalidUtf8) {
  std::string deep(100000, '[');
  EXPECT_NE(messageOf(deep), "ok");
  EXPECT_EQ(messageOf(std::string(64, '[') + std::string(64, ']')), "ok");
  EXPECT_NE(messageOf(std::string(65, '[') + std::string(65, ']')), "ok");
  EXPECT_NE(messageOf("[1,2,3]", {.maxBytes = 3}), "ok");
  EXPECT_NE(messageOf("\"\xff\""), "ok");
}

TEST(JsonTest, NamesTheFile) {
  Result<json::value> value = parseJsonFile("/no/such.json");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message().rfind("/no/such.json: ", 0), 0u);
}

} // namespace
} // namespace g4rt
