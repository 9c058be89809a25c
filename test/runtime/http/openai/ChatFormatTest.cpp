//===- ChatFormatTest.cpp - Chat answers as JSON --------------------------===//

#include "runtime/http/openai/ChatFormat.h"

#include "runtime/engine/Answer.h"

#include <gtest/gtest.h>

#include "test/runtime/http/RawClient.h"
#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class ChatFormatTest : public testing::Test {
protected:
  ChatFormat format(ChatFormat::Options options) {
    return ChatFormat({"chatcmpl-ab", "m", 7}, *tokenizer_, options);
  }
  /// The chunks of an answer, which ends with the stop id `last`.
  std::vector<json::object> feed(ChatFormat &format, std::string_view answer,
                                 int32_t last = 106) {
    std::vector<int32_t> ids = tokenizer_->encode(answer, SpecialTokens::Match);
    ids.push_back(last);
    Answer said = *Answer::create({.promptIds = {2},
                                   .maxTokens = 1000,
                                   .stopIds = {50, 106},
                                   .isChat = true},
                                  *tokenizer_, Answer::Time());
    std::vector<json::object> chunks;
    for (int32_t id : ids) {
      GenerationEvent event =
          said.append({.token = {id, -0.5F}, .top = {}}, Answer::Time());
      for (json::object &chunk : format.append(event))
        chunks.push_back(std::move(chunk));
      if (event.end)
        end_ = *event.end;
    }
    end_.usage = {.numPromptTokens = 3, .numAnswerTokens = 4};
    return chunks;
  }
  json::value whole(std::string_view answer, int32_t last = 106) {
    ChatFormat chat = format({});
    EXPECT_TRUE(feed(chat, answer, last).empty());
    return chat.whole(end_);
  }

  GenerationEnd end_; // of the last answer
  TestTokenizer tokenizer_{chatTokenizerJson()};
};

TEST_F(ChatFormatTest, ThePromptsListStandsBesideTheChoices) {
  ChatFormat chat = format({.numPromptLogprobs = 0});
  std::vector<PromptToken> tokens = {{.sample = {{5, -1}, {}}, .rank = 2}};
  EXPECT_TRUE(chat.appendPrompt(tokens).empty());
  feed(chat, "hello");
  json::array list = chat.whole(end_).at("prompt_logprobs").as_array();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].at("5").at("rank"), 2);
  EXPECT_FALSE(whole("hello").as_object().contains("prompt_logprobs"));
}

TEST_F(ChatFormatTest, AnAnswerIsOneMessage) {
  json::object answer = whole("hello").as_object();
  EXPECT_EQ(answer.erase("timings"), 1u); // AnswerFormatTest has them
  EXPECT_EQ(answer, json::parse(R"({"id":"chatcmpl-ab",
      "object":"chat.completion","created":7,"model":"m","choices":[{"index":0,
      "message":{"role":"assistant","content":"hello","refusal":null},
      "logprobs":null,
      "finish_reason":"stop"}],"usage":{"prompt_tokens":3,
      "completion_tokens":4,"total_tokens":7,
      "prompt_tokens_details":{"cached_tokens":0}}})"));
}

TEST_F(ChatFormatTest, ThoughtsAndCallsHaveTheirOwnFields) {
  json::value answer =
      whole("<|channel>thought\nhm\n<channel|><|tool_call>call:f{a:1}"
            "<tool_call|><|tool_call>call:g{}<tool_call|>",
            50);
  EXPECT_EQ(answer.at_pointer("/choices/0/finish_reason"), "tool_calls");
  EXPECT_EQ(answer.at_pointer("/choices/0/message"), json::parse(R"({
      "role":"assistant","content":null,"refusal":null,
      "reasoning_content":"hm","reasoning":"hm","tool_calls":[
      {"id":"call_ab_0","type":"function",
       "function":{"name":"f","arguments":"{\"a\":1}"}},
      {"id":"call_ab_1","type":"function",
       "function":{"name":"g","arguments":"{}"}}]})"));
}

TEST_F(ChatFormatTest, ACallWithoutEndMarkBeforeTheStopIsACall) {
  json::value answer = whole("<|tool_call>call:f{}", 50);
  EXPECT_EQ(answer.at_pointer("/choices/0/finish_reason"), "tool_calls");
}

TEST_F(ChatFormatTest, AnUnreadableCallIsToldOfBesideTheMessage) {
  ChatFormat chat = format({});
  feed(chat, "a<|tool_call>call:f{<tool_call|>b");
  json::value answer = chat.whole(end_);
  EXPECT_EQ(answer.at_pointer("/choices/0/message/content"), "ab");
  EXPECT_EQ(answer.at_pointer("/choices/0/finish_reason"), "stop");
  EXPECT_EQ(answer.at_pointer("/choices/0/invalid_tool_calls"),
            json::parse(R"([{"reason":"unreadable","text":"call:f{"}])"));
}

TEST_F(ChatFormatTest, AStreamTellsOfAnUnreadableCall) {
  ChatFormat chat = format({.isStream = true});
  json::array lost;
  for (json::value chunk : feed(chat, "<|tool_call>call:f{<tool_call|>"))
    if (auto *calls = find(chunk, "/choices/0/invalid_tool_calls"))
      lost = calls->as_array();
  EXPECT_EQ(lost, json::parse(R"([{"reason":"unreadable","text":"call:f{"}])"));
}

TEST_F(ChatFormatTest, AStreamSaysTheSameInDeltas) {
  ChatFormat chat = format({.isStream = true, .includeUsage = true});
  json::value first(chat.begin()[0]);
  EXPECT_EQ(first.at_pointer("/choices/0/delta/role"), "assistant");
  EXPECT_TRUE(first.at_pointer("/usage").is_null());
  std::string thought;
  std::string content;
  json::value last;
  for (json::object &chunk :
       feed(chat, "<|channel>thought\nab\n<channel|>cd<|tool_call>call:f{}"
                  "<tool_call|>")) {
    last = std::move(chunk);
    json::value delta = last.at_pointer("/choices/0/delta");
    if (auto *text = find(delta, "/reasoning_content"))
      thought += text->as_string();
    if (auto *text = find(delta, "/content"))
      content += text->as_string();
    if (auto *call = find(delta, "/tool_calls/0")) {
      EXPECT_EQ(*call, json::parse(R"({"id":"call_ab_0","type":"function",
          "index":0,"function":{"name":"f","arguments":"{}"}})"));
    }
  }
  EXPECT_EQ(thought, "ab");
  EXPECT_EQ(content, "cd");
  EXPECT_EQ(last.at_pointer("/choices/0/finish_reason"), "tool_calls");
  json::value usage =
      chat.usageChunk({.usage = {.numPromptTokens = 1, .numAnswerTokens = 2}});
  EXPECT_TRUE(usage.at("choices").as_array().empty());
  EXPECT_EQ(usage.at_pointer("/usage/total_tokens"), 3);
}

TEST_F(ChatFormatTest, EveryTokenHasALogprob) {
  ChatFormat chat = format({.hasLogprobs = true});
  feed(chat, "abc");
  json::value answer = chat.whole(end_);
  EXPECT_EQ(answer.at_pointer("/choices/0/logprobs/content").as_array().size(),
            4u);
}

} // namespace
} // namespace g4rt
