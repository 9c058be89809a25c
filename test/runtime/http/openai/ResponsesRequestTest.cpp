//===- ResponsesRequestTest.cpp - What /v1/responses is asked -------------===//

#include "runtime/http/openai/ResponsesRequest.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class ResponsesRequestTest : public testing::Test {
protected:
  Result<ResponsesRequest> read(const std::string &fields) {
    return parseResponsesRequest(R"({"input":"hi")" + fields + "}",
                                 server_.model, store_);
  }
  std::string wrong(const std::string &fields) {
    auto request = read(fields);
    return request ? "(none)" : std::string(request.error().message());
  }

  TestServer server_;
  MemoryPool memory_{size_t{1} << 24};
  ResponseStore store_{memory_};
};

TEST_F(ResponsesRequestTest, InstructionsComeFirstAndAreNotKept) {
  ResponsesRequest request = *read(R"(,"instructions":"be brief")");
  const auto &messages = request.chat.conversation.messages;
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].role, Role::System);
  ASSERT_EQ(request.history.size(), 1u);
  EXPECT_EQ(request.history[0].role, Role::User);
  EXPECT_TRUE(request.isStored);
  EXPECT_FALSE(read(R"(,"store":false)")->isStored);
}

TEST_F(ResponsesRequestTest, APreviousResponseGoesBefore) {
  store_.put("resp_1", {.messages = {textMessage(Role::User, "a"),
                                     textMessage(Role::Assistant, "b")}});
  ResponsesRequest request = *read(R"(,"previous_response_id":"resp_1")");
  EXPECT_EQ(request.chat.conversation.messages.size(), 3u);
  EXPECT_EQ(request.history.size(), 3u);
  EXPECT_TRUE(wrong(R"(,"previous_response_id":"resp_2")")
                  .starts_with("previous_response_id: \"resp_2\""));
}

TEST_F(ResponsesRequestTest, FieldsHaveTheNamesOfThisApi) {
  ResponsesRequest request = *read(R"(,"max_output_tokens":9,"temperature":0.5,
      "reasoning":{"effort":"low"},"text":{"format":{"type":"text"}})");
  EXPECT_EQ(request.chat.generation.maxTokens, 9);
  EXPECT_EQ(request.chat.generation.sampling.temperature, 0.5F);
  EXPECT_TRUE(request.chat.conversation.enableThinking);
  EXPECT_EQ(request.chat.generation.rules.maxThoughtTokens, 1024);
  EXPECT_EQ(request.echo.at("max_output_tokens"), 9);
  EXPECT_EQ(request.echo.at("tool_choice"), "auto");
}

TEST_F(ResponsesRequestTest, ToolsAreFlat) {
  std::string tools = R"(,"tools":[{"type":"function","name":"f",
      "parameters":{"type":"object"}},{"type":"function","name":"g"}])";
  ResponsesRequest request = *read(tools);
  EXPECT_EQ(request.chat.conversation.tools.size(), 2u);
  EXPECT_EQ(request.echo.at("tools").as_array().size(), 2u);
  EXPECT_TRUE(wrong(tools + R"(,"tool_choice":{"type":"function","name":"h"})")
                  .starts_with("tool_choice.name: "));
  EXPECT_TRUE(read(tools + R"(,"tool_choice":"none")")
                  ->chat.conversation.tools.empty());
}

TEST_F(ResponsesRequestTest, ARefusalNamesTheField) {
  EXPECT_EQ(wrong(R"(,"background":true)"), "background: not supported");
  EXPECT_EQ(wrong(R"(,"tools":[{"type":"web_search"}])"),
            "tools[0].type: only function is supported");
  EXPECT_TRUE(wrong(R"(,"reasoning":{"effort":"x"})")
                  .starts_with("reasoning.effort: "));
  EXPECT_TRUE(wrong(R"(,"text":{"format":{"type":"x"}})")
                  .starts_with("text.format.type: "));
  EXPECT_TRUE(
      wrong(R"(,"max_output_tokens":0)").starts_with("max_output_tokens: "));
}

} // namespace
} // namespace g4rt
