#include "runtime/engine/Answer.h"

#include <gtest/gtest.h>

#include "test/support/ChatTokenizer.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

constexpr int32_t kEos = 1;

class AnswerTest : public testing::Test {
protected:
  // Seconds after the epoch of the steady clock.
  static Answer::Time at(double seconds) {
    return Answer::Time(std::chrono::duration_cast<Answer::Time::duration>(
        std::chrono::duration<double>(seconds)));
  }
  static int32_t byte(uint8_t value) { return 10 + value; }

  Answer make(GenerationRequest request) {
    request.promptIds = {2, 20, 30};
    if (request.maxTokens == 0)
      request.maxTokens = 100;
    return *Answer::create(std::move(request), *tokenizer, at(100));
  }
  GenerationEvent append(Answer &answer, int32_t id) {
    now += 1;
    return answer.append({.token = {.id = id}, .top = {}}, at(now));
  }
  // Appends the bytes of `text` until the answer ends.
  std::string appendText(Answer &answer, std::string_view text) {
    std::string out;
    for (char c : text) {
      GenerationEvent event = append(answer, byte(static_cast<uint8_t>(c)));
      out += contentOf(event);
      if (event.end)
        return out + "|" + std::to_string(static_cast<int>(event.end->reason));
    }
    return out;
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  double now = 100;
};

TEST_F(AnswerTest, AStopIdEndsTheAnswerAndIsNoPartOfItsText) {
  Answer answer = make({.stopIds = {kEos, byte('z')}});
  EXPECT_EQ(contentOf(append(answer, byte('h'))), "h");
  GenerationEvent last = append(answer, byte('z'));
  EXPECT_EQ(contentOf(last), "");
  ASSERT_TRUE(last.end);
  EXPECT_EQ(last.end->reason, FinishReason::Stop);
  EXPECT_EQ(last.token->token.id, byte('z'));
  EXPECT_EQ(last.end->usage.numPromptTokens, 3);
  EXPECT_EQ(last.end->usage.numAnswerTokens, 2);
}

TEST_F(AnswerTest, AStopTextIsNamedAndKeptIfAskedFor) {
  for (bool keepsStop : {false, true}) {
    Answer answer = make({.stops = {"xyz", "cd"}, .keepsStop = keepsStop});
    std::string text;
    GenerationEvent event;
    for (char c : std::string_view("abcd")) {
      event = append(answer, byte(static_cast<uint8_t>(c)));
      text += contentOf(event);
    }
    ASSERT_TRUE(event.end);
    EXPECT_EQ(event.end->stop, "cd");
    EXPECT_EQ(text, keepsStop ? "abcd" : "ab");
  }
}

TEST_F(AnswerTest, AStopTextIsNotSoughtInTooShortAnAnswer) {
  Answer answer = make({.stops = {"a"}, .minTokens = 3});
  EXPECT_EQ(appendText(answer, "aaab"), "aa|0");
}

TEST_F(AnswerTest, NothingOfAStopTextIsEmitted) {
  Answer answer = make({.stops = {"llo"}});
  EXPECT_EQ(appendText(answer, "hello you"), "he|0");
}

TEST_F(AnswerTest, TextThatOnlyLooksLikeAStopComesLater) {
  Answer answer = make({.stops = {"llo"}});
  EXPECT_EQ(appendText(answer, "hell"), "he");
  EXPECT_EQ(contentOf(append(answer, byte('a'))), "lla");
}

TEST_F(AnswerTest, WhatIsHeldBackComesWithTheEnd) {
  Answer answer = make({.maxTokens = 4, .stops = {"llo"}});
  EXPECT_EQ(appendText(answer, "hell"), "hell|1");

  Answer stopped = make({.stopIds = {kEos}, .stops = {"llo"}});
  EXPECT_EQ(appendText(stopped, "hell"), "he");
  EXPECT_EQ(contentOf(append(stopped, kEos)), "ll");

  Answer cancelled = make({.stops = {"llo"}});
  EXPECT_EQ(appendText(cancelled, "hell"), "he");
  EXPECT_EQ(contentOf(cancelled.end(FinishReason::Cancelled, {}, at(200))),
            "ll");
}

TEST_F(AnswerTest, ACharacterIsNeverCutBetweenEvents) {
  Answer answer = make({});
  EXPECT_EQ(contentOf(append(answer, byte(0xC3))), "");
  EXPECT_EQ(contentOf(append(answer, byte(0xA9))), "é");

  Answer cut = make({.maxTokens = 1});
  EXPECT_EQ(contentOf(append(cut, byte(0xC3))), "\uFFFD");
}

TEST_F(AnswerTest, AStopThatOnlyTheEndCompletesCounts) {
  Answer answer = make({.maxTokens = 2, .stops = {"a\uFFFD"}});
  append(answer, byte('a'));
  GenerationEvent last = append(answer, byte(0xC3));
  EXPECT_EQ(contentOf(last), "");
  EXPECT_EQ(last.end->reason, FinishReason::Stop);
}

TEST_F(AnswerTest, AStopIdAsTheLastTokenIsAStop) {
  Answer answer = make({.maxTokens = 1, .stopIds = {kEos}});
  EXPECT_EQ(append(answer, kEos).end->reason, FinishReason::Stop);
  Answer full = make({.maxTokens = 1, .stopIds = {kEos}});
  EXPECT_EQ(append(full, byte('h')).end->reason, FinishReason::Length);
}

TEST_F(AnswerTest, SpecialTokensAreSpelledOutOnDemand) {
  Answer skips = make({});
  EXPECT_EQ(contentOf(append(skips, 4)), "");
  Answer shows = make({.special = SpecialIds::Show});
  EXPECT_EQ(contentOf(append(shows, 4)), "<|turn>");
}

TEST_F(AnswerTest, TimesAreSecondsSinceSubmit) {
  Answer answer = make({.maxTokens = 2});
  EXPECT_FALSE(answer.lastToken());
  answer.start(/*numCachedTokens=*/2, at(100.5));
  append(answer, byte('a'));
  EXPECT_DOUBLE_EQ(*answer.lastToken(), 1);
  GenerationEvent last = append(answer, byte('a'));
  EXPECT_DOUBLE_EQ(last.end->times.queued, 0.5);
  EXPECT_DOUBLE_EQ(last.end->times.firstToken, 1);
  EXPECT_DOUBLE_EQ(last.end->times.total, 2);
}

TEST_F(AnswerTest, AFailureCarriesItsError) {
  Answer answer = make({});
  GenerationEvent event = answer.end(
      FinishReason::Failed, Status(StatusCode::Internal, "broken"), at(101));
  EXPECT_FALSE(event.token);
  EXPECT_EQ(event.end->error.message(), "broken");
}

TEST_F(AnswerTest, ChoosesByPenaltiesOfPromptAndAnswer) {
  Answer answer = make({.sampling = {.temperature = 0,
                                     .presencePenalty = 2,
                                     .repetitionPenalty = 4}});
  Sampler sampler;
  std::vector<float> logits(300, 0);
  logits[20] = 8; // in the prompt: 2
  logits[50] = 3;
  logits[51] = 2.5F;
  EXPECT_EQ(answer.choose(sampler, logits)->token.id, 50);
  append(answer, 50); // in the answer: 3 / 4 - 2
  EXPECT_EQ(answer.choose(sampler, logits)->token.id, 51);
}

TEST_F(AnswerTest, TheSeedIsUsedAsItIs) {
  std::vector<float> logits(300, 0);
  Sampler sampler;
  TokenCounts counts;
  Generator generator(77);
  Answer answer = make({.sampling = {.seed = 77}});
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(answer.choose(sampler, logits)->token.id,
              sampler.sample(logits, {}, counts, generator)->token.id);
}

TEST_F(AnswerTest, RefusesStopsThatCannotBe) {
  Result<Answer> answer =
      Answer::create({.promptIds = {1}, .stops = {""}}, *tokenizer, at(0));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message(), "stop[0]: empty");
}

