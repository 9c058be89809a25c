#include "runtime/text/template/ChatText.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(ChatTextTest, TrimsWhatPythonStrips) {
  EXPECT_EQ(trimmed(" \t\n\v\f\r x y \x1c\x1d\x1e\x1f"), "x y");
  EXPECT_EQ(trimmed("\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f"
                    "\u3000x\u3000"),
            "x");
  EXPECT_EQ(trimmed("\u200bx\ufeff"), "\u200bx\ufeff");
  EXPECT_EQ(trimmed(std::string_view("\0 x\0", 4)),
            std::string_view("\0 x\0", 4));
  EXPECT_EQ(trimmed(" \u3000"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" \xff\x80 "), "\xff\x80");
}

TEST(ChatTextTest, KeepsWhatStandsOutsideThoughts) {
  ThoughtMarks marks{"<|channel>", "<channel|>"};
  EXPECT_EQ(withoutThoughts("a", marks), "a");
  EXPECT_EQ(withoutThoughts("<|channel>t<channel|> a ", marks), " a ");
  EXPECT_EQ(
      withoutThoughts("a<|channel>t<channel|>b<|channel>u<channel|>c", marks),
      "abc");
  EXPECT_EQ(withoutThoughts("a<|channel>never closed", marks), "a");
  EXPECT_EQ(withoutThoughts("a<channel|>b", marks), "ab");
  EXPECT_EQ(withoutThoughts("p<|channel>q<|channel>r<channel|>s", marks), "ps");
  EXPECT_EQ(withoutThoughts("", marks), "");
}

TEST(ChatTextTest, AnEmptyMarkIsNeverFound) {
  EXPECT_EQ(withoutThoughts("abc", {"", ""}), "abc");
  EXPECT_EQ(withoutThoughts("a|b", {"", "|"}), "ab");
}

TEST(ChatTextTest, UpperCaseIsOfAscii) {
  EXPECT_EQ(upperCase("aZ_ä1"), "AZ_ä1");
}

} // namespace
} // namespace g4rt
