#include "runtime/text/tokenizer/Tokenizer.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

class TokenizerTest : public testing::Test {
protected:
  std::string shown(const std::vector<int32_t> &ids) {
    std::string text;
    for (int32_t id : ids)
      (text += text.empty() ? "" : " ") += tiny->piece(id);
    return text;
  }

  const TestTokenizer tiny{tinyTokenizerJson()};
};

TEST_F(TokenizerTest, FindsAddedTokensOnlyWhereTold) {
  EXPECT_EQ(shown(tiny->encode("<|turn>hello<turn|>", SpecialTokens::Match)),
            "<|turn> hello <turn|>");
  EXPECT_EQ(shown(tiny->encode("<turn|>", SpecialTokens::PlainText)),
            "< t u r n | >");
}

TEST_F(TokenizerTest, SegmentsAreOneTextButForAddedTokens) {
  std::vector<TextSegment> segments = {{"<|turn>he", SpecialTokens::Match},
                                       {"llo<turn|>", SpecialTokens::PlainText},
                                       {" wor", SpecialTokens::Match},
                                       {"ld", SpecialTokens::PlainText},
                                       {"<turn", SpecialTokens::Match},
                                       {"|>", SpecialTokens::Match}};
  EXPECT_EQ(shown(tiny->encode(segments)),
            "<|turn> hello < t u r n | > ▁world < t u r n | >");
}

TEST_F(TokenizerTest, KnowsAddedTokensByName) {
  EXPECT_EQ(tiny->idOf("<|turn>"), 4);
  EXPECT_EQ(tiny->idOf("<|\"|>"), 6);
  EXPECT_EQ(tiny->idOf("hello"), std::nullopt);
  EXPECT_EQ(tiny->idOf("<|turn><turn|>"), std::nullopt);
  EXPECT_EQ(tiny->idOf(""), std::nullopt);
  EXPECT_EQ(tiny->tables().kindOf(4), TokenKind::Special);
  EXPECT_EQ(tiny->tables().kindOf(6), TokenKind::Added);
  EXPECT_EQ(tiny->piece(-1), "");
  EXPECT_EQ(tiny->piece(296), "");
}

TEST_F(TokenizerTest, DecodeShowsOrSkipsSpecialTokens) {
  std::vector<int32_t> ids =
      tiny->encode("<bos>hello <|\"|>world<turn|>", SpecialTokens::Match);
  EXPECT_EQ(tiny->decode(ids, SpecialIds::Show),
            "<bos>hello <|\"|>world<turn|>");
  EXPECT_EQ(tiny->decode(ids, SpecialIds::Skip), "hello <|\"|>world");
}

// Any text but one with U+2581, which is how a space is spelled.
TEST_F(TokenizerTest, DecodeUndoesEncode) {
  std::mt19937 random(5);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned n = random() % 30; n > 0; --n) {
      char32_t c = random() % 3 ? U"helowrld a<|>turn\n"[random() % 18]
                                : static_cast<char32_t>(random() % 0x110000);
      if (c != kSpaceMark && (c < 0xd800 || c > 0xdfff))
        appendUtf8(text, c);
    }
    std::vector<int32_t> ids = tiny->encode(text, SpecialTokens::PlainText);
    EXPECT_EQ(tiny->decode(ids, SpecialIds::Skip), text);
    for (int32_t id : ids)
      EXPECT_NE(tiny->tables().kindOf(static_cast<uint32_t>(id)),
                TokenKind::Special);
    ids = tiny->encode(text, SpecialTokens::Match);
    EXPECT_EQ(tiny->decode(ids, SpecialIds::Show), text);
  }
}

TEST_F(TokenizerTest, AnyBytesCanBeEncoded) {
  std::mt19937 random(6);
  for (int round = 0; round < 20000; ++round) {
    std::string text(random() % 40, 0);
    for (char &byte : text)
      byte = static_cast<char>(random() % 2 ? random()
                                            : "\xe2\x96\x81 h"[random() % 5]);
    std::string bytes;
    for (int32_t id : tiny->encode(text, SpecialTokens::PlainText)) {
      uint32_t token = static_cast<uint32_t>(id);
      if (tiny->tables().kindOf(token) == TokenKind::Byte)
        bytes += static_cast<char>(tiny->tables().byteOf(token));
      else
        bytes += tiny->piece(id);
    }
    std::string expected;
    for (char byte : text)
      expected += byte == ' ' ? "\u2581" : std::string(1, byte);
    EXPECT_EQ(bytes, expected);
  }
}

} // namespace
} // namespace g4rt
