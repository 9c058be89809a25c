#include "runtime/text/tokenizer/StreamDecoder.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

constexpr int32_t kByteZero = 10; // id of byte 0 in the tiny tokenizer

class StreamDecoderTest : public testing::Test {
protected:
  std::string decodeBytes(std::string_view bytes) {
    std::vector<int32_t> ids;
    for (char byte : bytes)
      ids.push_back(kByteZero + static_cast<uint8_t>(byte));
    return tiny->decode(ids, SpecialIds::Show);
  }

  const TestTokenizer tiny{tinyTokenizerJson()};
  StreamDecoder decoder{*tiny, SpecialIds::Skip};
};

TEST_F(StreamDecoderTest, HoldsBackTheStartOfACharacter) {
  std::string text;
  for (unsigned char byte : {0xf0, 0x9f, 0x98})
    decoder.append(kByteZero + byte, text);
  EXPECT_EQ(text, "");
  EXPECT_EQ(decoder.numHeldBytes(), 3u);
  decoder.append(kByteZero + 0x80, text);
  EXPECT_EQ(text, "😀");
  EXPECT_EQ(decoder.numHeldBytes(), 0u);
}

TEST_F(StreamDecoderTest, EachTokenSaysWhichBytesAreItsOwn) {
  std::string text;
  EXPECT_EQ(decoder.append(kByteZero + 0xc3, text).numBytes, 0u);
  EXPECT_EQ(decoder.append(kByteZero + 0xa9, text).numBytes, 2u); // of both
  decoder.append(kByteZero + 0xf0, text);
  decoder.append(kByteZero + 0x9f, text);
  int32_t word = tiny->encode("\xe2\x96\x81", SpecialTokens::PlainText)[0];
  std::string rest;
  DecodedToken token = decoder.append(word, rest);
  EXPECT_EQ(token.id, word);
  EXPECT_EQ(token.numBefore, 2 * kReplacementCharacter.size());
  EXPECT_EQ(token.numBefore + token.numBytes, rest.size());
  EXPECT_EQ(decoder.append(-1, text).numBytes, 0u);
}

TEST_F(StreamDecoderTest, ASkippedTokenDoesNotSplitACharacter) {
  std::string text;
  for (int32_t id : {kByteZero + 0xc3, 4, 9999, -1, kByteZero + 0xa9})
    decoder.append(id, text);
  EXPECT_EQ(text, "é");
}

TEST_F(StreamDecoderTest, AnotherTokenEndsARowOfBytes) {
  std::string text;
  decoder.append(kByteZero + 0xe2, text);
  decoder.append(kByteZero + 0x96, text);
  decoder.append(tiny->encode("hello", SpecialTokens::PlainText)[0], text);
  EXPECT_EQ(text, "\ufffd\ufffdhello");
}

// The same as Hugging Face's decoder but for the last three, where it gives
// U+FFFD for each byte of the whole row.
TEST_F(StreamDecoderTest, EachStrayByteIsOneReplacementCharacter) {
  EXPECT_EQ(decodeBytes("\xe2"), "\ufffd");
  EXPECT_EQ(decodeBytes("\xf0\x9f\x98"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(decodeBytes("\xe2\x96\x81"), "\u2581");
  EXPECT_EQ(decodeBytes("\xc0\x80"), "\ufffd\ufffd");
  EXPECT_EQ(decodeBytes("\xed\xa0\x80"), "\ufffd\ufffd\ufffd");
  EXPECT_EQ(decodeBytes("A\xff"), "A\ufffd");
  EXPECT_EQ(decodeBytes("\xff"
                        "A"),
            "\ufffdA");
  EXPECT_EQ(decodeBytes("\xe2\xc3\xa9"), "\ufffdé");
}

// Of a row of bytes, greedily: a whole character or one stray byte.
std::string replaceStrayBytes(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    size_t size = decodeUtf8(bytes).size;
    text += size > 0 ? bytes.substr(0, size) : kReplacementCharacter;
    bytes.remove_prefix(std::max<size_t>(size, 1));
  }
  return text;
}

std::string decodeSlowly(const Tokenizer &tokenizer,
                         const std::vector<int32_t> &ids) {
  std::string text, bytes;
  auto flush = [&] {
    text += replaceStrayBytes(bytes);
    bytes.clear();
  };
  for (int32_t id : ids) {
    if (id < 0 || id >= tokenizer.numTokens() ||
        tokenizer.tables().kindOf(static_cast<uint32_t>(id)) ==
            TokenKind::Special)
      continue;
    if (id >= kByteZero && id < kByteZero + 256) {
      bytes += static_cast<char>(id - kByteZero);
      continue;
    }
    flush();
    std::string piece(tokenizer.piece(id));
    for (size_t at; (at = piece.find("\u2581")) != std::string::npos;)
      piece.replace(at, 3, " ");
    text += piece;
  }
  flush();
  return text;
}

TEST_F(StreamDecoderTest, PiecesAreValidAndTogetherTheWholeText) {
  std::mt19937 random(7);
  for (int round = 0; round < 30000; ++round) {
    StreamDecoder stream(*tiny, SpecialIds::Skip);
    std::vector<int32_t> ids;
    std::string whole;
    for (unsigned n = random() % 20; n > 0; --n) {
      int32_t byte = kByteZero + static_cast<int32_t>(
                                     "\xf0\x9f\x98\x80\xe2\x96\x81\xc3\xa9\xed"
                                     "A"[random() % 11] &
                                     0xff);
      ids.push_back(random() % 4 ? byte
                                 : static_cast<int32_t>(random() % 310) - 5);
      std::string piece;
      stream.append(ids.back(), piece);
      ASSERT_TRUE(isUtf8(piece));
      ASSERT_LE(stream.numHeldBytes(), 3u);
      whole += piece;
    }
    std::string rest;
    stream.finish(rest);
    ASSERT_TRUE(isUtf8(rest));
    ASSERT_EQ(whole + rest, tiny->decode(ids, SpecialIds::Skip));
    ASSERT_EQ(whole + rest, decodeSlowly(*tiny, ids));
  }
}

} // namespace
} // namespace g4rt
