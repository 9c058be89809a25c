#include "runtime/text/tokenizer/TokenizerTables.h"

#include "runtime/base/Utf8.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/MutableTokenizer.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

class TokenizerTablesTest : public testing::Test {
protected:
  const TestTokenizer tiny{tinyTokenizerJson()};
  MutableTokenizer tables{tiny.bytes()};
};

TEST_F(TokenizerTablesTest, LooksUpPiecesKindsAndMerges) {
  const TokenizerTables &t = tiny->tables();
  EXPECT_EQ(t.numTokens(), 296u);
  EXPECT_EQ(t.piece(4), "<|turn>");
  EXPECT_EQ(t.kindOf(4), TokenKind::Special);
  EXPECT_EQ(t.kindOf(6), TokenKind::Added);
  EXPECT_EQ(t.kindOf(10 + 'A'), TokenKind::Byte);
  EXPECT_EQ(t.byteOf(10 + 'A'), 'A');
  EXPECT_EQ(t.idOfByte('A'), 10u + 'A');
  uint32_t l = t.idOf('l');
  EXPECT_EQ(t.piece(l), "l");
  ASSERT_NE(t.findMerge(l, l), nullptr);
  EXPECT_EQ(t.piece(t.findMerge(l, l)->joined), "ll");
  EXPECT_EQ(t.findMerge(l, t.idOf('h')), nullptr);
  EXPECT_EQ(t.idOf('Z'), kNoToken);
  EXPECT_EQ(t.idOf(0x10ffff), kNoToken);
}

TEST_F(TokenizerTablesTest, RefusesPiecesOutsideTheText) {
  tables.set<uint32_t>(tables.table().piece_offsets(), 3, 1u << 30);
  EXPECT_EQ(tables.messageOfCreate(),
            "DataLoss: tokenizer: piece_offsets: token 2 lies outside "
            "piece_text");
}

TEST_F(TokenizerTablesTest, RefusesPiecesThatAreNotUtf8) {
  tables.set<uint8_t>(tables.table().piece_text(), 0, 0xff);
  EXPECT_EQ(tables.messageOfCreate(),
            "DataLoss: tokenizer: piece_text: token 0 is not UTF-8");
}

TEST_F(TokenizerTablesTest, RefusesArraysOfAWrongSize) {
  MutableTokenizer other = tables;
  other.resize(other.table().piece_offsets(), 5);
  EXPECT_EQ(other.messageOfCreate(), "DataLoss: tokenizer: piece_offsets: 5 "
                                     "elements, needs 297");
  other = tables;
  other.resize(other.table().byte_ids(), 3);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: byte_ids: 3 elements, needs 0 or 256");
  other = tables;
  other.resize(other.table().merge_slots(), 12);
  EXPECT_EQ(other.messageOfCreate(), "DataLoss: tokenizer: merge_slots: 12 "
                                     "elements, needs 4 times a power of two");
  other = tables;
  other.resize(other.table().joint_bits(), 0);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: joint_bits: 0 elements, needs a power of "
            "two");
  other = tables;
  other.resize(other.table().code_point_pages(), 9);
  EXPECT_EQ(other.messageOfCreate(), "DataLoss: tokenizer: code_point_pages: 9 "
                                     "elements, needs 4352");
}

TEST_F(TokenizerTablesTest, RefusesIdsThatDoNotExist) {
  MutableTokenizer other = tables;
  other.set<uint32_t>(other.table().byte_ids(), 7, 296);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: byte_ids: byte 7 has no token of its own");
  other = tables;
  other.set<uint32_t>(other.table().code_point_ids(), 7, 296);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: code_point_ids: token 296 is no ordinary "
            "one");
  other = tables;
  other.set<uint16_t>(other.table().code_point_pages(), 7, 99);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: code_point_pages: page 99 is not in "
            "code_point_ids");
}

TEST_F(TokenizerTablesTest, NoTextCanBecomeASpecialToken) {
  MutableTokenizer other = tables;
  other.set<uint32_t>(other.table().code_point_ids(), 'h', 4);
  EXPECT_EQ(other.messageOfCreate(),
            "DataLoss: tokenizer: code_point_ids: token 4 is no ordinary one");
  other = tables;
  const auto *slots = other.table().merge_slots();
  for (uint32_t i = 0; i < slots->size(); i += 4)
    if (slots->Get(i) != kNoToken)
      other.set<uint32_t>(slots, i + 3, 4);
  EXPECT_NE(other.messageOfCreate().find("make no ordinary token"),
            std::string::npos);
  other = tables;
  other.set<uint32_t>(other.table().byte_ids(), 'h',
                      other.table().byte_ids()->Get('i'));
  EXPECT_NE(other.messageOfCreate(), "ok");
}

// 20,000 damaged tables: whatever passes the checks can be used.
TEST_F(TokenizerTablesTest, SurvivesAnyDamage) {
  std::mt19937 random(1);
  std::string text = "hello  world <|turn>\n aaaaaaaaa \xff\xe2\x96 é漢\n\n";
  for (int i = 0; i < 5; ++i)
    text += text;
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    MutableTokenizer damaged(tiny.bytes());
    for (unsigned n = random() % 4 + 1; n > 0; --n) {
      size_t at = random() % damaged.bytes().size();
      uint32_t value = random() % 2 ? random() % 300 : random();
      damaged.bytes()[at] = static_cast<char>(value);
      if (random() % 2 && at % 4 == 0 && at + 4 <= damaged.bytes().size())
        std::memcpy(damaged.bytes().data() + at, &value, 4);
    }
    if (!damaged.verifies())
      continue;
    Result<Tokenizer> tokenizer = Tokenizer::create(damaged.table());
    if (!tokenizer)
      continue;
    ++accepted;
    for (SpecialTokens mode : {SpecialTokens::Match, SpecialTokens::PlainText})
      EXPECT_TRUE(isUtf8(
          tokenizer->decode(tokenizer->encode(text, mode), SpecialIds::Show)));
  }
  EXPECT_GT(accepted, 100);
}

} // namespace
} // namespace g4rt
