#include "runtime/base/Printable.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(PrintableTest, TextStaysAsItIs) {
  EXPECT_EQ(printable("layers.3 \"q\" a\\b w\xc3\xb6rld \xe2\x82\xac"),
            "layers.3 \"q\" a\\b w\xc3\xb6rld \xe2\x82\xac");
}

TEST(PrintableTest, ControlCharactersAreSpelled) {
  EXPECT_EQ(printable(std::string_view("a\nb\tc\r\0\x1b[2J\x7f", 12)),
            "a\\nb\\tc\\x0d\\x00\\x1b[2J\\x7f");
}

TEST(PrintableTest, CharactersThatHideOrReorderAreSpelled) {
  // A C1 control, a right-to-left override, a zero-width space, a line
  // separator, a byte order mark, a tag.
  EXPECT_EQ(printable("\xc2\x9b|\xe2\x80\xae|\xe2\x80\x8b|\xe2\x80\xa8|"
                      "\xef\xbb\xbf|\xf3\xa0\x81\x81"),
            "\\u{9b}|\\u{202e}|\\u{200b}|\\u{2028}|\\u{feff}|\\u{e0041}");
}

TEST(PrintableTest, BytesThatAreNoTextAreSpelled) {
  EXPECT_EQ(printable("a\xff\xc3(\xed\xa0\x80"), "a\\xff\\xc3(\\xed\\xa0\\x80");
}

TEST(PrintableTest, LongTextIsCutAndCounted) {
  EXPECT_EQ(printable(std::string(5000, 'a'), 4), "aaaa... (5000 bytes)");
  EXPECT_EQ(printable("aaaa", 4), "aaaa");
  EXPECT_LT(printable(std::string(1 << 20, '\x01')).size(), 300u);
}

TEST(PrintableTest, EveryByteGivesPrintableText) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      std::string shown = printable(std::string{char(a), char(b)});
      ASSERT_TRUE(isUtf8(shown)) << a << " " << b;
      for (char c : shown)
        ASSERT_FALSE(static_cast<unsigned char>(c) < ' ' || c == 0x7f);
    }
}

} // namespace
} // namespace g4rt