// The text of a chat's answer, thoughts in [], with "|" where it ended.
std::string chatText(std::string_view prompt, std::string_view said,
                     GenerationRequest request) {
  TestTokenizer tokenizer(chatTokenizerJson());
  request.promptIds = tokenizer->encode(prompt, SpecialTokens::Match);
  request.maxTokens = 100;
  request.isChat = true;
  Answer answer = *Answer::create(std::move(request), *tokenizer, {});
  std::string out;
  bool isInThought = false;
  for (int32_t id : tokenizer->encode(said, SpecialTokens::Match)) {
    GenerationEvent event =
        answer.append({.token = {.id = id}, .top = {}}, Answer::Time());
    for (const AnswerPiece &piece : event.pieces) {
      bool isThought = piece.kind == AnswerPiece::Kind::Thought;
      if (std::exchange(isInThought, isThought) != isThought)
        out += isThought ? "[" : "]";
      out += piece.text;
    }
    if (event.end)
      return out + "|";
  }
  return out;
}

TEST(AnswerOfChatTest, StopsAreNotSoughtInThoughts) {
  EXPECT_EQ(chatText("<bos>", "<|channel>abc<channel|>xabcx", {.stops = {"b"}}),
            "[abc]xa|");
  EXPECT_EQ(chatText("<|channel>", "abc<channel|>xabcx", {.stops = {"b"}}),
            "[abc]xa|");
  EXPECT_EQ(chatText("<bos>", "<|tool_call>abc", {.stops = {"b"}}), "a|");
  EXPECT_EQ(chatText("<bos>", "<|channel>abc",
                     {.stops = {"b"}, .stopInThought = true}),
            "[a|");
}

