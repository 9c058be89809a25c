//===- ValueJsonTest.cpp - A value of a request as JSON -------------------===//

#include "runtime/http/openai/ValueJson.h"

#include "runtime/text/conversation/ValueParser.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

json::value again(std::string_view text) {
  ValueLimits limits;
  return jsonOf(*parseValue(text, limits));
}

TEST(ValueJsonTest, AValueIsWhatItWas) {
  for (const char *text : {"null", "true", "-3", "1.5", "\"a\\\"b\"",
                           "[1,[],{}]", R"({"b":{"c":[null,false]},"a":"x"})"})
    EXPECT_EQ(again(text), json::parse(text)) << text;
}

TEST(ValueJsonTest, ANumberThatJsonLacksIsNull) {
  EXPECT_TRUE(again("1e999").is_null());
}

} // namespace
} // namespace g4rt
