#include "models/checkpoint/ByteTokenizer.h"

#include "runtime/text/tokenizer/Tokenizer.h"

#include <gtest/gtest.h>

namespace g4 {
namespace {

using g4rt::SpecialIds;
using g4rt::SpecialTokens;
using Ids = std::vector<int32_t>;

class ByteTokenizerTest : public testing::Test {
protected:
  g4rt::Tokenizer tokenizer(int64_t vocabSize) {
    builder_.Clear();
    auto table = writeByteTokenizer(vocabSize, builder_);
    EXPECT_TRUE(table);
    builder_.Finish(*table);
    auto made =
        g4rt::Tokenizer::create(*flatbuffers::GetRoot<artifact::Tokenizer>(
            builder_.GetBufferPointer()));
    EXPECT_TRUE(made) << made.error().message();
    return *std::move(made);
  }

  flatbuffers::FlatBufferBuilder builder_;
};

TEST_F(ByteTokenizerTest, TextIsOneIdAByteAndComesBack) {
  g4rt::Tokenizer t = tokenizer(1000);
  std::string text = "aé \xe2\x96\x81\n<|turn>";
  Ids ids = t.encode(text, SpecialTokens::Match);
  EXPECT_EQ(ids[0], 744 + 'a');
  EXPECT_EQ(ids[1], 744 + 0xc3);
  EXPECT_EQ(ids.size(), t.encode(text, SpecialTokens::PlainText).size());
  EXPECT_EQ(
      t.decode(t.encode("aé\n<|turn>", SpecialTokens::Match), SpecialIds::Skip),
      "aé\n<|turn>");
}

TEST_F(ByteTokenizerTest, EveryOtherIdSaysItsNumber) {
  g4rt::Tokenizer t = tokenizer(1000);
  EXPECT_EQ(t.numTokens(), 1000);
  EXPECT_EQ(t.decode(Ids{1, 743, 744 + 'x'}, SpecialIds::Skip),
            "<unused1><unused743>x");
}

TEST_F(ByteTokenizerTest, TheFullVocabularyOfGemmaHasTables) {
  g4rt::Tokenizer t = tokenizer(262144);
  EXPECT_EQ(t.encode("b", SpecialTokens::PlainText), Ids{261888 + 'b'});
  EXPECT_LT(builder_.GetSize(), 6u << 20);
}

TEST_F(ByteTokenizerTest, BytesAloneAreEnoughAndLessAreNot) {
  EXPECT_EQ(tokenizer(256).encode("c", SpecialTokens::PlainText), Ids{'c'});
  auto refused = writeByteTokenizer(255, builder_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), g4rt::StatusCode::InvalidArgument);
}

} // namespace
} // namespace g4
