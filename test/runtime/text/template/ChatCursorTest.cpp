#include "runtime/text/template/ChatCursor.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using artifact::ChatFact;
using artifact::ChatList;
using artifact::ChatText;
using artifact::ChatValue;

class ChatCursorTest : public testing::Test {
protected:
  // What `list` of the element `outer` calls holds, by one of its texts.
  std::string textsOf(const ChatCursor &at, ChatList list, ChatText text) {
    std::string texts;
    Status status = at.each(list, [&](const ChatCursor &inner) {
      texts += *inner.text(text) + " ";
      return Status();
    });
    return status.ok() ? texts : status.message();
  }
  ChatCursor first(const ChatCursor &at, ChatList list) {
    ChatCursor found;
    EXPECT_FALSE(at.each(list, [&](const ChatCursor &inner) {
                     found = inner;
                     return Status(StatusCode::Cancelled, "found");
                   }).ok());
    return found;
  }

  Conversation conversation = *parseConversation(R"({
    "enable_thinking": true,
    "messages": [
      {"role": "system", "content": "s"},
      {"role": "user", "content": [{"type": "text", "text": "a"},
                                   {"type": "image"}]},
      {"role": "assistant", "tool_calls": [
        {"function": {"name": "f", "arguments": {"k": 1}}},
        {"function": {"name": "g"}}]}],
    "tools": [{"function": {"name": "t"}}, {"function": {"name": "u",
      "parameters": {"type": 3, "required": ["k"]},
      "response": {"type": "object", "description": "r"}}}]})");
  ChatView view = viewOf(conversation, {"<", ">"});
  ChatCursor top{.view = &view};
};

TEST_F(ChatCursorTest, WalksEachList) {
  EXPECT_EQ(textsOf(top, ChatList::tools, ChatText::tool_name), "t u ");
  EXPECT_EQ(textsOf(top, ChatList::messages, ChatText::role),
            "user assistant ");
  EXPECT_EQ(textsOf(top, ChatList::system_parts, ChatText::part), "s ");
  ChatCursor user = first(top, ChatList::messages);
  EXPECT_EQ(textsOf(user, ChatList::parts, ChatText::part), "a  ");
  ChatCursor assistant = top;
  assistant.message = &view.messages[1];
  EXPECT_EQ(textsOf(assistant, ChatList::calls, ChatText::call_name), "f g ");
  EXPECT_EQ(textsOf(assistant, ChatList::results, ChatText::result_name), "");
}

TEST_F(ChatCursorTest, KnowsTheFactsOfItsPlace) {
  EXPECT_TRUE(top.holds(ChatFact::thinking_enabled));
  EXPECT_TRUE(top.holds(ChatFact::has_system));
  EXPECT_TRUE(top.holds(ChatFact::ends_in_calls));
  EXPECT_FALSE(first(top, ChatList::system_parts).holds(ChatFact::is_listed));
  ChatCursor part = first(first(top, ChatList::messages), ChatList::parts);
  EXPECT_TRUE(part.holds(ChatFact::is_listed));
  EXPECT_TRUE(part.holds(ChatFact::is_text));
  EXPECT_FALSE(part.holds(ChatFact::is_image));
}

TEST_F(ChatCursorTest, ReadsDeclarations) {
  ChatCursor tool = top;
  tool.tool = &conversation.tools[1];
  EXPECT_FALSE(tool.holds(ChatFact::has_properties));
  EXPECT_TRUE(tool.holds(ChatFact::response_is_object));
  EXPECT_EQ(*tool.text(ChatText::response_type), "OBJECT");
  EXPECT_EQ(*tool.text(ChatText::response_description), "r");
  EXPECT_NE(tool.value(ChatValue::required).list(), nullptr);
  EXPECT_TRUE(tool.value(ChatValue::properties).isNull());
  EXPECT_EQ(tool.text(ChatText::parameters_type).error().message(),
            "tools[1].function.parameters.type: a number, needs the name of a "
            "type or a list of names");
}

} // namespace
} // namespace g4rt
