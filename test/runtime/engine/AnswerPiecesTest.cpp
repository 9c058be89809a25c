//===- AnswerPiecesTest.cpp - What an answer holds ------------------------===//

#include "runtime/engine/AnswerPieces.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class AnswerPiecesTest : public testing::Test {
protected:
  AnswerPieces chat() {
    return AnswerPieces(AnswerSplitter(
        *tokenizer_, AnswerMarks::of(*tokenizer_), AnswerStart::Content));
  }
  void feed(AnswerPieces &pieces, std::string_view answer,
            AnswerCut cut = AnswerCut::No) {
    StreamDecoder decoder(*tokenizer_, SpecialIds::Skip);
    for (int32_t id : tokenizer_->encode(answer, SpecialTokens::Match)) {
      std::string text;
      DecodedToken token = decoder.append(id, text);
      pieces.append(token, text);
    }
    pieces.finish(cut);
  }

  TestTokenizer tokenizer_{chatTokenizerJson()};
};

TEST_F(AnswerPiecesTest, CallsAreKnown) {
  AnswerPieces text = chat();
  feed(text, "hi");
  EXPECT_FALSE(text.hasCall());
  AnswerPieces call = chat();
  feed(call, "<|tool_call>call:f{}<tool_call|>");
  EXPECT_TRUE(call.hasCall());
  EXPECT_FALSE(call.hasCutCall());
  AnswerPieces cut = chat();
  feed(cut, "<|tool_call>call:f{a:", AnswerCut::Yes);
  EXPECT_FALSE(cut.hasCall());
  EXPECT_TRUE(cut.hasCutCall());
}

TEST_F(AnswerPiecesTest, TokensOfThoughtAreCounted) {
  AnswerPieces pieces = chat();
  feed(pieces, "<|channel>thought\nab\n<channel|>cd");
  size_t numTokens =
      tokenizer_
          ->encode("<|channel>thought\nab\n<channel|>", SpecialTokens::Match)
          .size();
  EXPECT_EQ(pieces.numThoughtTokens(), static_cast<int64_t>(numTokens));
}

TEST_F(AnswerPiecesTest, WithoutPartsAllIsContent) {
  AnswerPieces pieces;
  EXPECT_EQ(pieces.append(DecodedToken{.id = 100, .numBytes = 2}, "ab"),
            (std::vector<AnswerPiece>{{AnswerPiece::Kind::Content, "ab", {}}}));
  EXPECT_TRUE(pieces.append(DecodedToken{.id = 7}, "").empty());
  EXPECT_TRUE(pieces.finish(AnswerCut::Yes).empty());
}

} // namespace
} // namespace g4rt
