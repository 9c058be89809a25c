#include "runtime/http/openai/ThinkingFields.h"

#include "runtime/http/ApiError.h"
#include "runtime/http/openai/RequestBody.h"

#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class ThinkingFieldsTest : public testing::Test {
protected:
  /// "thinks 1024"; "- -1" for no thought and any number of tokens; for a wrong
  /// request the field's name.
  std::string read(const std::string &fields) {
    RequestBody body = *RequestBody::parse(R"({"messages":[])" + fields + "}");
    FieldReader request = *body.fields();
    auto conversation = readConversation(request, body.left, server_.model);
    auto budget = readThinkingBudget(request);
    if (!conversation || !budget)
      return errorOf(conversation ? budget.error() : conversation.error())
          .param;
    return (conversation->enableThinking ? "thinks " : "- ") +
           std::to_string(*budget);
  }

  TestServer server_;
};

TEST_F(ThinkingFieldsTest, EffortsAreTokens) {
  EXPECT_EQ(read(""), "- -1");
  EXPECT_EQ(read(R"(,"reasoning_effort":null)"), "- -1");
  EXPECT_EQ(read(R"(,"reasoning_effort":"none")"), "- 0");
  EXPECT_EQ(read(R"(,"reasoning_effort":"minimal")"), "thinks 256");
  EXPECT_EQ(read(R"(,"reasoning_effort":"low")"), "thinks 1024");
  EXPECT_EQ(read(R"(,"reasoning_effort":"medium")"), "thinks 4096");
  for (const char *most : {"high", "xhigh", "max"})
    EXPECT_EQ(read(R"(,"reasoning_effort":")" + std::string(most) + "\""),
              "thinks -1");
}

TEST_F(ThinkingFieldsTest, WhatTheRequestSaysItselfWins) {
  EXPECT_EQ(read(R"(,"reasoning_effort":"low","thinking_budget":7)"),
            "thinks 7");
  EXPECT_EQ(read(R"(,"reasoning_effort":"low","enable_thinking":false)"),
            "- 1024");
  EXPECT_EQ(read(R"(,"reasoning_effort":"none",
                    "chat_template_kwargs":{"enable_thinking":true})"),
            "thinks 0");
  EXPECT_EQ(read(R"(,"enable_thinking":true,"thinking_budget":0)"), "thinks 0");
}

TEST_F(ThinkingFieldsTest, ABudgetHasSeveralNames) {
  for (const char *name :
       {"thinking_budget", "thinking_token_budget", "thinking_budget_tokens"}) {
    std::string field = "\"" + std::string(name) + "\":5";
    EXPECT_EQ(read("," + field), "- 5");
    EXPECT_EQ(read(R"(,"chat_template_kwargs":{)" + field + "}"), "- 5");
  }
  EXPECT_EQ(read(R"(,"thinking_budget":5,"thinking_token_budget":5)"), "- 5");
  EXPECT_EQ(read(R"(,"thinking_budget":-1)"), "- -1");
}

TEST_F(ThinkingFieldsTest, WrongFieldsAreNamed) {
  for (const char *value : {"1", "true", "[]", "{}", "\"\"", "\"LOW\""})
    EXPECT_EQ(read(R"(,"reasoning_effort":)" + std::string(value)),
              "reasoning_effort");
  for (const char *value : {"-2", "1.5", "true", "\"5\"", "[]", "1e99"})
    EXPECT_EQ(read(R"(,"thinking_budget":)" + std::string(value)),
              "thinking_budget");
  EXPECT_EQ(read(R"(,"thinking_budget":5,"thinking_token_budget":6)"),
            "thinking_token_budget");
  EXPECT_EQ(read(R"(,"chat_template_kwargs":{"thinking_budget":"x"})"),
            "chat_template_kwargs.thinking_budget");
}

TEST_F(ThinkingFieldsTest, TheServersDefaultsHoldWhereNothingIsSaid) {
  server_.model.chatDefaults.enableThinking = true;
  EXPECT_EQ(read(""), "thinks -1");
  EXPECT_EQ(read(R"(,"reasoning_effort":"none")"), "- 0");
  EXPECT_EQ(read(R"(,"enable_thinking":false)"), "- -1");
  EXPECT_EQ(read(R"(,"thinking_budget":0)"), "- 0");
}

} // namespace
} // namespace g4rt