TEST(AnswerOfChatTest, TheEndSaysWhatTheAnswerHolds) {
  TestTokenizer tokenizer(chatTokenizerJson());
  Answer answer = *Answer::create(
      {.promptIds = {2}, .maxTokens = 100, .stopIds = {106}, .isChat = true},
      *tokenizer, {});
  std::vector<int32_t> ids = tokenizer->encode(
      "<|channel>thought\nab<channel|><|tool_call>call:f{}<tool_call|>",
      SpecialTokens::Match);
  ids.push_back(106);
  GenerationEvent last;
  std::vector<AnswerPiece> calls;
  for (int32_t id : ids) {
    last = answer.append({.token = {.id = id}, .top = {}}, Answer::Time());
    for (const AnswerPiece &piece : last.pieces)
      if (piece.kind == AnswerPiece::Kind::Call)
        calls.push_back(piece);
  }
  EXPECT_EQ(calls, (std::vector<AnswerPiece>{
                       {AnswerPiece::Kind::Call, "", {"f", "{}"}}}));
  ASSERT_TRUE(last.end);
  EXPECT_TRUE(last.end->hasCall);
  EXPECT_FALSE(last.end->hasCutCall);
  EXPECT_EQ(last.end->usage.numThoughtTokens, 12);
}

TEST(AnswerOfChatTest, AThoughtThatIsEndedHasNothingAfterItsLabel) {
  TestTokenizer tokenizer(chatTokenizerJson());
  AnswerMarks marks = AnswerMarks::of(*tokenizer);
  Answer answer = *Answer::create({.promptIds = {2},
                                   .sampling = {.temperature = 0},
                                   .maxTokens = 100,
                                   .isChat = true},
                                  *tokenizer, {});
  Sampler sampler;
  auto next = [&](int32_t wanted) {
    std::vector<float> logits(static_cast<size_t>(tokenizer->numTokens()));
    logits[static_cast<size_t>(wanted)] = 9;
    Sample sample = *answer.choose(sampler, LogitSource(logits));
    answer.append(sample, Answer::Time());
    return sample.token.id;
  };
  int32_t a = tokenizer->encode("a", SpecialTokens::PlainText)[0];
  answer.endThought();
  EXPECT_EQ(next(*marks.channelBegin), *marks.channelBegin);
  for (int32_t id : tokenizer->encode(kThoughtLabel, SpecialTokens::PlainText))
    EXPECT_EQ(next(id), id);
  EXPECT_EQ(next(a), *marks.channelEnd);
  EXPECT_EQ(next(a), a);
}

TEST(AnswerOfChatTest, AStopDoesNotReachAcrossAThought) {
  EXPECT_EQ(
      chatText("<bos>", "xST<|channel>OP<channel|>OPx", {.stops = {"STOP"}}),
      "xST[OP]OPx");
}

} // namespace
} // namespace g4rt
