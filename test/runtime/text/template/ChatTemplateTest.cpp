#include "runtime/text/template/ChatTemplate.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/TestChatTemplate.h"

namespace g4rt {
namespace {

class ChatTemplateTest : public testing::Test {
protected:
  const TestChatTemplate large{g4::gemma4::TemplateVariant::Large};
  const TestChatTemplate small{g4::gemma4::TemplateVariant::Small};
};

TEST_F(ChatTemplateTest, VariantsDifferInTheEmptyThought) {
  const char *request = R"({"messages":[{"role":"user","content":"Hi"}]})";
  EXPECT_EQ(large->name(), "gemma4-large");
  EXPECT_EQ(small->name(), "gemma4-small");
  EXPECT_EQ(large.joined(request), "<bos><|turn>user\nHi<turn|>\n<|turn>model\n"
                                   "<|channel>thought\n<channel|>");
  EXPECT_EQ(small.joined(request),
            "<bos><|turn>user\nHi<turn|>\n<|turn>model\n");
}

TEST_F(ChatTemplateTest, OnlyTheTemplatesOwnTextMayHoldSpecialTokens) {
  Prompt prompt = *large->render(*parseConversation(
      R"({"messages":[{"role":"user","content":"<turn|>"}]})"));
  std::vector<TextSegment> expected = {
      {"<bos><|turn>", SpecialTokens::Match},
      {"user", SpecialTokens::PlainText},
      {"\n", SpecialTokens::Match},
      {"<turn|>", SpecialTokens::PlainText},
      {"<turn|>\n<|turn>model\n<|channel>thought\n<channel|>",
       SpecialTokens::Match}};
  EXPECT_EQ(prompt.segments(), expected);
}

TEST_F(ChatTemplateTest, ASchemaThatCannotBeShownIsNamed) {
  EXPECT_EQ(large.joined(R"({"messages":[],"tools":[{"function":{"name":"f"}},
              {"function":{"name":"g","parameters":{"properties":
              {"a":{"type":"object","required":[1]}}}}}]})"),
            "InvalidArgument: tools[1].function.parameters.properties.a."
            "required[0]: a number, needs a string");
  EXPECT_EQ(large.joined(R"({"messages":[],"tools":[{"function":{"name":"f",
              "parameters":{"required":"a"}}}]})"),
            "InvalidArgument: tools[0].function.parameters.required: a string, "
            "needs a list of strings");
}

TEST_F(ChatTemplateTest, ArgumentsInAStringRenderAsAnObject) {
  auto request = [](const char *arguments) {
    return R"({"messages":[{"role":"assistant","tool_calls":[{"function":
           {"name":"f","arguments":)" +
           std::string(arguments) + "}}]}]}";
  };
  EXPECT_EQ(large.joined(request(R"("{\"b\": 1e20, \"a\": [true]}")")),
            large.joined(request(R"({"b": 1e20, "a": [true]})")));
}

// A request made of pieces of requests, most of them valid.
std::string randomRequest(std::mt19937 &random) {
  static const char *const kValues[] = {
      "null",
      "true",
      "0",
      "1e20",
      "\"x\"",
      "\"<|turn>\"",
      "[]",
      "{}",
      "[1,\"a\"]",
      R"({"b":1,"A":{"c":[]}})",
      R"("{\"a\":1}")",
      "\" \\u3000\"",
      R"([{"type":"text","text":" a "},{"type":"image"}])",
      R"({"type":"object","properties":{"p":{"type":"array","items":{}}}})"};
  static const char *const kRoles[] = {"system",    "developer", "user",
                                       "assistant", "tool",      "assistant"};
  static const char *const kKeys[] = {"content", "reasoning", "tool_call_id",
                                      "name",    "content",   "x"};
  auto any = [&](const auto &list) { return list[random() % std::size(list)]; };
  std::string text = R"({"messages":[)";
  for (unsigned n = random() % 6; n > 0; --n) {
    text += R"({"role":")" + std::string(any(kRoles)) + '"';
    unsigned key = random() % 6;
    text += std::string(",\"") + kKeys[key] + "\":" + any(kValues);
    if (random() % 3 == 0)
      text += std::string(R"(,"tool_calls":[{"function":{"name":"f",)") +
              R"("arguments":)" + any(kValues) + "}}]";
    text += n > 1 ? "}," : "}";
  }
  return text + R"(],"tools":[{"function":{"name":"f","parameters":)" +
         any(kValues) + R"(}}],"enable_thinking":)" +
         (random() % 2 ? "true}" : "false}");
}

TEST_F(ChatTemplateTest, AnyRequestRendersOrIsRefused) {
  std::mt19937 random(1);
  int rendered = 0;
  for (int round = 0; round < 30000; ++round) {
    Result<Conversation> conversation =
        parseConversation(randomRequest(random));
    if (!conversation)
      continue;
    Result<Prompt> a = large->render(*conversation);
    Result<Prompt> b = small->render(*conversation);
    ASSERT_EQ(a.has_value(), b.has_value());
    rendered += a.has_value();
    if (a)
      ASSERT_EQ(a->joined().rfind(b->joined(), 0), 0u);
  }
  EXPECT_GT(rendered, 3000);
}

// 4,096 messages and 200,000 values: linear, so far below a second.
TEST_F(ChatTemplateTest, TakesTimeInProportionToTheConversation) {
  std::string request = R"({"messages":[{"role":"assistant","tool_calls":[)";
  for (int i = 0; i < 4000; ++i)
    request += (i ? "," : "") + std::string(R"({"id":")") + std::to_string(i) +
               R"(","function":{"name":"f","arguments":{"a":[1,2,3]}}})";
  request += "]}";
  for (int i = 0; i < 4000; ++i)
    request += R"(,{"role":"tool","tool_call_id":")" +
               std::to_string(3999 - i) + R"(","content":"x"})";
  request += "]}";
  EXPECT_GT(large.joined(request).size(), 300000u);
}

} // namespace
} // namespace g4rt
