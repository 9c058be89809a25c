//===- MessagesRequestTest.cpp - What /v1/messages is asked ---------------===//

#include "runtime/http/anthropic/MessagesRequest.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class MessagesRequestTest : public testing::Test {
protected:
  Result<ChatRequest> read(const std::string &fields,
                           MessagesUse use = MessagesUse::Answer) {
    return parseMessagesRequest(
        R"({"max_tokens":9,"messages":[{"role":"user","content":"hi"}])" +
            fields + "}",
        server_.model, use);
  }
  std::string wrong(const std::string &fields) {
    auto request = read(fields);
    return request ? "(none)" : std::string(request.error().message());
  }
  TestServer server_;
};

TEST_F(MessagesRequestTest, FieldsHaveAnthropicsNames) {
  ChatRequest request = *read(R"(,"system":[{"type":"text","text":"be brief"}],
      "stop_sequences":["x"],"top_k":5,"metadata":{"user_id":"a"})");
  EXPECT_EQ(request.conversation.messages.at(0).role, Role::System);
  EXPECT_EQ(request.generation.maxTokens, 9);
  EXPECT_EQ(request.generation.stops, std::vector<std::string>{"x"});
  EXPECT_EQ(request.generation.sampling.topK, 5u);
}

TEST_F(MessagesRequestTest, OnlyAnAnswerNeedsALength) {
  std::string body = R"({"messages":[{"role":"user","content":"hi"}]})";
  EXPECT_TRUE(parseMessagesRequest(body, server_.model, MessagesUse::Count));
  EXPECT_EQ(parseMessagesRequest(body, server_.model, MessagesUse::Answer)
                .error()
                .message(),
            "max_tokens: missing, needs a number");
}

TEST_F(MessagesRequestTest, ThinkingIsABudget) {
  auto budget = [&](const std::string &thinking) {
    ChatRequest request = *read(R"(,"thinking":)" + thinking);
    return (request.conversation.enableThinking ? "thinks " : "- ") +
           std::to_string(request.generation.rules.maxThoughtTokens);
  };
  EXPECT_EQ(budget(R"({"type":"enabled","budget_tokens":1024})"),
            "thinks 1024");
  EXPECT_EQ(budget(R"({"type":"disabled"})"), "- 0");
  EXPECT_EQ(budget(R"({"type":"adaptive"})"), "thinks -1");
  EXPECT_EQ(budget(R"({"type":"adaptive"},"output_config":{"effort":"low"})"),
            "thinks 1024");
  EXPECT_TRUE(wrong(R"(,"thinking":{"type":"enabled","budget_tokens":0})")
                  .starts_with("thinking.budget_tokens: "));
  EXPECT_TRUE(
      wrong(R"(,"thinking":{"type":"x"})").starts_with("thinking.type: "));
}

TEST_F(MessagesRequestTest, ToolsHaveAnInputSchema) {
  std::string tools = R"(,"tools":[{"name":"f","description":"d",
      "input_schema":{"type":"object"}}])";
  EXPECT_EQ(read(tools)->conversation.tools.at(0).name, "f");
  EXPECT_TRUE(read(tools + R"(,"tool_choice":{"type":"none"})")
                  ->conversation.tools.empty());
  EXPECT_TRUE(wrong(tools + R"(,"tool_choice":{"type":"tool","name":"g"})")
                  .starts_with("tool_choice.name: "));
  EXPECT_TRUE(wrong(R"(,"tools":[{"type":"bash_20250124","name":"bash"}])")
                  .starts_with("tools[0].type: "));
  EXPECT_TRUE(wrong(R"(,"tools":[{"name":"f"}])")
                  .starts_with("tools[0].input_schema: missing"));
  EXPECT_TRUE(
      wrong(R"(,"tool_choice":{"type":"any"})").starts_with("tool_choice: "));
}

TEST_F(MessagesRequestTest, ARefusalNamesTheField) {
  EXPECT_EQ(wrong(R"(,"mcp_servers":[{"type":"url"}])"),
            "mcp_servers: not supported");
  EXPECT_TRUE(
      wrong(R"(,"stop_sequences":[5])").starts_with("stop_sequences[0]"));
  EXPECT_TRUE(wrong(R"(,"system":5)").starts_with("system: "));
  EXPECT_TRUE(wrong(R"(,"output_format":{"type":"x"})")
                  .starts_with("output_format.type: "));
}

} // namespace
} // namespace g4rt
