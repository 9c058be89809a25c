//===- AnswerPiecesTest.cpp - What an event brings ------------------------===//

#include "runtime/http/openai/AnswerPieces.h"

#include <gtest/gtest.h>

#include "test/runtime/http/AnswerFeed.h"

namespace g4rt {
namespace {

/// Keeps what the pieces say.
class Kept : public AnswerFormat {
public:
  explicit Kept(AnswerPieces pieces) : pieces(std::move(pieces)) {}
  std::vector<json::object> append(const GenerationEvent &event) override {
    for (AnswerPiece &piece : pieces.append(event))
      all.push_back(std::move(piece));
    return {};
  }
  json::object whole(const GenerationEnd &) override { return {}; }

  AnswerPieces pieces;
  std::vector<AnswerPiece> all;
};

AnswerEnding endingOf(std::string_view answer, const GenerationEnd &end = {}) {
  AnswerFeed feed;
  Kept kept(feed.pieces());
  feed.feed(kept, answer, end);
  return kept.pieces.endingOf(end);
}

TEST(AnswerPiecesTest, AnAnswerEndsByWhatItHolds) {
  EXPECT_EQ(endingOf("hi"), AnswerEnding::Stop);
  EXPECT_EQ(endingOf("<|tool_call>call:f{}<tool_call|>"), AnswerEnding::Calls);
  GenerationEnd cut{.reason = FinishReason::Length};
  EXPECT_EQ(endingOf("hi", cut), AnswerEnding::Length);
  EXPECT_EQ(endingOf("<|tool_call>call:f{a:", cut), AnswerEnding::Length);
  EXPECT_EQ(endingOf("<|tool_call>call:f{}<tool_call|>", cut),
            AnswerEnding::Length);
}

TEST(AnswerPiecesTest, TokensOfThoughtAreCounted) {
  AnswerFeed feed;
  Kept kept(feed.pieces());
  feed.feed(kept, "<|channel>thought\nab\n<channel|>cd");
  size_t numTokens =
      feed.tokenizer
          ->encode("<|channel>thought\nab\n<channel|>", SpecialTokens::Match)
          .size();
  EXPECT_EQ(kept.pieces.numThoughtTokens(), static_cast<int64_t>(numTokens));
}

TEST(AnswerPiecesTest, CallsThatNobodyCanMakeAreCounted) {
  LostCalls lost;
  AnswerFeed feed;
  AnswerSplitter splitter(*feed.tokenizer, AnswerMarks::of(*feed.tokenizer),
                          SpecialIds::Skip, AnswerStart::Content);
  Kept kept(AnswerPieces(std::move(splitter), {}, &lost));
  feed.feed(kept, "<|tool_call>call:f{<tool_call|><|tool_call>call:g{",
            {.reason = FinishReason::Length});
  EXPECT_EQ(lost.numUnreadable, 1u);
  EXPECT_EQ(lost.numCut, 1u);
}

TEST(AnswerPiecesTest, PlainTextIsContent) {
  AnswerFeed feed;
  Kept kept{AnswerPieces()};
  feed.feed(kept, "ab");
  ASSERT_EQ(kept.all.size(), 2u);
  EXPECT_EQ(kept.all[0].kind, AnswerPiece::Kind::Content);
  EXPECT_EQ(kept.all[0].text + kept.all[1].text, "ab");
}

} // namespace
} // namespace g4rt
