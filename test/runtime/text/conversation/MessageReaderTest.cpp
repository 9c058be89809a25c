#include "runtime/text/conversation/MessageReader.h"

#include <gtest/gtest.h>

#include "test/runtime/text/conversation/ReadMessage.h"

namespace g4rt {
namespace {

TEST(MessageReaderTest, NamesThePathOfTheFirstWrongField) {
  EXPECT_EQ(messageOf("3"), "messages[2]: a number, needs an object");
  EXPECT_EQ(messageOf("{}"), "messages[2].role: missing, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"robot"})"),
            "messages[2].role: \"robot\", needs system, developer, user, "
            "assistant or tool");
  EXPECT_EQ(messageOf(R"({"role":"user","content":{"a":1}})"),
            "messages[2].content: an object, needs a string, null or a list of "
            "parts");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[1]})"),
            "messages[2].content[0]: a number, needs an object");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[{"type":"text","text":""},
                          {"type":"movie"}]})"),
            "messages[2].content[1].type: \"movie\", needs text, refusal, "
            "thinking, image, image_url, audio, input_audio or video");
  EXPECT_EQ(
      messageOf(R"({"role":"user","content":[{"type":"text","text":1}]})"),
      "messages[2].content[0].text: a number, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"tool","tool_call_id":7})"),
            "messages[2].tool_call_id: a number, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"tool","name":7})"),
            "messages[2].name: a number, needs a string");
  EXPECT_EQ(messageOf(R"({"role":"user","content":[{},{}]})",
                      {.maxPartsPerMessage = 1}),
            "messages[2].content: 2 elements, at most 1");
}

TEST(MessageReaderTest, ARefusalIsTheContentWhereThereIsNone) {
  Message refused =
      *readMessage(R"({"role":"assistant","content":null,"refusal":"No."})");
  EXPECT_EQ(refused.content.parts[0].text, "No.");
  Message both =
      *readMessage(R"({"role":"assistant","content":"x","refusal":"No."})");
  EXPECT_EQ(both.content.parts[0].text, "x");
  EXPECT_EQ(readMessage(R"({"role":"assistant","refusal":null})")->content.form,
            Content::Form::Null);
}

TEST(MessageReaderTest, ReasoningComesBeforeReasoningContent) {
  EXPECT_EQ(readMessage(R"({"role":"assistant","reasoning":"a",
                     "reasoning_content":"b"})")
                ->thought,
            "a");
  EXPECT_EQ(readMessage(R"({"role":"assistant","reasoning":"",
                     "reasoning_content":"b"})")
                ->thought,
            "b");
  EXPECT_EQ(readMessage(R"({"role":"assistant","thinking":"c","reasoning":{}})")
                ->thought,
            "c");
}

} // namespace
} // namespace g4rt
