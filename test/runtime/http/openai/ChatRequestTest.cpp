//===- ChatRequestTest.cpp - Chat requests --------------------------------===//

#include "runtime/http/openai/ChatRequest.h"

#include "runtime/http/ApiError.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class ChatRequestTest : public testing::Test {
protected:
  Result<ChatRequest> parse(const std::string &fields) {
    return parseChatRequest(R"({"messages":[{"role":"user","content":"hi"}])" +
                                fields + "}",
                            server_.model);
  }
  /// "param code" of what is wrong with a body.
  std::string wrong(std::string_view body) {
    auto request = parseChatRequest(body, server_.model);
    if (request)
      return "ok";
    ApiError error = errorOf(request.error());
    return error.param + " " + std::string(error.code());
  }

  TestServer server_;
  const std::string tool_ =
      R"(,"tools":[{"type":"function","function":{"name":"f"}}])";
};

TEST_F(ChatRequestTest, MessagesAreNeeded) {
  EXPECT_EQ(wrong("{}"), "messages invalid_value");
  EXPECT_EQ(wrong(R"({"messages":[]})"), "messages invalid_value");
  EXPECT_EQ(wrong(R"({"messages":"x"})"), "messages invalid_value");
  EXPECT_EQ(wrong(R"({"messages":[1]})"), "messages[0] invalid_value");
  EXPECT_EQ(wrong(R"({"messages":[{"role":"boss","content":"x"}]})"),
            "messages[0].role invalid_value");
}

TEST_F(ChatRequestTest, OnlyTheAssistantMayHaveNoContent) {
  for (const char *message :
       {R"({"role":"user"})", R"({"role":"user","content":null})",
        R"({"role":"system"})", R"({"role":"tool","tool_call_id":"1"})"})
    EXPECT_EQ(wrong(R"({"messages":[)" + std::string(message) + "]}"),
              "messages[0].content invalid_value")
        << message;
  EXPECT_EQ(wrong(R"({"messages":[{"role":"user","content":""},
                      {"role":"assistant","content":null}]})"),
            "ok");
}

TEST_F(ChatRequestTest, WhatIsNoJsonIsRefused) {
  for (const char *body : {"", "{", "[]x", "\"\\ud800\"", "{\"a\":\"\xff\"}",
                           "nul", "{'a':1}", "{\"a\":1,}"})
    EXPECT_EQ(wrong(body), " invalid_json") << body;
  EXPECT_EQ(wrong(std::string(100'000, '[')), " invalid_json");
  EXPECT_EQ(wrong("[]"), " invalid_value");
  EXPECT_EQ(wrong(R"({"messages":[],"messages":[]})"), " invalid_json");
}

TEST_F(ChatRequestTest, AnotherModelIsNotFound) {
  EXPECT_EQ(wrong(R"({"model":"other","messages":[]})"),
            "model model_not_found");
  EXPECT_EQ(wrong(R"({"model":5,"messages":[]})"), "model invalid_value");
}

TEST_F(ChatRequestTest, PicturesAreRefusedByPlace) {
  EXPECT_EQ(wrong(R"({"messages":[{"role":"user","content":[
      {"type":"text","text":"a"},
      {"type":"image_url","image_url":{"url":"http://x/y.png"}}]}]})"),
            "messages[0].content[1] unsupported_parameter");
}

TEST_F(ChatRequestTest, ToolsCanBeHidden) {
  EXPECT_EQ(parse(tool_)->conversation.tools.size(), 1u);
  EXPECT_EQ(
      parse(tool_ + R"(,"tool_choice":"auto")")->conversation.tools.size(), 1u);
  EXPECT_EQ(
      parse(tool_ + R"(,"tool_choice":"none")")->conversation.tools.size(), 0u);
  for (const char *choice : {R"("required")", R"({"type":"function"})", "5"})
    EXPECT_FALSE(parse(tool_ + ",\"tool_choice\":" + choice)) << choice;
}

TEST_F(ChatRequestTest, LogprobsNeedTheSwitch) {
  EXPECT_EQ(parse("")->generation.sampling.numTopLogprobs, -1);
  EXPECT_EQ(parse(R"(,"logprobs":true)")->generation.sampling.numTopLogprobs,
            0);
  EXPECT_EQ(parse(R"(,"logprobs":true,"top_logprobs":20)")
                ->generation.sampling.numTopLogprobs,
            20);
  EXPECT_FALSE(parse(R"(,"top_logprobs":2)"));
  EXPECT_FALSE(parse(R"(,"logprobs":true,"top_logprobs":21)"));
  EXPECT_FALSE(parse(R"(,"logprobs":1)"));
}

TEST_F(ChatRequestTest, TheTemplateHasItsArguments) {
  EXPECT_TRUE(parse(R"(,"chat_template_kwargs":{"enable_thinking":true})")
                  ->conversation.enableThinking);
  EXPECT_TRUE(parse(R"(,"chat_template_kwargs":{"other":true})"));
}

} // namespace
} // namespace g4rt
