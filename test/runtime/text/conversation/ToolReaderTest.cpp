#include "runtime/text/conversation/ToolReader.h"

#include <gtest/gtest.h>

#include "test/runtime/text/conversation/ReadMessage.h"

namespace g4rt {
namespace {

TEST(ToolReaderTest, TakesArgumentsAsObjectOrAsItsJson) {
  Message message = *readMessage(R"({"role":"assistant","tool_calls":[
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

TEST(ToolReaderTest, ArgumentsThatAreNoObjectAreShownAsTheyAre) {
  auto shown = [](const std::string &arguments) {
    Message message =
        *readMessage(R"({"role":"assistant","tool_calls":[{"function":
        {"name":"f","arguments":)" +
                     arguments + "}}]}");
    return *message.toolCalls[0].arguments.find("arguments");
  };
  for (const char *text :
       {R"("{\"path\": \"a.txt\", \"text\": \"first li")",
        R"("{\"a\": \"he said \"hi\"\"}")", R"("{\"a\":\"x\ny\"}")",
        R"("{\"a\":1,\"a\":2}")", R"("[1]")", R"("{a:1}")", R"("7")"}) {
    ValueLimits limits;
    EXPECT_EQ(*shown(text).string(), *parseValue(text, limits)->string());
  }
  EXPECT_EQ(shown("[1]").list()->size(), 1u);
  EXPECT_EQ(shown("true").boolean() != nullptr, true);
}

TEST(ToolReaderTest, ArgumentsShareTheBudgetOfValues) {
  std::string text = R"({"role":"assistant","tool_calls":[
      {"function":{"name":"f","arguments":"{\"a\":[1,2]}"}},
      {"function":{"name":"f","arguments":"{\"a\":[1,2]}"}}]})";
  EXPECT_EQ(messageOf(text, {.values = {.maxValues = 19}}), "ok");
  EXPECT_NE(messageOf(text, {.values = {.maxValues = 17}}), "ok");
}

TEST(ToolReaderTest, ACallOfAnyNameIsTaken) {
  for (std::string name : {"calendar.read", "google:mcp:a/b", "a b", "<|turn>"})
    EXPECT_EQ(readMessage(
                  R"({"role":"assistant","tool_calls":[{"function":{"name":")" +
                  name + R"("}}]})")
                  ->toolCalls[0]
                  .name,
              name);
  Message nameless = *readMessage(R"({"role":"assistant","tool_calls":[
      {"function":{"name":""}},{"function":{}}]})");
  EXPECT_EQ(nameless.toolCalls[0].name, "unknown");
  EXPECT_EQ(nameless.toolCalls[1].name, "unknown");
  EXPECT_EQ(readMessage(R"({"role":"tool","name":"a b"})")->name, "a b");
}

TEST(ToolReaderTest, OlderFunctionCallsAreCalls) {
  Message call =
      *readMessage(R"({"role":"assistant","content":null,"function_call":
      {"name":"f","arguments":"{\"a\":1}"}})");
  ASSERT_EQ(call.toolCalls.size(), 1u);
  EXPECT_EQ(call.toolCalls[0].name, "f");
  EXPECT_TRUE(call.toolCalls[0].arguments.find("a"));
  Message result =
      *readMessage(R"({"role":"function","name":"f","content":"r"})");
  EXPECT_EQ(result.role, Role::Tool);
  EXPECT_EQ(result.name, "f");
}

TEST(ToolReaderTest, ReadsNativeToolResponses) {
  Message message = *readMessage(R"({"role":"assistant","tool_responses":[
      {"name":"f","response":{"a":1}},{"response":null}]})");
  ASSERT_EQ(message.toolResponses.size(), 2u);
  EXPECT_EQ(message.toolResponses[0].name, "f");
  EXPECT_TRUE(message.toolResponses[1].response.isNull());
  EXPECT_EQ(
      messageOf(R"({"role":"assistant","tool_responses":[{"name":"f"}]})"),
      "messages[2].tool_responses[0].response: missing");
}

} // namespace
} // namespace g4rt
