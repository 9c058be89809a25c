//===- CompletionFormatTest.cpp - Completions as JSON ---------------------===//

#include "runtime/http/openai/CompletionFormat.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class CompletionFormatTest : public testing::Test {
protected:
  CompletionFormat format(CompletionFormat::Options options) {
    return CompletionFormat({"cmpl-1", "m", 7}, *tokenizer_, options);
  }
  static GenerationEvent event(std::string text, int32_t id) {
    return {.text = std::move(text),
            .token = Sample{.token = {id, -1}, .top = {{id, -1}}},
            .end = {}};
  }
  static GenerationEvent last() {
    return {.text = "",
            .token = {},
            .end = GenerationEnd{.reason = FinishReason::Length}};
  }

  TestTokenizer tokenizer_{chatTokenizerJson()};
};

TEST_F(CompletionFormatTest, AnAnswerIsItsText) {
  CompletionFormat completion = format({});
  EXPECT_TRUE(completion.append(event("a", 5)).empty());
  completion.append(event("<|channel>", 100));
  completion.append(last());
  json::object answer =
      completion.whole({.reason = FinishReason::Length,
                        .usage = {.numPromptTokens = 1, .numAnswerTokens = 2}});
  EXPECT_EQ(answer.erase("timings"), 1u); // AnswerFormatTest has them
  EXPECT_EQ(answer, json::parse(R"({"id":"cmpl-1","object":"text_completion",
      "created":7,"model":"m","choices":[{"index":0,"text":"a<|channel>",
      "logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":1,
      "completion_tokens":2,"total_tokens":3,
      "prompt_tokens_details":{"cached_tokens":0}}})"));
}

TEST_F(CompletionFormatTest, AStreamHasNoEmptyChunkButTheLast) {
  CompletionFormat completion = format({.isStream = true});
  EXPECT_TRUE(completion.begin().empty());
  EXPECT_TRUE(completion.append(event("", 5)).empty());
  EXPECT_EQ(completion.append(event("a", 5)).size(), 1u);
  json::value end(completion.append(last()).at(0));
  EXPECT_EQ(end.at_pointer("/choices/0/finish_reason"), "length");
}

TEST_F(CompletionFormatTest, LogprobsAreParallelLists) {
  CompletionFormat completion = format({.hasLogprobs = true});
  std::vector<int32_t> ids = tokenizer_->encode("heé", SpecialTokens::Match);
  for (int32_t id : ids)
    completion.append(event("", id));
  json::value answer(completion.whole({}));
  json::value logprobs = answer.at_pointer("/choices/0/logprobs");
  EXPECT_EQ(logprobs.at("tokens").as_array().size(), ids.size());
  EXPECT_EQ(logprobs.at("token_logprobs").as_array().size(), ids.size());
  EXPECT_EQ(logprobs.at("top_logprobs").as_array().size(), ids.size());
  EXPECT_EQ(logprobs.at_pointer("/text_offset/1"), 2);
}

} // namespace
} // namespace g4rt
