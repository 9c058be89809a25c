#include "runtime/text/conversation/PartReader.h"

#include <gtest/gtest.h>

#include "test/runtime/text/conversation/ReadMessage.h"

namespace g4rt {
namespace {

TEST(PartReaderTest, ReadsTheThreeFormsOfContent) {
  EXPECT_EQ(readMessage(R"({"role":"user"})")->content.form,
            Content::Form::Null);
  EXPECT_EQ(readMessage(R"({"role":"user","content":null})")->content.form,
            Content::Form::Null);
  Message text = *readMessage(R"({"role":"user","content":"hi"})");
  EXPECT_EQ(text.content.form, Content::Form::String);
  EXPECT_EQ(text.content.parts[0].text, "hi");
  Message parts = *readMessage(R"({"role":"user","content":[
      {"type":"text","text":"a"},{"type":"image_url","image_url":{}},
      {"type":"input_audio"},{"type":"video"}]})");
  EXPECT_EQ(parts.content.form, Content::Form::Parts);
  ASSERT_EQ(parts.content.parts.size(), 4u);
  EXPECT_EQ(parts.content.parts[1].kind, PartKind::Image);
  EXPECT_EQ(parts.content.parts[2].kind, PartKind::Audio);
  EXPECT_EQ(parts.content.parts[3].kind, PartKind::Video);
}

TEST(PartReaderTest, PartsOfOtherServersAreRendered) {
  Message message = *readMessage(R"({"role":"assistant","content":[
      {"type":"thinking","thinking":"h","signature":"x"},
      {"type":"redacted_thinking","data":"x"},
      {"type":"reasoning","text":"m"},
      {"type":"output_text","text":"a"},{"type":"refusal","refusal":"No."},
      {"type":"text","text":null},"b"]})");
  EXPECT_EQ(message.thought, "hm");
  ASSERT_EQ(message.content.parts.size(), 4u);
  EXPECT_EQ(message.content.parts[0].text, "a");
  EXPECT_EQ(message.content.parts[1].text, "No.");
  EXPECT_EQ(message.content.parts[2].text, "");
  EXPECT_EQ(message.content.parts[3].text, "b");
}

} // namespace
} // namespace g4rt
