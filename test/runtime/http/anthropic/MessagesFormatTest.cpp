//===- MessagesFormatTest.cpp - Anthropic's messages ----------------------===//

#include "runtime/http/anthropic/MessagesFormat.h"

#include <gtest/gtest.h>

#include "test/runtime/http/AnswerFeed.h"

namespace g4rt {
namespace {

constexpr std::string_view kAnswer =
    "<|channel>thought\nhm\n<channel|>ok<|tool_call>call:f{a:1}<tool_call|>";

class MessagesFormatTest : public testing::Test {
protected:
  MessagesFormat format(bool isStream) {
    return MessagesFormat({"msg_ab", "m", 7}, isStream, 9);
  }
  json::value whole(std::string_view answer, const GenerationEnd &end) {
    MessagesFormat whole = format(false);
    feed_.feed(whole, answer, end);
    return whole.whole(feed_.end());
  }
  AnswerFeed feed_;
};

TEST_F(MessagesFormatTest, PartsAreBlocks) {
  EXPECT_EQ(whole(kAnswer, {.usage = {.numPromptTokens = 9,
                                      .numCachedTokens = 4,
                                      .numAnswerTokens = 20}}),
            json::parse(R"({"id":"msg_ab","type":"message","role":"assistant",
      "model":"m","content":[
        {"type":"thinking","thinking":"hm","signature":"msg_ab"},
        {"type":"text","text":"ok"},
        {"type":"tool_use","id":"toolu_ab_2","name":"f","input":{"a":1}}],
      "stop_reason":"tool_use","stop_sequence":null,
      "usage":{"input_tokens":5,"cache_creation_input_tokens":0,
               "cache_read_input_tokens":4,"output_tokens":20}})"));
}

TEST_F(MessagesFormatTest, AnEndHasItsReason) {
  auto reason = [&](const GenerationEnd &end) {
    return whole("ab", end).at("stop_reason");
  };
  EXPECT_EQ(reason({}), "end_turn");
  EXPECT_EQ(reason({.reason = FinishReason::Length}), "max_tokens");
  json::value stopped = whole("ab", {.stop = "x"});
  EXPECT_EQ(stopped.at("stop_reason"), "stop_sequence");
  EXPECT_EQ(stopped.at("stop_sequence"), "x");
}

TEST_F(MessagesFormatTest, EventsAddUpToTheMessage) {
  MessagesFormat stream = format(true);
  std::vector<json::object> events = feed_.feed(stream, kAnswer);
  EXPECT_EQ(events.front().at("type"), "message_start");
  EXPECT_EQ(events.back().at("type"), "message_stop");
  EXPECT_EQ(joined(events, "/delta/thinking"), "hm");
  EXPECT_EQ(joined(events, "/delta/text"), "ok");
  EXPECT_EQ(joined(events, "/delta/partial_json"), R"({"a":1})");
  EXPECT_EQ(joined(events, "/delta/stop_reason"), "tool_use");
  // Blocks begin and end in order, one at a time.
  std::string order;
  for (const json::object &event : events) {
    if (event.at("type") == "content_block_start")
      order += "<" + std::to_string(event.at("index").to_number<int>());
    if (event.at("type") == "content_block_stop")
      order += std::to_string(event.at("index").to_number<int>()) + ">";
  }
  EXPECT_EQ(order, "<00><11><22>");
}

TEST_F(MessagesFormatTest, ACutCallIsNoBlock) {
  json::value message =
      whole("ok<|tool_call>call:f{a:", {.reason = FinishReason::Length});
  EXPECT_EQ(message.at("content").as_array().size(), 1u);
  EXPECT_EQ(message.at("stop_reason"), "max_tokens");
  EXPECT_EQ(message.at_pointer("/invalid_tool_calls/0/reason"), "cut");
}

} // namespace
} // namespace g4rt
