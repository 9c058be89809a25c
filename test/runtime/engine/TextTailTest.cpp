#include "runtime/engine/TextTail.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(TextTailTest, AShortTextIsKeptWhole) {
  TextTail tail;
  EXPECT_EQ(tail.text(), "");
  tail.add("a red ");
  tail.add("circle");
  EXPECT_EQ(tail.text(), "a red circle");
}

TEST(TextTailTest, OfALongTextItsEndIsKept) {
  TextTail tail;
  tail.add(std::string(1000, 'a') + "the end");
  EXPECT_EQ(tail.text().size(), TextTail::kMaxBytes);
  EXPECT_TRUE(tail.text().ends_with("aathe end"));
}

TEST(TextTailTest, NoCharacterIsCut) {
  TextTail tail;
  for (int i = 0; i < 200; ++i) {
    tail.add("\xE2\x82\xAC"); // of three bytes, of which 160 is no multiple
    ASSERT_TRUE(isUtf8(tail.text()));
    ASSERT_LE(tail.text().size(), TextTail::kMaxBytes);
  }
  EXPECT_EQ(tail.text().size(), 159u);
}

} // namespace
} // namespace g4rt
