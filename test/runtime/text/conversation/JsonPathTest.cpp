//===- JsonPathTest.cpp - Where in a JSON value ---------------------------===//

#include "runtime/text/conversation/JsonPath.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(JsonPathTest, StepsAreSpelledFromTheRoot) {
  JsonPath root, messages = root.key("messages"), second = messages.at(2);
  EXPECT_EQ(root.toString(), "");
  EXPECT_EQ(second.key("tool_calls").toString(), "messages[2].tool_calls");
  EXPECT_EQ(second.wrong("empty").message(), "messages[2]: empty");
  EXPECT_EQ(root.wrong("empty").message(), "request: empty");
}

TEST(JsonPathTest, AnOddKeyStandsInBrackets) {
  JsonPath root, kwargs = root.key("chat_template_kwargs");
  EXPECT_EQ(kwargs.key("enable-thinking").toString(),
            R"(chat_template_kwargs["enable-thinking"])");
  EXPECT_EQ(kwargs.key("").toString(), R"(chat_template_kwargs[""])");
  EXPECT_EQ(root.key("a\n\"").toString(), R"(["a\n\""])");
}

TEST(JsonPathTest, ThePathOfAMessageIsFoundWhateverItsKeysAre) {
  JsonPath root, kwargs = root.key("chat_template_kwargs");
  for (std::string key :
       {"plain", "with-hyphen", "a: b", "]: ", "\"]: x", "\\", "\\\"", "", " ",
        "\n\x1b[31m", "\xc3\xa4", "a.b[0]", "::"}) {
    JsonPath path = kwargs.key(key), inner = path.at(3);
    std::string message = inner.wrong("what: is wrong").message();
    EXPECT_EQ(message.substr(0, pathLength(message)), inner.toString()) << key;
  }
}

} // namespace
} // namespace g4rt
