#include "runtime/text/tokenizer/BpeEncoder.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

class BpeEncoderTest : public testing::Test {
protected:
  // The pieces of the ids of texts that follow each other in one run.
  std::vector<std::string> piecesOf(std::vector<std::string_view> texts) {
    std::vector<int32_t> ids;
    BpeEncoder encoder(tiny->tables(), ids);
    for (std::string_view text : texts)
      encoder.append(text);
    encoder.endRun();
    std::vector<std::string> pieces;
    for (int32_t id : ids)
      pieces.emplace_back(tiny->piece(id));
    return pieces;
  }
  using Pieces = std::vector<std::string>;

  const TestTokenizer tiny{tinyTokenizerJson()};
};

TEST_F(BpeEncoderTest, MergesByRankNotByPlace) {
  EXPECT_EQ(piecesOf({"hello world"}), (Pieces{"hello", "▁world"}));
  EXPECT_EQ(piecesOf({"lll"}), (Pieces{"ll", "l"}));
  EXPECT_EQ(piecesOf({"aaaaaaa"}), (Pieces{"aaaa", "aa", "a"}));
}

TEST_F(BpeEncoderTest, MergesAcrossTexts) {
  EXPECT_EQ(piecesOf({"he", "l", "", "lo wor", "ld"}),
            (Pieces{"hello", "▁world"}));
}

TEST_F(BpeEncoderTest, UnknownCodePointsBecomeBytes) {
  EXPECT_EQ(piecesOf({"hé漢h"}),
            (Pieces{"h", "é", "<0xE6>", "<0xBC>", "<0xA2>", "h"}));
}

TEST_F(BpeEncoderTest, BytesThatAreNotUtf8BecomeThemselves) {
  EXPECT_EQ(piecesOf({"h\xff\xe2\x96h\xc3"}),
            (Pieces{"h", "<0xFF>", "<0xE2>", "<0x96>", "h", "<0xC3>"}));
}

TEST_F(BpeEncoderTest, EndRunSeparates) {
  std::vector<int32_t> ids;
  BpeEncoder encoder(tiny->tables(), ids);
  encoder.append("l");
  encoder.endRun();
  encoder.append("l");
  encoder.endRun();
  EXPECT_EQ(ids.size(), 2u);
}

// A word of one length more than another takes the other way to merge.
TEST_F(BpeEncoderTest, ShortAndLongWordsMergeAlike) {
  for (size_t size = 1; size < 200; ++size) {
    Pieces pieces = piecesOf({std::string(size, 'a')}),
           expected(size / 4, "aaaa");
    if (size % 4 >= 2)
      expected.push_back("aa");
    if (size % 2 == 1)
      expected.push_back("a");
    EXPECT_EQ(pieces, expected) << size;
  }
}

} // namespace
} // namespace g4rt
