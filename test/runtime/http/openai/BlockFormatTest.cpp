//===- BlockFormatTest.cpp - Runs of thought, content and calls -----------===//

#include "runtime/http/openai/BlockFormat.h"

#include <gtest/gtest.h>

#include "test/runtime/http/AnswerFeed.h"

namespace g4rt {
namespace {

/// Writes down what happens: "t(ab)c(d)f(...)!" of a thought, content, a call
/// and the end.
class Diary : public BlockFormat {
public:
  using BlockFormat::BlockFormat;
  using BlockFormat::blocks;
  using BlockFormat::lostCalls;

  json::object whole(const GenerationEnd &) override { return {}; }
  std::string text;

private:
  void onBegin(const AnswerBlock &block) override {
    switch (block.kind) {
    case AnswerBlock::Kind::Thought:
      text += "t(";
      break;
    case AnswerBlock::Kind::Content:
      text += "c(";
      break;
    case AnswerBlock::Kind::Call:
      text += block.name + "(";
      break;
    }
  }
  void onDelta(const AnswerBlock &, std::string_view more) override {
    text += more;
  }
  void onEnd(const AnswerBlock &block) override {
    text += block.isCut ? "..." : ")";
  }
  void onFinish(const GenerationEnd &) override { text += "!"; }
};

std::string diaryOf(std::string_view answer, GuidedCalls guided,
                    const GenerationEnd &end = {}) {
  AnswerFeed feed;
  Diary diary(true);
  feed.feed(diary, answer, end, guided);
  return diary.text;
}

TEST(BlockFormatTest, PartsAreBlocksWhetherCallsAreGuidedOrNot) {
  for (GuidedCalls guided : {GuidedCalls::No, GuidedCalls::Yes})
    EXPECT_EQ(diaryOf("<|channel>thought\nab\n<channel|>cd<|tool_call>call:f{a:"
                      "<|\"|>x<|\"|>}<tool_call|><|tool_call>call:g{}"
                      "<tool_call|>e",
                      guided),
              R"(t(ab)c(cd)f({"a":"x"})g({})c(e)!)");
}

TEST(BlockFormatTest, AnEmptyAnswerHasNoBlock) {
  EXPECT_EQ(diaryOf("", GuidedCalls::No), "!");
}

TEST(BlockFormatTest, ACallThatIsCutSaysSo) {
  GenerationEnd end{.reason = FinishReason::Length};
  EXPECT_EQ(diaryOf("a<|tool_call>call:f{a:1", GuidedCalls::Yes, end),
            R"(c(a)f({"a":1...!)");
  EXPECT_EQ(diaryOf("a<|tool_call>call:f{a:1", GuidedCalls::No, end), "c(a)!");
}

TEST(BlockFormatTest, LostCallsAreToldOf) {
  AnswerFeed feed;
  Diary diary(false);
  feed.feed(diary, "<|tool_call>call:f{<tool_call|>");
  EXPECT_TRUE(diary.blocks().empty());
  EXPECT_EQ(json::value(diary.lostCalls()),
            json::parse(R"([{"reason":"unreadable","text":"call:f{"}])"));
}

TEST(BlockFormatTest, ArgumentsAreAnObject) {
  EXPECT_EQ(json::value(argumentsOf({.text = R"({"a":[1]})"})),
            json::parse(R"({"a":[1]})"));
  EXPECT_EQ(json::value(argumentsOf({.text = "{"})),
            json::parse(R"({"arguments":"{"})"));
}

} // namespace
} // namespace g4rt
