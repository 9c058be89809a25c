//===- OllamaFormatTest.cpp - Lines of an answer --------------------------===//

#include "runtime/http/ollama/OllamaFormat.h"

#include <gtest/gtest.h>

#include "test/runtime/http/AnswerFeed.h"

namespace g4rt {
namespace {

using Door = OllamaFormat::Door;

constexpr std::string_view kAnswer =
    "<|channel>thought\nhm\n<channel|>ok<|tool_call>call:f{a:1}<tool_call|>";

class OllamaFormatTest : public testing::Test {
protected:
  OllamaFormat format(OllamaFormat::Options options) {
    return OllamaFormat({"x", "m", 0}, *feed_.tokenizer, options);
  }
  AnswerFeed feed_;
};

TEST_F(OllamaFormatTest, AWholeAnswerIsOneLine) {
  GenerationEnd end{.usage = {.numPromptTokens = 3, .numAnswerTokens = 4},
                    .times = {.queued = 1, .firstToken = 2, .total = 5}};
  OllamaFormat whole = format({});
  EXPECT_TRUE(feed_.feed(whole, kAnswer, end).empty());
  EXPECT_EQ(json::value(whole.whole(feed_.end())), json::parse(R"({"model":"m",
      "created_at":"1970-01-01T00:00:00Z","message":{"role":"assistant",
      "content":"ok","thinking":"hm","tool_calls":[{"function":
      {"name":"f","arguments":{"a":1}}}]},"done":true,"done_reason":"stop",
      "total_duration":5000000000,"load_duration":0,"prompt_eval_count":3,
      "prompt_eval_duration":1000000000,"eval_count":4,
      "eval_duration":3000000000})"));
}

TEST_F(OllamaFormatTest, LinesAddUpToTheAnswer) {
  OllamaFormat stream = format({.isStream = true});
  std::vector<json::object> lines = feed_.feed(stream, kAnswer);
  EXPECT_EQ(joined(lines, "/message/thinking"), "hm");
  EXPECT_EQ(joined(lines, "/message/content"), "ok");
  EXPECT_EQ(joined(lines, "/message/tool_calls/0/function/name"), "f");
  for (const json::object &line : lines)
    EXPECT_EQ(line.at("done").as_bool(), &line == &lines.back());
}

TEST_F(OllamaFormatTest, GenerateHasAResponse) {
  OllamaFormat stream = format({.door = Door::Generate, .isStream = true});
  std::vector<json::object> lines = feed_.feed(stream, kAnswer);
  EXPECT_EQ(joined(lines, "/response"), "ok");
  EXPECT_EQ(joined(lines, "/thinking"), "hm");
}

TEST_F(OllamaFormatTest, LogprobsAreOfAllTokens) {
  OllamaFormat stream = format({.isStream = true, .hasLogprobs = true});
  size_t numEntries = 0;
  for (const json::object &line : feed_.feed(stream, "abc"))
    if (auto *entries = line.if_contains("logprobs"))
      numEntries += entries->as_array().size();
  EXPECT_EQ(numEntries, 4u); // the one that ends it, too
}

TEST_F(OllamaFormatTest, ACutAnswerSaysLength) {
  GenerationEnd end{.reason = FinishReason::Length};
  OllamaFormat whole = format({});
  feed_.feed(whole, "a<|tool_call>call:f{a:", end);
  json::value line = whole.whole(feed_.end());
  EXPECT_EQ(line.at("done_reason"), "length");
  EXPECT_EQ(line.at_pointer("/invalid_tool_calls/0/reason"), "cut");
}

TEST_F(OllamaFormatTest, ALoadIsDone) {
  json::value line = OllamaFormat::loaded({"x", "m", 0}, Door::Generate);
  EXPECT_EQ(line.at("response"), "");
  EXPECT_EQ(line.at("done_reason"), "load");
}

TEST(TimeTextTest, SecondsAreATimeOfDay) {
  EXPECT_EQ(timeText(1'764'515'045), "2025-11-30T15:04:05Z");
}

} // namespace
} // namespace g4rt
