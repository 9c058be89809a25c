#include "runtime/text/answer/AnswerMarks.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

class AnswerMarksTest : public testing::Test {
protected:
  std::vector<int32_t> ids(std::string_view text) const {
    return tokenizer_->encode(text, SpecialTokens::Match);
  }
  /// A letter for the part after each token: c, t or C for a call.
  std::string partsOf(std::string_view answer) const {
    AnswerPart part = AnswerPart::Content;
    std::string out;
    for (int32_t id : ids(answer)) {
      part = marks_.after(part, id);
      out += part == AnswerPart::Content ? 'c'
             : part == AnswerPart::Call  ? 'C'
                                         : 't';
    }
    return out;
  }

  TestTokenizer tokenizer_{chatTokenizerJson()};
  AnswerMarks marks_ = AnswerMarks::of(*tokenizer_);
};

TEST_F(AnswerMarksTest, MarksMoveFromPartToPart) {
  EXPECT_EQ(partsOf("a<|channel>b<channel|>c"), "cttcc");
  EXPECT_EQ(partsOf("<|tool_call>a<|\"|>b<tool_call|>c"), "CCCCcc");
  EXPECT_EQ(partsOf("<|channel>a<|tool_call>b<|tool_response>"), "ttCCc");
  EXPECT_EQ(partsOf("<|tool_call>a<channel|>"), "CCc");
}

TEST_F(AnswerMarksTest, AStrayEndChangesNothing) {
  EXPECT_EQ(partsOf("<tool_call|>a<channel|><|tool_response>"), "cccc");
  EXPECT_EQ(partsOf("<|channel>a<tool_call|>b"), "tttt");
}

TEST_F(AnswerMarksTest, TheQuoteIsNoBoundary) {
  EXPECT_FALSE(marks_.isBoundary(*marks_.quote));
  EXPECT_TRUE(marks_.isBoundary(*marks_.responseBegin));
}

TEST_F(AnswerMarksTest, TheStartIsReadFromThePrompt) {
  auto start = [&](std::string_view prompt) {
    return startOfAnswer(ids(prompt), marks_);
  };
  EXPECT_EQ(start("<bos><|turn>model\n"), AnswerStart::Content);
  EXPECT_EQ(start("<|turn>model\n<|channel>thought\n<channel|>"),
            AnswerStart::Content);
  EXPECT_EQ(start("<|turn>model\n<|channel>thought\n"),
            AnswerStart::InsideThought);
  EXPECT_EQ(start("<|turn>model\n<|channel>"), AnswerStart::Channel);
  EXPECT_EQ(start(""), AnswerStart::Content);
}

} // namespace
} // namespace g4rt
