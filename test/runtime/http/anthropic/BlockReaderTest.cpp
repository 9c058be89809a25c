//===- BlockReaderTest.cpp - Blocks to messages ---------------------------===//

#include "runtime/http/anthropic/BlockReader.h"

#include "runtime/http/openai/RequestBody.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

Result<std::vector<Message>> read(const std::string &message) {
  G4RT_ASSIGN(RequestBody body, RequestBody::parse(message));
  std::vector<Message> messages;
  G4RT_TRY(readBlockMessage(body.value, body.root.key("messages"), messages));
  return messages;
}

std::string wrong(const std::string &message) {
  auto messages = read(message);
  return messages ? "(none)" : std::string(messages.error().message());
}

TEST(BlockReaderTest, ATextIsAMessage) {
  auto messages = *read(R"({"role":"user","content":"hi"})");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].role, Role::User);
  EXPECT_EQ(messages[0].content.parts.at(0).text, "hi");
}

TEST(BlockReaderTest, AnAssistantThinksSaysAndCalls) {
  auto messages = *read(R"({"role":"assistant","content":[
      {"type":"thinking","thinking":"hm","signature":"s"},
      {"type":"redacted_thinking","data":"x"},
      {"type":"text","text":"ok","cache_control":{"type":"ephemeral"}},
      {"type":"tool_use","id":"t1","name":"f","input":{"a":1}}]})");
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].thought, "hm");
  EXPECT_EQ(messages[0].content.parts.at(0).text, "ok");
  EXPECT_EQ(messages[0].toolCalls.at(0).id, "t1");
  EXPECT_EQ(messages[0].toolCalls[0].arguments.find("a")->number()->text, "1");
}

TEST(BlockReaderTest, ResultsAreMessagesInTheOrderOfTheBlocks) {
  auto messages = *read(R"({"role":"user","content":[
      {"type":"tool_result","tool_use_id":"t1","content":"1"},
      {"type":"tool_result","tool_use_id":"t2","is_error":true,
       "content":[{"type":"text","text":"2"}]},
      {"type":"text","text":"go on"}]})");
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0].role, Role::Tool);
  EXPECT_EQ(messages[0].toolCallId, "t1");
  EXPECT_EQ(messages[1].content.parts.at(0).text, "2");
  EXPECT_EQ(messages[2].role, Role::User);
  EXPECT_EQ(messages[2].content.parts.at(0).text, "go on");
  EXPECT_EQ(read(R"({"role":"user","content":[
      {"type":"tool_result","tool_use_id":"t1"}]})")
                ->size(),
            1u);
}

TEST(BlockReaderTest, AFileOfTextIsText) {
  auto messages = *read(R"({"role":"user","content":[{"type":"document",
      "source":{"type":"text","media_type":"text/plain","data":"abc"}}]})");
  EXPECT_EQ(messages.at(0).content.parts.at(0).text, "abc");
}

TEST(BlockReaderTest, AnErrorNamesItsBlock) {
  EXPECT_TRUE(wrong(R"({"role":"system","content":"a"})")
                  .starts_with("messages.role: "));
  EXPECT_TRUE(wrong(R"({"role":"user"})").starts_with("messages.content: "));
  EXPECT_EQ(wrong(R"({"role":"user","content":[{"type":"image"}]})"),
            "messages.content[0]: this server reads text only");
  EXPECT_TRUE(wrong(R"({"role":"user","content":[{"type":"tool_use"}]})")
                  .starts_with("messages.content[0].type: "));
  EXPECT_TRUE(wrong(R"({"role":"assistant","content":[{"type":"tool_use",
      "name":"f","input":5}]})")
                  .starts_with("messages.content[0].input: "));
  EXPECT_TRUE(wrong(R"({"role":"user","content":[{"type":"tool_result"}]})")
                  .starts_with("messages.content[0].tool_use_id: missing"));
}

TEST(BlockReaderTest, ASystemPromptIsTextOrBlocks) {
  RequestBody body = *RequestBody::parse(
      R"({"a":"x","b":[{"type":"text","text":"y"},{"type":"text","text":"z"}],
          "c":5})");
  FieldReader fields = *body.fields();
  EXPECT_EQ(*readBlockText(fields, "a"), "x");
  EXPECT_EQ(*readBlockText(fields, "b"), "y\nz");
  EXPECT_EQ(*readBlockText(fields, "d"), "");
  EXPECT_FALSE(readBlockText(fields, "c"));
}

} // namespace
} // namespace g4rt
