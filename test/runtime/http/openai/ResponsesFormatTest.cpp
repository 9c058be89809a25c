//===- ResponsesFormatTest.cpp - Answers of /v1/responses -----------------===//

#include "runtime/http/openai/ResponsesFormat.h"

#include <gtest/gtest.h>

#include <map>

#include "test/runtime/http/AnswerFeed.h"
#include "test/runtime/http/RawClient.h"

namespace g4rt {
namespace {

constexpr std::string_view kAnswer =
    "<|channel>thought\nhm\n<channel|>ok<|tool_call>call:f{a:1}<tool_call|>";

class ResponsesFormatTest : public testing::Test {
protected:
  ResponsesFormat format(ResponsesFormat::Options options) {
    return ResponsesFormat({"resp_ab", "m", 7}, std::move(options));
  }
  AnswerFeed feed_;
};

TEST_F(ResponsesFormatTest, PartsAreItems) {
  ResponsesFormat whole = format({.echo = {{"store", true}}});
  feed_.feed(whole, kAnswer,
             {.usage = {.numPromptTokens = 3, .numAnswerTokens = 20}});
  json::value response = whole.whole(feed_.end());
  EXPECT_EQ(response.at("output"), json::parse(R"([
      {"id":"rs_ab_0","status":"completed","type":"reasoning","summary":[],
       "content":[{"type":"reasoning_text","text":"hm"}]},
      {"id":"msg_ab_1","status":"completed","type":"message","role":"assistant",
       "content":[{"type":"output_text","text":"ok","annotations":[],
                   "logprobs":[]}]},
      {"id":"fc_ab_2","status":"completed","type":"function_call",
       "call_id":"call_ab_2","name":"f","arguments":"{\"a\":1}"}])"));
  EXPECT_EQ(response.at("status"), "completed");
  EXPECT_EQ(response.at("store"), true);
  EXPECT_EQ(response.at_pointer("/usage/total_tokens"), 23);
  EXPECT_NE(
      response.at_pointer("/usage/output_tokens_details/reasoning_tokens"), 0);
}

TEST_F(ResponsesFormatTest, EventsAddUpToTheSameResponse) {
  GenerationEnd end{.usage = {.numPromptTokens = 3, .numAnswerTokens = 20}};
  ResponsesFormat stream = format({.isStream = true});
  std::vector<json::object> events = feed_.feed(stream, kAnswer, end);
  for (size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(events[i].at("sequence_number"), i);
  EXPECT_EQ(events[0].at("type"), "response.created");
  EXPECT_EQ(events.back().at("type"), "response.completed");
  ResponsesFormat whole = format({});
  feed_.feed(whole, kAnswer, end);
  EXPECT_EQ(events.back().at("response"),
            json::value(whole.whole(feed_.end())));
  // Each item that is done is the one of the response, in its place.
  json::array done;
  for (const json::object &event : events)
    if (event.at("type") == "response.output_item.done") {
      EXPECT_EQ(event.at("output_index"), done.size());
      done.push_back(event.at("item"));
    }
  EXPECT_EQ(json::value(done), events.back().at("response").at("output"));
}

TEST_F(ResponsesFormatTest, DeltasAreTheTexts) {
  ResponsesFormat stream = format({.isStream = true});
  std::map<std::string, std::string> texts;
  for (const json::object &event : feed_.feed(stream, kAnswer))
    if (auto *delta = event.if_contains("delta"))
      texts[std::string(event.at("type").as_string())] += delta->as_string();
  EXPECT_EQ(texts["response.reasoning_text.delta"], "hm");
  EXPECT_EQ(texts["response.output_text.delta"], "ok");
  EXPECT_EQ(texts["response.function_call_arguments.delta"], R"({"a":1})");
}

TEST_F(ResponsesFormatTest, ACutAnswerIsIncomplete) {
  GenerationEnd end{.reason = FinishReason::Length};
  ResponsesFormat stream = format({.isStream = true});
  json::object last = feed_.feed(stream, "ab", end).back();
  EXPECT_EQ(last.at("type"), "response.incomplete");
  EXPECT_EQ(last.at("response").at_pointer("/incomplete_details/reason"),
            "max_output_tokens");
}

TEST_F(ResponsesFormatTest, WhatWasSaidIsKept) {
  Message said;
  std::string text;
  ResponsesFormat whole = format({.keep = [&](std::string json, Message m) {
    text = std::move(json);
    said = std::move(m);
  }});
  feed_.feed(whole, kAnswer);
  EXPECT_EQ(said.thought, "hm");
  EXPECT_EQ(said.content.parts.at(0).text, "ok");
  EXPECT_EQ(said.toolCalls.at(0).name, "f");
  EXPECT_EQ(said.toolCalls[0].id, "call_ab_2");
  EXPECT_EQ(json::parse(text).at("id"), "resp_ab");
}

} // namespace
} // namespace g4rt
