#include "runtime/text/conversation/Conversation.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

std::string messageOf(std::string_view request,
                      ConversationLimits limits = {}) {
  Result<Conversation> conversation = parseConversation(request, limits);
  return conversation ? "ok" : conversation.error().message();
}

// What is wrong with a request that has this one tool.
std::string messageOfTool(const std::string &tool) {
  return messageOf(R"({"messages":[],"tools":[)" + tool + "]}");
}

TEST(ConversationTest, ReadsToolsAndSwitches) {
  Conversation conversation = *parseConversation(R"({
    "model": "x", "temperature": 0.5,
    "messages": [{"role": "user", "content": "hi"}],
    "tools": [{"type": "function", "function": {"name": "f",
      "description": "d", "parameters": {"type": "object"}}}],
    "enable_thinking": false,
    "chat_template_kwargs": {"enable_thinking": true,
                             "add_generation_prompt": null}})");
  ASSERT_EQ(conversation.messages.size(), 1u);
  ASSERT_EQ(conversation.tools.size(), 1u);
  EXPECT_EQ(conversation.tools[0].name, "f");
  EXPECT_EQ(conversation.tools[0].description, "d");
  EXPECT_TRUE(conversation.tools[0].parameters.find("type"));
  EXPECT_TRUE(conversation.tools[0].response.isNull());
  EXPECT_TRUE(conversation.enableThinking);
  EXPECT_FALSE(conversation.preserveThinking);
  EXPECT_TRUE(conversation.addGenerationPrompt);
}

TEST(ConversationTest, NamesThePathOfTheFirstWrongField) {
  EXPECT_EQ(messageOf("[]"), "request: a list, needs an object");
  EXPECT_EQ(messageOf("{}"), "messages: missing, needs a list");
  EXPECT_EQ(messageOf(R"({"messages":3})"), "messages: a number, needs a list");
  EXPECT_EQ(messageOf(R"({"messages":[],"tools":{}})"),
            "tools: an object, needs a list");
  EXPECT_EQ(messageOf(R"({"messages":[],"enable_thinking":1})"),
            "enable_thinking: a number, needs true or false");
  EXPECT_EQ(messageOf(R"({"messages":[],"chat_template_kwargs":[]})"),
            "chat_template_kwargs: a list, needs an object");
  EXPECT_EQ(
      messageOf(R"({"messages":[],"chat_template_kwargs":{"tools":[1]}})"),
      "chat_template_kwargs.tools: belongs to the request, not to the "
      "template");
  EXPECT_EQ(messageOf(R"({"messages":[],)"),
            "invalid JSON at byte 15: incomplete JSON");
}

TEST(ConversationTest, KeysThatTheTemplateDoesNotReadAreIgnored) {
  Conversation conversation = *parseConversation(R"({"messages":[],
      "chat_template_kwargs":{"enable_thinking":"True","thinking":false,
      "thinking_budget":512,"tools":null,"x":{"y":[]}}})");
  EXPECT_TRUE(conversation.enableThinking);
  EXPECT_FALSE(parseConversation(R"({"messages":[],"enable_thinking":true,
      "chat_template_kwargs":{"enable_thinking":"false"}})")
                   ->enableThinking);
  EXPECT_EQ(messageOf(R"({"messages":[],
                "chat_template_kwargs":{"enable_thinking":"perhaps"}})"),
            "chat_template_kwargs.enable_thinking: a string, needs true or "
            "false");
}

TEST(ConversationTest, NamesOfOtherSystemsAreNamesOfTools) {
  for (std::string name :
       {"f", "calendar.read", "google:mcp:text/create-file", "größe"})
    EXPECT_EQ(messageOfTool(R"({"function":{"name":")" + name + "\"}}"), "ok");
  for (std::string name :
       {"", "a b", "f{", "f(", ":f", "f:", "a,b", "<|x|>", "f\\n", "it's"})
    EXPECT_NE(messageOfTool(R"({"function":{"name":")" + name + "\"}}"), "ok")
        << name;
  std::string longest(128, 'x');
  EXPECT_EQ(messageOfTool(R"({"function":{"name":")" + longest + "\"}}"), "ok");
  EXPECT_NE(messageOfTool(R"({"function":{"name":")" + longest + "x\"}}"),
            "ok");
}

TEST(ConversationTest, NamesWhatIsWrongWithATool) {
  EXPECT_EQ(messageOfTool("3"), "tools[0]: a number, needs an object");
  EXPECT_EQ(messageOfTool("{}"), "tools[0].function: missing, needs an object");
  EXPECT_EQ(messageOfTool(R"({"type":"retrieval"})"),
            "tools[0].type: \"retrieval\", needs \"function\"");
  EXPECT_EQ(messageOfTool(R"({"function":{}})"),
            "tools[0].function.name: missing, needs a string");
  EXPECT_EQ(messageOfTool(R"({"function":{"name":"a b"}})"),
            "tools[0].function.name: \"a b\", needs 1 to 128 bytes without "
            "blanks, quotes and brackets");
  EXPECT_EQ(messageOfTool(R"({"function":{"name":"f","description":1}})"),
            "tools[0].function.description: a number, needs a string");
  EXPECT_EQ(messageOfTool(R"({"function":{"name":"f","parameters":"{}"}})"),
            "tools[0].function.parameters: a string, needs an object");
  EXPECT_EQ(messageOfTool(R"({"function":{"name":"f","parameters":null}})"),
            "ok");
}

TEST(ConversationTest, BoundsCounts) {
  EXPECT_EQ(messageOf(R"({"messages":[{"role":"user"},{"role":"user"}]})",
                      {.maxMessages = 1}),
            "messages: 2 elements, at most 1");
  EXPECT_EQ(messageOf(R"({"messages":[],"tools":[{},{}]})", {.maxTools = 1}),
            "tools: 2 elements, at most 1");
  EXPECT_EQ(messageOf(R"({"messages":[]})", {.values = {.maxValues = 1}}),
            "invalid JSON at byte 12: too many values");
}

TEST(ConversationTest, AMessageThatIsOneTextIsLikeOneOfAStringInJson) {
  Message message = textMessage(Role::Assistant, "hi");
  EXPECT_EQ(message.role, Role::Assistant);
  EXPECT_EQ(message.content.form, Content::Form::String);
  ASSERT_EQ(message.content.parts.size(), 1u);
  EXPECT_EQ(message.content.parts[0].kind, PartKind::Text);
  EXPECT_EQ(message.content.parts[0].text, "hi");
}

TEST(ConversationTest, SpellsRoles) {
  EXPECT_EQ(toString(Role::Developer), "developer");
  EXPECT_EQ(toString(Role::Tool), "tool");
}

} // namespace
} // namespace g4rt
