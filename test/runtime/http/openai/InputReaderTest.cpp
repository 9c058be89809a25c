//===- InputReaderTest.cpp - Items to messages ----------------------------===//

#include "runtime/http/openai/InputReader.h"

#include "runtime/http/openai/RequestBody.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Result<std::vector<Message>> read(const std::string &input) {
  G4RT_ASSIGN(RequestBody body,
              RequestBody::parse("{\"input\":" + input + "}"));
  G4RT_ASSIGN(FieldReader request, body.fields());
  std::vector<Message> messages;
  G4RT_TRY(readInput(request, body.left, messages));
  return messages;
}

/// "user:hi assistant(thought):text+f" of messages.
std::string summary(const std::string &input) {
  std::vector<Message> messages = *read(input);
  std::string out;
  for (const Message &message : messages) {
    out += (out.empty() ? "" : " ") + std::string(toString(message.role));
    if (!message.thought.empty())
      out += "(" + message.thought + ")";
    out += ":";
    for (const ContentPart &part : message.content.parts)
      out += part.text;
    for (const ToolCall &call : message.toolCalls)
      out += "+" + call.name;
  }
  return out;
}

TEST(InputReaderTest, ATextIsTheUsers) {
  EXPECT_EQ(summary("\"hi\""), "user:hi");
}

TEST(InputReaderTest, ItemsAreMessages) {
  EXPECT_EQ(summary(R"([{"role":"developer","content":"d"},
      {"type":"message","role":"user",
       "content":[{"type":"input_text","text":"a"}]},
      {"type":"message","role":"assistant","id":"msg_1","status":"completed",
       "content":[{"type":"output_text","text":"b","annotations":[]}]}])"),
            "developer:d user:a assistant:b");
}

TEST(InputReaderTest, AThoughtAndItsCallsAreOneMessage) {
  EXPECT_EQ(summary(R"([{"role":"user","content":"a"},
      {"type":"reasoning","id":"rs_1","summary":[],
       "content":[{"type":"reasoning_text","text":"hm"}]},
      {"type":"message","role":"assistant","content":"b"},
      {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},
      {"type":"function_call","call_id":"c2","name":"g","arguments":"{\"a\":1}"},
      {"type":"function_call_output","call_id":"c1","output":"1"},
      {"type":"function_call_output","call_id":"c2",
       "output":[{"type":"input_text","text":"2"}]},
      {"type":"function_call","call_id":"c3","name":"h","arguments":"{}"}])"),
            "user:a assistant(hm):b+f+g tool:1 tool:2 assistant:+h");
}

TEST(InputReaderTest, CallsAndResultsKeepTheirIds) {
  std::vector<Message> messages = *read(R"([
      {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"a\":1}"},
      {"type":"function_call_output","call_id":"c1","output":"x"}])");
  EXPECT_EQ(messages.at(0).toolCalls.at(0).id, "c1");
  EXPECT_EQ(messages[0].toolCalls[0].arguments.find("a")->number()->text, "1");
  EXPECT_EQ(messages.at(1).toolCallId, "c1");
}

TEST(InputReaderTest, AnErrorNamesItsItem) {
  auto wrong = [](const std::string &input) {
    return std::string(read(input).error().message());
  };
  EXPECT_EQ(wrong("5"), "input: a number, needs a string or a list of items");
  EXPECT_EQ(wrong("[]"), "input: empty, needs at least one item");
  EXPECT_TRUE(wrong(R"([{"type":"web_search_call"}])")
                  .starts_with("input[0].type: \"web_search_call\""));
  EXPECT_TRUE(wrong(R"([{"role":"tool","content":"a"}])")
                  .starts_with("input[0].role: "));
  EXPECT_EQ(wrong(R"([{"role":"user","content":[
                {"type":"input_image","image_url":"x"}]}])"),
            "input[0].content[0]: this server reads text only");
  EXPECT_TRUE(wrong(R"([{"type":"function_call","name":"f"}])")
                  .starts_with("input[0].call_id: missing"));
  EXPECT_TRUE(
      wrong(R"([{"type":"function_call_output","call_id":"c","output":5}])")
          .starts_with("input[0].output: "));
}

} // namespace
} // namespace g4rt
