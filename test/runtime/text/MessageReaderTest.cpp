#include "runtime/text/MessageReader.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Result<Message> read(std::string_view text, ConversationLimits limits = {}) {
  Value value = *parseValue(text, limits.values);
  JsonPath root, messages = root.key("messages");
  return readMessage(value, messages.at(2), limits);
}

std::string messageOf(std::string_view text, ConversationLimits limits = {}) {
  Result<Message> message = read(text, limits);
  return message ? "ok" : message.error().message();
}

TEST(MessageReaderTest, ReadsTheThreeFormsOfContent) {
  EXPECT_EQ(read(R"({"role":"user"})")->content.form, Content::Form::Null);
  EXPECT_EQ(read(R"({"role":"user","content":null})")->content.form,
            Content::Form::Null);
  Message text = *read(R"({"role":"user","content":"hi"})");
  EXPECT_EQ(text.content.form, Content::Form::String);
  EXPECT_EQ(text.content.parts[0].text, "hi");
  Message parts = *read(R"({"role":"user","content":[
      {"type":"text","text":"a"},{"type":"image_url","image_url":{}},
      {"type":"input_audio"},{"type":"video"}]})");
  EXPECT_EQ(parts.content.form, Content::Form::Parts);
  ASSERT_EQ(parts.content.parts.size(), 4u);
  EXPECT_EQ(parts.content.parts[1].kind, PartKind::Image);
  EXPECT_EQ(parts.content.parts[2].kind, PartKind::Audio);
  EXPECT_EQ(parts.content.parts[3].kind, PartKind::Video);
}

TEST(MessageReaderTest, NamesThePathOfTheFirstWrongField) {
  EXPECT_EQ(messageOf("3"), "messages[2]: a number, needs an object");
  EXPECT_EQ(messageOf("{}"), "messages[2].role: missing, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"robot"})"),
            "messages[2].role: \"robot\", needs system, developer, user, "
            "assistant or tool");
  EXPECT_EQ(messageOf(R"({"role":"user","content":{"a":1}})"),
            "messages[2].content: an object, needs a string, null or a list of "
            "parts");
  EXPECT_EQ(messageOf(R"({"role":"user","content":["x"]})"),
            "messages[2].content[0]: a string, needs an object");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[{"type":"text","text":""},
                          {"type":"movie"}]})"),
            "messages[2].content[1].type: \"movie\", needs text, image, "
            "image_url, audio, input_audio or video");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[{"type":"text"}]})"),
            "messages[2].content[0].text: missing, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"assistant","reasoning":1})"),
            "messages[2].reasoning: a number, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"tool","tool_call_id":7})"),
            "messages[2].tool_call_id: a number, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"tool","name":"<|turn>"})"),
            "messages[2].name: \"<|turn>\", needs 1 to 64 letters, digits, "
            "underscores or hyphens");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[{},{}]})",
                      {.maxPartsPerMessage = 1}),
            "messages[2].content: 2 elements, at most 1");
}

// The arguments of a call as the JSON of a request has them.
std::string messageOfArguments(const std::string &arguments) {
  return messageOf(R"({"role":"assistant","tool_calls":[{"function":{"name":"f",
                       "arguments":)" +
                   arguments + "}}]}");
}

TEST(MessageReaderTest, TakesArgumentsAsObjectOrAsItsJson) {
  Message message = *read(R"({"role":"assistant","tool_calls":[
      {"id":"1","type":"function","function":{"name":"f","arguments":{"a":1}}},
      {"function":{"name":"g","arguments":"{\"a\": 1e20}"}},
      {"function":{"name":"h","arguments":" "}},
      {"function":{"name":"i","arguments":"null"}},
      {"function":{"name":"j"}}]})");
  const std::vector<ToolCall> &calls = message.toolCalls;
  ASSERT_EQ(calls.size(), 5u);
  EXPECT_EQ(calls[0].id, "1");
  EXPECT_EQ(calls[0].arguments.find("a")->number()->text, "1");
  EXPECT_EQ(calls[1].id, std::nullopt);
  EXPECT_EQ(calls[1].arguments.find("a")->number()->text, "1e+20");
  EXPECT_TRUE(calls[2].arguments.isNull());
  EXPECT_TRUE(calls[3].arguments.isNull());
  EXPECT_TRUE(calls[4].arguments.isNull());
}

TEST(MessageReaderTest, RefusesOtherArguments) {
  std::string path = "messages[2].tool_calls[0].function.arguments: ";
  EXPECT_EQ(messageOfArguments("[1]"),
            path + "a list, needs an object, null or a string with an object");
  EXPECT_EQ(messageOfArguments(R"("[1]")"),
            path + "a string with a list, needs an object");
  EXPECT_EQ(messageOfArguments(R"("{a:1}")"),
            path + "invalid JSON at byte 1: syntax error");
}

TEST(MessageReaderTest, ArgumentsShareTheBudgetOfValues) {
  std::string text = R"({"role":"assistant","tool_calls":[
      {"function":{"name":"f","arguments":"{\"a\":[1,2]}"}},
      {"function":{"name":"f","arguments":"{\"a\":[1,2]}"}}]})";
  EXPECT_EQ(messageOf(text, {.values = {.maxValues = 19}}), "ok");
  EXPECT_NE(messageOf(text, {.values = {.maxValues = 17}}), "ok");
}

TEST(MessageReaderTest, ReadsNativeToolResponses) {
  Message message = *read(R"({"role":"assistant","tool_responses":[
      {"name":"f","response":{"a":1}},{"response":null}]})");
  ASSERT_EQ(message.toolResponses.size(), 2u);
  EXPECT_EQ(message.toolResponses[0].name, "f");
  EXPECT_TRUE(message.toolResponses[1].response.isNull());
  EXPECT_EQ(
      messageOf(R"({"role":"assistant","tool_responses":[{"name":"f"}]})"),
      "messages[2].tool_responses[0].response: missing");
}

TEST(MessageReaderTest, ReasoningComesBeforeReasoningContent) {
  EXPECT_EQ(read(R"({"role":"assistant","reasoning":"a",
                     "reasoning_content":"b"})")
                ->thought,
            "a");
  EXPECT_EQ(read(R"({"role":"assistant","reasoning":"",
                     "reasoning_content":"b"})")
                ->thought,
            "b");
}

} // namespace
} // namespace g4rt
