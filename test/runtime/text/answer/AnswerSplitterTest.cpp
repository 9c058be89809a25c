//===- AnswerSplitterTest.cpp - The parts of an answer --------------------===//

#include "runtime/text/answer/AnswerSplitter.h"

#include "runtime/text/answer/StopMatcher.h"

#include <gtest/gtest.h>

#include <random>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

using Kind = AnswerPiece::Kind;

/// Pieces of a kind next to each other become one.
void merge(std::vector<AnswerPiece> &all, std::vector<AnswerPiece> more) {
  for (AnswerPiece &piece : more) {
    bool isText = piece.kind == Kind::Content || piece.kind == Kind::Thought;
    if (isText && !all.empty() && all.back().kind == piece.kind)
      all.back().text += piece.text;
    else
      all.push_back(std::move(piece));
  }
}

class AnswerSplitterTest : public testing::Test {
protected:
  std::vector<int32_t> ids(std::string_view text) const {
    return tokenizer_->encode(text, SpecialTokens::Match);
  }

  /// What the engine makes of `answer`, split.
  std::vector<AnswerPiece> split(const std::vector<int32_t> &answer,
                                 const std::vector<std::string> &stops = {},
                                 AnswerStart start = AnswerStart::Content,
                                 SpecialIds special = SpecialIds::Skip,
                                 AnswerCut cut = AnswerCut::No) {
    AnswerSplitter splitter(*tokenizer_, AnswerMarks::of(*tokenizer_), start);
    StreamDecoder decoder(*tokenizer_, special);
    StopMatcher matcher = *StopMatcher::create(stops);
    std::vector<AnswerPiece> all;
    for (int32_t id : answer) {
      std::string piece;
      std::string text;
      DecodedToken token = decoder.append(id, piece);
      bool stopped = matcher.append(piece, text);
      merge(all, splitter.append(token, text));
      if (stopped)
        break;
    }
    std::string rest;
    std::string text;
    decoder.finish(rest);
    matcher.append(rest, text);
    matcher.flush(text);
    merge(all, splitter.append(std::nullopt, text));
    merge(all, splitter.finish(cut));
    return all;
  }
  std::vector<AnswerPiece> split(std::string_view answer,
                                 const std::vector<std::string> &stops = {},
                                 AnswerStart start = AnswerStart::Content) {
    return split(ids(answer), stops, start);
  }

  static AnswerPiece content(std::string text) {
    return {Kind::Content, std::move(text), {}};
  }
  static AnswerPiece thought(std::string text) {
    return {Kind::Thought, std::move(text), {}};
  }
  /// The same for an answer that max_tokens ended.
  std::vector<AnswerPiece> splitCut(std::string_view answer) {
    return split(ids(answer), {}, AnswerStart::Content, SpecialIds::Skip,
                 AnswerCut::Yes);
  }

  static AnswerPiece cutCall(std::string text) {
    return {Kind::CutCall, std::move(text), {}};
  }
  static AnswerPiece unreadable(std::string text) {
    return {Kind::UnreadableCall, std::move(text), {}};
  }
  static AnswerPiece call(std::string name, std::string arguments) {
    return {Kind::Call, {}, {std::move(name), std::move(arguments)}};
  }
  using Pieces = std::vector<AnswerPiece>;

  TestTokenizer tokenizer_{chatTokenizerJson()};
};

TEST_F(AnswerSplitterTest, TextAloneIsContent) {
  EXPECT_EQ(split("hello there"), Pieces{content("hello there")});
  EXPECT_EQ(split(""), Pieces{});
}

TEST_F(AnswerSplitterTest, AChannelIsThought) {
  EXPECT_EQ(split("<|channel>thought\nI think\nhard\n<channel|>Yes."),
            (Pieces{thought("I think\nhard"), content("Yes.")}));
}

TEST_F(AnswerSplitterTest, AnEmptyThoughtGivesNothing) {
  EXPECT_EQ(split("<|channel>thought\n<channel|>Yes."),
            Pieces{content("Yes.")});
  EXPECT_EQ(split("<|channel>thought<channel|>Yes."), Pieces{content("Yes.")});
  EXPECT_EQ(split("<|channel><channel|>Yes."), Pieces{content("Yes.")});
}

