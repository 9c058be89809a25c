//===- AnswerFormatTest.cpp - What all answers say ------------------------===//

#include "runtime/http/openai/AnswerFormat.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(AnswerFormatTest, UsageAddsUp) {
  EXPECT_EQ(
      json::value(usageOf(
          {.numPromptTokens = 3, .numCachedTokens = 2, .numAnswerTokens = 4})),
      json::parse(R"({"prompt_tokens":3,
      "completion_tokens":4,"total_tokens":7,
      "prompt_tokens_details":{"cached_tokens":2}})"));
}

TEST(AnswerFormatTest, ReasonsAreOpenAis) {
  EXPECT_EQ(toString(FinishReason::Stop), "stop");
  EXPECT_EQ(toString(FinishReason::Length), "length");
}

TEST(AnswerFormatTest, TheHeadIsOnEveryObject) {
  EXPECT_EQ(json::value(headOf({"id-1", "m", 5}, "kind")),
            json::parse(R"({"id":"id-1","object":"kind","created":5,
                            "model":"m"})"));
}

} // namespace
} // namespace g4rt
