#include "runtime/grammar/AnswerGuide.h"

#include "test/runtime/grammar/GrammarCase.h"

namespace g4rt {
namespace {

const std::vector<ToolRule> kTools = {{"call:f{", R"(root ::= "call:f{}")"}};

class AnswerGuideTest : public GrammarCase {
protected:
  AnswerGuide guide(const AnswerRules &rules,
                    AnswerStart start = AnswerStart::Content,
                    std::vector<int32_t> stopIds = {50, 106}) {
    return *AnswerGuide::create(rules, compiler_, *tokenizer_, start, stopIds);
  }
  /// "ok", or the first token of `answer` that was not allowed; "over" if
  /// nothing can follow.
  std::string take(AnswerGuide &guide, std::string_view answer) {
    for (int32_t id : tokenizer_->encode(answer, SpecialTokens::Match)) {
      if (guide.allowed() && !guide.allowed()->allows(id))
        return std::string(tokenizer_->piece(id));
      guide.accept(id);
    }
    return guide.isOver() ? "over" : "ok";
  }
  std::string taken(const AnswerRules &rules, std::string_view answer,
                    AnswerStart start = AnswerStart::Content) {
    AnswerGuide fresh = guide(rules, start);
    return take(fresh, answer);
  }
};

TEST_F(AnswerGuideTest, ContentObeysItsGrammarAndEndsWithIt) {
  AnswerRules rules{.content = R"(root ::= "ab" "c"?)"};
  EXPECT_EQ(taken(rules, "ab<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "abc<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "a<turn|>"), "<turn|>");
  EXPECT_EQ(taken(rules, "ax"), "x");
  EXPECT_EQ(taken(rules, "abcd"), "d");
  EXPECT_EQ(taken(rules, "<turn|>"), "<turn|>");
}

TEST_F(AnswerGuideTest, WithoutAStopIdTheAnswerIsOver) {
  AnswerRules rules{.content = R"(root ::= "ab")"};
  AnswerGuide endless = guide(rules, AnswerStart::Content, {});
  EXPECT_EQ(take(endless, "ab"), "over");
}

TEST_F(AnswerGuideTest, TheGrammarHoldsInTheContentAlone) {
  AnswerRules rules{.content = R"(root ::= "ab")"};
  EXPECT_EQ(taken(rules, "<|channel>xyz<channel|>ab<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|channel>xyz<turn|>"), "<turn|>");
  EXPECT_EQ(taken(rules, "<|channel>x<channel|><|channel>"), "<|channel>");
  EXPECT_EQ(taken(rules, "a<|channel>"), "<|channel>");
  EXPECT_EQ(taken(rules, "xyz<channel|>ab<turn|>", AnswerStart::InsideThought),
            "ok");
  rules.mayThink = false;
  EXPECT_EQ(taken(rules, "<|channel>"), "<|channel>");
}

TEST_F(AnswerGuideTest, ACallObeysItsGrammar) {
  AnswerRules rules{.tools = kTools};
  EXPECT_EQ(taken(rules, "hi<|tool_call>call:f{}<tool_call|><|tool_response>"),
            "ok");
  EXPECT_EQ(taken(rules, "<|tool_call>call:g"), "g");
  EXPECT_EQ(taken(rules, "<|tool_call>call:f{<tool_call|>"), "<tool_call|>");
  EXPECT_EQ(taken(rules, "<|tool_call>call:f{}<turn|>"), "<turn|>");
  EXPECT_EQ(taken(rules, "any text<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|tool_call>call:f{}<tool_call|>"
                         "<|tool_call>call:f{}<tool_call|>"),
            "ok");
}

TEST_F(AnswerGuideTest, NoneRequiredAndOneCall) {
  EXPECT_EQ(taken({.calls = CallRule::None}, "a<|tool_call>"), "<|tool_call>");
  EXPECT_EQ(taken({.calls = CallRule::None}, "<|channel>a<|tool_call>"),
            "<|tool_call>");
  AnswerRules required{.tools = kTools, .calls = CallRule::Required};
  EXPECT_EQ(taken(required, "a"), "a");
  EXPECT_EQ(taken(required, "<turn|>"), "<turn|>");
  EXPECT_EQ(taken(required, "<|channel>a<channel|><|tool_call>call:f{}"
                            "<tool_call|><|tool_response>"),
            "ok");
  EXPECT_EQ(taken(required, "<|tool_call>call:f{}<tool_call|>a"), "a");
  EXPECT_EQ(taken(required, "<|tool_call>call:f{}<tool_call|><|tool_call>"),
            "ok");
  required.isOneCall = true;
  EXPECT_EQ(taken(required, "<|tool_call>call:f{}<tool_call|><|tool_call>"),
            "<|tool_call>");
  EXPECT_EQ(taken({.tools = kTools, .isOneCall = true},
                  "a<|tool_call>call:f{}<tool_call|>a"),
            "a");
}

TEST_F(AnswerGuideTest, AnAnswerIsACallOrTheContent) {
  AnswerRules rules{.content = R"(root ::= "ab")", .tools = kTools};
  EXPECT_EQ(taken(rules, "ab<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|tool_call>call:f{}<tool_call|><turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|tool_call>call:f{}<tool_call|>a"), "a");
  EXPECT_EQ(taken(rules, "a<|tool_call>"), "<|tool_call>");
}

TEST_F(AnswerGuideTest, AThoughtEndsAfterItsTokens) {
  AnswerRules rules{.maxThoughtTokens = 2};
  EXPECT_EQ(taken(rules, "<|channel>thought\nab<channel|>hi<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|channel>thought\na<channel|>hi<turn|>"), "ok");
  EXPECT_EQ(taken(rules, "<|channel>thought\nabc"), "c");
  EXPECT_EQ(taken(rules, "<|channel>thought\nab<turn|>"), "<turn|>");
  EXPECT_EQ(taken(rules, "thought\nabc", AnswerStart::Channel), "c");
  EXPECT_EQ(taken(rules, "abc", AnswerStart::InsideThought), "c");
  // No more of it later.
  EXPECT_EQ(taken(rules, "<|channel>thought\nab<channel|>hi<|channel>"),
            "<|channel>");
  // Content has no such limit.
  EXPECT_EQ(taken(rules, "abcdef<turn|>"), "ok");
}

TEST_F(AnswerGuideTest, AThoughtOfNoTokensIsClosedAtOnce) {
  AnswerRules rules{.content = R"(root ::= "ab")", .maxThoughtTokens = 0};
  EXPECT_EQ(taken(rules, "<|channel>"), "<|channel>");
  EXPECT_EQ(taken(rules, "<channel|>ab<turn|>", AnswerStart::InsideThought),
            "ok");
  EXPECT_EQ(taken(rules, "a", AnswerStart::InsideThought), "a");
}

TEST_F(AnswerGuideTest, WithoutRulesThatBiteNothingIsMasked) {
  AnswerGuide free = guide({.tools = kTools});
  EXPECT_EQ(free.allowed(), nullptr);
  EXPECT_FALSE(free.isOver());
}

TEST_F(AnswerGuideTest, AGrammarThatCannotBeReadIsAnError) {
  EXPECT_FALSE(AnswerGuide::create({.content = "root ::="}, compiler_,
                                   *tokenizer_, AnswerStart::Content, {}));
}

} // namespace
} // namespace g4rt
