//===- CompletionFormatTest.cpp - Completions as JSON ---------------------===//

#include "runtime/http/openai/CompletionFormat.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class CompletionFormatTest : public testing::Test {
protected:
  using ScoredEcho = CompletionFormat::ScoredEcho;

  CompletionFormat format(CompletionFormat::Options options,
                          std::optional<ScoredEcho> echo = {}) {
    return CompletionFormat({"cmpl-1", "m", 7}, *tokenizer_, options, echo);
  }
  PromptToken promptToken(std::string_view text) {
    int32_t id = tokenizer_->encode(text, SpecialTokens::Match)[0];
    return {.sample = {.token = {id, -2}, .top = {{id, -2}, {5, -3}}},
            .rank = 1};
  }
  static GenerationEvent event(std::string text, int32_t id) {
    return {.pieces = {{AnswerPiece::Kind::Content, std::move(text), {}}},
            .token = Sample{.token = {id, -1}, .top = {{id, -1}}},
            .end = {}};
  }
  static GenerationEvent last() {
    return {.token = {}, .end = GenerationEnd{.reason = FinishReason::Length}};
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

TEST_F(CompletionFormatTest, AnAnswerThatComesBeforeThePromptWaitsForIt) {
  CompletionFormat completion =
      format({.isStream = true, .hasLogprobs = true, .echo = "ab"},
             ScoredEcho{.firstId = 2, .numTokens = 3, .numTop = 1});
  json::value begin(completion.begin().at(0));
  EXPECT_EQ(begin.at_pointer("/choices/0/text"), "ab");
  EXPECT_EQ(begin.at_pointer("/choices/0/logprobs/tokens"),
            json::parse(R"(["<bos>"])"));
  EXPECT_TRUE(completion.append(event("c", 5)).empty());
  std::vector<PromptToken> first = {promptToken("a")};
  EXPECT_EQ(completion.appendPrompt(first).size(), 1u);
  EXPECT_TRUE(completion.append(last()).empty());
  std::vector<PromptToken> second = {promptToken("b")};
  std::vector<json::object> chunks = completion.appendPrompt(second);
  ASSERT_EQ(chunks.size(), 3u);
  json::value prompt(chunks[0]), answer(chunks[1]), end(chunks[2]);
  EXPECT_EQ(prompt.at_pointer("/choices/0/logprobs/tokens"),
            json::parse(R"(["b"])"));
  EXPECT_EQ(prompt.at_pointer("/choices/0/logprobs/top_logprobs"),
            json::parse(R"([{"b":-2.0}])"));
  EXPECT_EQ(answer.at_pointer("/choices/0/text"), "c");
  EXPECT_EQ(answer.at_pointer("/choices/0/logprobs/text_offset/0"), 2);
  EXPECT_EQ(end.at_pointer("/choices/0/finish_reason"), "length");
}

TEST_F(CompletionFormatTest, ThePromptsListStandsBesideTheAnswer) {
  CompletionFormat completion = format({.numPromptLogprobs = 1});
  std::vector<PromptToken> tokens = {promptToken("a"), promptToken("b")};
  EXPECT_TRUE(completion.appendPrompt(tokens).empty());
  completion.append(event("c", 5));
  json::value answer(completion.whole({}));
  EXPECT_EQ(answer.at_pointer("/choices/0/prompt_logprobs").as_array().size(),
            3u);
  EXPECT_EQ(answer.at_pointer("/choices/0/logprobs"), nullptr);
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
