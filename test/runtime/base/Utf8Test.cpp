#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

bool isScalar(char32_t c) {
  return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

TEST(Utf8Test, EveryCodePointSurvivesTheRoundTrip) {
  for (char32_t c = 0; c <= 0x10ffff; ++c) {
    if (!isScalar(c))
      continue;
    std::string text;
    appendUtf8(text, c);
    Utf8Step step = decodeUtf8(text);
    ASSERT_EQ(step.codePoint, c);
    ASSERT_EQ(step.size, text.size());
  }
}

// Every sequence of three bytes: well-formed exactly where it is the encoding
// of what it decodes to.
TEST(Utf8Test, NothingElseIsWellFormed) {
  for (uint32_t bytes = 0x800000; bytes <= 0xffffff; ++bytes) {
    std::string text = {static_cast<char>(bytes >> 16),
                        static_cast<char>(bytes >> 8),
                        static_cast<char>(bytes)};
    Utf8Step step = decodeUtf8(text);
    if (step.size == 0)
      continue;
    std::string again;
    appendUtf8(again, step.codePoint);
    ASSERT_TRUE(isScalar(step.codePoint));
    ASSERT_EQ(again, text.substr(0, step.size));
  }
}

TEST(Utf8Test, RefusesOverlongSurrogatesAndTooLarge) {
  for (const char *text :
       {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
        "\xff", "\xe2\x96", "a\xe2"})
    EXPECT_FALSE(isUtf8(text)) << text;
  EXPECT_TRUE(isUtf8(""));
  EXPECT_TRUE(isUtf8(std::string_view("a\0b\xf4\x8f\xbf\xbf", 7)));
}

TEST(Utf8Test, APrefixIsWhatMoreBytesCouldComplete) {
  for (const char *text :
       {"\xc2", "\xe2", "\xe2\x96", "\xf0\x90", "\xf4\x8f\xbf"})
    EXPECT_TRUE(isUtf8Prefix(text)) << text;
  for (const char *text : {"", "a", "\x80", "\xc0", "\xe0\x9f", "\xed\xa0",
                           "\xf4\x90", "\xe2\x96\x81",
                           "\xe2"
                           "a"})
    EXPECT_FALSE(isUtf8Prefix(text)) << text;
}

TEST(Utf8Test, ClipsBetweenCharacters) {
  EXPECT_EQ(clipUtf8("aé漢", 6), "aé漢");
  EXPECT_EQ(clipUtf8("aé漢", 5), "aé");
  EXPECT_EQ(clipUtf8("aé漢", 2), "a");
  EXPECT_EQ(clipUtf8("漢", 1), "");
}

} // namespace
} // namespace g4rt