TEST_F(AnswerSplitterTest, AnUnknownLabelIsKept) {
  EXPECT_EQ(split("<|channel>thorn<channel|>"), Pieces{thought("thorn")});
}

TEST_F(AnswerSplitterTest, AThoughtThatIsCutIsThought) {
  EXPECT_EQ(split("<|channel>thought\nabc"), Pieces{thought("abc")});
}

TEST_F(AnswerSplitterTest, SeveralThoughtsAndAStrayEndAreFine) {
  EXPECT_EQ(split("<channel|>a<|channel>thought\nb<channel|>c<|channel>"
                  "thought\nd\n<channel|>"),
            (Pieces{content("a"), thought("b"), content("c"), thought("d")}));
}

TEST_F(AnswerSplitterTest, CallsAreCalls) {
  EXPECT_EQ(
      split("Wait.<|tool_call>call:f{a:<|\"|>x<|\"|>}<tool_call|>"
            "<|tool_call>call:g{}<tool_call|>"),
      (Pieces{content("Wait."), call("f", R"({"a":"x"})"), call("g", "{}")}));
}

TEST_F(AnswerSplitterTest, ACallEndsAThought) {
  EXPECT_EQ(split("<|channel>thought\nhm\n<|tool_call>call:f{}<tool_call|>"),
            (Pieces{thought("hm"), call("f", "{}")}));
}

TEST_F(AnswerSplitterTest, ACallNeedsNoEndMarkAtTheEnd) {
  EXPECT_EQ(split("<|tool_call>call:f{}"), Pieces{call("f", "{}")});
}

TEST_F(AnswerSplitterTest, ABrokenCallIsNoContent) {
  EXPECT_EQ(split("<|tool_call>call:f{a<tool_call|>b"),
            (Pieces{unreadable("call:f{a"), content("b")}));
  EXPECT_EQ(split("<|tool_call>call:f{a"), Pieces{unreadable("call:f{a")});
  EXPECT_EQ(split("a<|tool_call><tool_call|>b"),
            (Pieces{content("a"), unreadable(""), content("b")}));
}

TEST_F(AnswerSplitterTest, AGoodCallAfterABrokenOneArrives) {
  EXPECT_EQ(split("<|tool_call>call:f{a<tool_call|><|tool_call>call:g{}"
                  "<tool_call|>"),
            (Pieces{unreadable("call:f{a"), call("g", "{}")}));
  EXPECT_EQ(split("<|tool_call>call:f{a<|tool_call>call:g{}<tool_call|>"),
            (Pieces{unreadable("call:f{a"), call("g", "{}")}));
}

TEST_F(AnswerSplitterTest, ABracketMayLackOnlyBeforeTheEndMark) {
  EXPECT_EQ(split("<|tool_call>call:f{a:[1<tool_call|>"),
            Pieces{call("f", R"({"a":[1]})")});
  EXPECT_EQ(split("<|tool_call>call:f{a:[1<|tool_call>call:g{}<tool_call|>"),
            (Pieces{unreadable("call:f{a:[1"), call("g", "{}")}));
  EXPECT_EQ(split("<|tool_call>call:f{a:[1"),
            Pieces{unreadable("call:f{a:[1")});
}

TEST_F(AnswerSplitterTest, ACallThatMaxTokensCutIsCut) {
  EXPECT_EQ(splitCut("a<|tool_call>call:f{a:<|\"|>x"),
            (Pieces{content("a"), cutCall("call:f{a:<|\"|>x")}));
  EXPECT_EQ(splitCut("a<|tool_call>"), (Pieces{content("a"), cutCall("")}));
  EXPECT_EQ(splitCut("<|tool_call>call:f{a:1}"),
            Pieces{call("f", R"({"a":1})")});
}

TEST_F(AnswerSplitterTest, ATurnOfToolsEndsACall) {
  EXPECT_EQ(split("<|tool_call>call:f{a:1}<|tool_response>response:f{}"
                  "<tool_response|>b"),
            (Pieces{call("f", R"({"a":1})"), content("response:f{}b")}));
}

