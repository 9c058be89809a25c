//===- LlamaFormatTest.cpp - Answers of /completion -----------------------===//

#include "runtime/http/llama/LlamaFormat.h"

#include <gtest/gtest.h>

#include "test/runtime/http/AnswerFeed.h"

namespace g4rt {
namespace {

class LlamaFormatTest : public testing::Test {
protected:
  LlamaFormat format(LlamaFormat::Options options) {
    return LlamaFormat({"x", "m", 0}, *feed_.tokenizer, std::move(options));
  }
  json::value whole(const GenerationEnd &end) {
    LlamaFormat whole = format({});
    feed_.feed(whole, "a\nb", end);
    return whole.whole(end);
  }
  AnswerFeed feed_;
};

TEST_F(LlamaFormatTest, TheLastObjectSaysWhyItEnded) {
  json::value answer =
      whole({.usage = {.numPromptTokens = 3,
                       .numCachedTokens = 1,
                       .numAnswerTokens = 4},
             .times = {.queued = 1, .firstToken = 2, .total = 4}});
  EXPECT_EQ(answer.at("content"), "a\nb");
  EXPECT_EQ(answer.at("has_new_line"), true);
  EXPECT_EQ(answer.at("stop_type"), "eos");
  EXPECT_EQ(answer.at("tokens_predicted"), 4);
  EXPECT_EQ(answer.at_pointer("/timings/prompt_n"), 2);
  EXPECT_EQ(answer.at_pointer("/timings/predicted_per_second"), 2.0);
  EXPECT_EQ(whole({.reason = FinishReason::Length}).at("stop_type"), "limit");
  answer = whole({.stop = "c"});
  EXPECT_EQ(answer.at("stop_type"), "word");
  EXPECT_EQ(answer.at("stopping_word"), "c");
}

TEST_F(LlamaFormatTest, AStreamAddsUpToTheText) {
  LlamaFormat stream = format({.isStream = true});
  std::vector<json::object> chunks = feed_.feed(stream, "abc");
  EXPECT_EQ(joined(chunks, "/content"), "abc");
  for (const json::object &chunk : chunks)
    EXPECT_EQ(chunk.at("stop").as_bool(), &chunk == &chunks.back());
}

TEST_F(LlamaFormatTest, TokensAndProbabilitiesComeIfAskedFor) {
  LlamaFormat asked = format({.hasLogprobs = true, .returnsTokens = true});
  feed_.feed(asked, "ab");
  json::value answer = asked.whole({});
  EXPECT_EQ(answer.at("tokens").as_array().size(), 3u);
  json::value first = answer.at_pointer("/completion_probabilities/0");
  EXPECT_EQ(first.at("id"), answer.at_pointer("/tokens/0"));
  EXPECT_EQ(first.at_pointer("/top_logprobs/0/id"), first.at("id"));
  EXPECT_TRUE(whole({}).at("tokens").as_array().empty());
}

} // namespace
} // namespace g4rt
