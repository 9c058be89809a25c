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

TEST(AnswerFormatTest, TimingsHaveLlamaServersNamesAndAddUp) {
  EXPECT_EQ(
      json::value(timingsOf(
          {.usage = {.numPromptTokens = 10,
                     .numCachedTokens = 6,
                     .numAnswerTokens = 8},
           .times = {.queued = 0.25, .firstToken = 0.75, .total = 2.75}})),
      json::parse(R"({"queue_ms":250.0,"cache_n":6,"prompt_n":4,
      "prompt_ms":500.0,"prompt_per_token_ms":125.0,"prompt_per_second":8.0,
      "predicted_n":8,"predicted_ms":2000.0,"predicted_per_token_ms":250.0,
      "predicted_per_second":4.0})"));
}

TEST(AnswerFormatTest, AnAnswerWithoutATokenHasNoRates) {
  json::object timings = timingsOf({.times = {.queued = 1, .total = 2}});
  EXPECT_EQ(timings.at("prompt_ms"), 0.0);
  EXPECT_EQ(timings.at("predicted_per_second"), 0.0);
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