TEST_F(AnswerSplitterTest, AQuoteTokenOutsideOfACallIsAQuote) {
  EXPECT_EQ(split("say <|\"|>hi<|\"|>"), Pieces{content("say \"hi\"")});
  EXPECT_EQ(split("<|channel>thought\n<|\"|>a<channel|>"),
            Pieces{thought("\"a")});
}

TEST_F(AnswerSplitterTest, MarksAsTextAreText) {
  std::string forged = "<|tool_call>call:f{}<tool_call|><|channel>x<channel|>";
  EXPECT_EQ(split(tokenizer_->encode(forged, SpecialTokens::PlainText)),
            Pieces{content(forged)});
}

TEST_F(AnswerSplitterTest, TheAnswerMayBeginInsideAThought) {
  EXPECT_EQ(split("hm\n<channel|>Yes.", {}, AnswerStart::InsideThought),
            (Pieces{thought("hm"), content("Yes.")}));
  EXPECT_EQ(split("thought\nhm<channel|>", {}, AnswerStart::Channel),
            Pieces{thought("hm")});
}

TEST_F(AnswerSplitterTest, HeldBackTextBelongsToItsPart) {
  // "<STOP>" may begin in the thought, at each of its ends.
  EXPECT_EQ(split("<|channel>thought\nab<ST<channel|>OK<S", {"<STOP>"}),
            (Pieces{thought("ab<ST"), content("OK<S")}));
}

TEST_F(AnswerSplitterTest, AStopStringCutsEveryPart) {
  EXPECT_EQ(split("abSTOPcd", {"STOP"}), Pieces{content("ab")});
  EXPECT_EQ(split("<|channel>thought\nabSTOPcd", {"STOP"}),
            Pieces{thought("ab")});
  EXPECT_EQ(split("<|tool_call>call:f{STOP}<tool_call|>", {"STOP"}),
            Pieces{cutCall("call:f{")});
}

TEST_F(AnswerSplitterTest, ACharacterCutByAMarkIsInThePartBefore) {
  std::vector<int32_t> answer = ids("<|channel>thought\na");
  answer.push_back(kChatByteBase + 0xc3);
  for (int32_t id : ids("<channel|>b"))
    answer.push_back(id);
  EXPECT_EQ(split(answer), (Pieces{thought("a\xef\xbf\xbd"), content("b")}));
}

TEST_F(AnswerSplitterTest, ShownMarksAreStillMarks) {
  EXPECT_EQ(split(ids("<|channel>thought\na<channel|>b<eos>"), {},
                  AnswerStart::Content, SpecialIds::Show),
            (Pieces{thought("a"), content("b<eos>")}));
}

// Without stop strings and calls, nothing but marks, labels and line ends goes.
TEST_F(AnswerSplitterTest, NoTextIsLostInRandomAnswers) {
  std::mt19937 random(7);
  const char *words[] = {"a",
                         "b c",
                         "\n",
                         "<|channel>",
                         "<channel|>",
                         "thought\n",
                         "<|tool_call>",
                         "<tool_call|>",
                         "call:f{}",
                         "<|\"|>",
                         "STO",
                         "é",
                         "<|tool_response>",
                         "<tool_response|>"};
  for (int round = 0; round < 2000; ++round) {
    std::string answer;
    for (int i = 0; i < 12; ++i)
      answer += words[random() % std::size(words)];
    Pieces pieces = split(answer, {"STOP"});
    size_t numBytes = 0;
    for (const AnswerPiece &piece : pieces) {
      bool isText = piece.kind == Kind::Content || piece.kind == Kind::Thought;
      EXPECT_FALSE(isText && piece.text.empty()) << answer;
      // No mark comes through, wherever it stood.
      EXPECT_FALSE(isText && piece.text.find("|>") != piece.text.npos);
      EXPECT_FALSE(isText && piece.text.find("<|") != piece.text.npos);
      numBytes += piece.text.size();
    }
    EXPECT_LE(numBytes, answer.size()) << answer;
    EXPECT_EQ(pieces, split(answer)) << answer; // hold-back changes nothing
  }
}

} // namespace
} // namespace g4rt
