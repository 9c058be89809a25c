//===- LogprobsTest.cpp - Log-probabilities as JSON -----------------------===//

#include "runtime/http/openai/Logprobs.h"

#include <gtest/gtest.h>

#include <limits>

#include "test/support/ChatTokenizer.h"

namespace g4rt {
namespace {

TEST(LogprobsTest, ATokenHasItsTextAndBytes) {
  TestTokenizer tokenizer(chatTokenizerJson());
  int32_t a = tokenizer->encode("a", SpecialTokens::Match)[0];
  json::value entry = chatLogprob(
      {.token = {a, -0.5F}, .top = {{a, -0.5F}, {106, -1}}}, *tokenizer);
  EXPECT_EQ(entry, json::parse(R"({"token":"a","logprob":-0.5,"bytes":[97],
      "top_logprobs":[{"token":"a","logprob":-0.5,"bytes":[97]},
      {"token":"<turn|>","logprob":-1.0,
       "bytes":[60,116,117,114,110,124,62]}]})"));
}

TEST(LogprobsTest, AByteIsAByte) {
  TestTokenizer tokenizer(chatTokenizerJson());
  EXPECT_EQ(bytesOfToken(kChatByteBase + 0xc3, *tokenizer), "\xc3");
}

TEST(LogprobsTest, OfCandidatesWithOneTextTheBestStays) {
  TestTokenizer tokenizer(chatTokenizerJson());
  int32_t a = tokenizer->encode("a", SpecialTokens::Match)[0];
  int32_t byte = kChatByteBase + 'a'; // the same text
  CompletionLogprobs logprobs(*tokenizer);
  logprobs.append({.token = {byte, -3}, .top = {{a, -0.5F}, {byte, -3}}});
  EXPECT_EQ(logprobs.take().at("top_logprobs"), json::parse(R"([{"a":-0.5}])"));
}

TEST(LogprobsTest, TheChosenTokenIsAmongTheCandidates) {
  TestTokenizer tokenizer(chatTokenizerJson());
  int32_t a = tokenizer->encode("a", SpecialTokens::Match)[0];
  int32_t b = tokenizer->encode("b", SpecialTokens::Match)[0];
  CompletionLogprobs logprobs(*tokenizer);
  logprobs.append({.token = {b, -4}, .top = {{a, -0.5F}}});
  EXPECT_EQ(logprobs.take().at("top_logprobs"),
            json::parse(R"([{"a":-0.5,"b":-4.0}])"));
}

TEST(LogprobsTest, APromptsFirstTokenHasNone) {
  TestTokenizer tokenizer(chatTokenizerJson());
  int32_t a = tokenizer->encode("a", SpecialTokens::Match)[0];
  for (bool isInText : {false, true}) {
    CompletionLogprobs logprobs(*tokenizer);
    logprobs.appendFirst(2, isInText ? "<bos>a" : "a");
    logprobs.append({.token = {a, -1}, .top = {}});
    json::object lists = logprobs.take();
    EXPECT_EQ(lists.at("tokens"), json::parse(R"(["<bos>","a"])"));
    EXPECT_EQ(lists.at("token_logprobs"), json::parse("[null,-1.0]"));
    EXPECT_EQ(lists.at("top_logprobs"), json::parse(R"([null,{"a":-1.0}])"));
    EXPECT_EQ(lists.at("text_offset").at(1), isInText ? 5 : 0);
  }
}

TEST(LogprobsTest, ACharacterOfSeveralTokensHasOneOffset) {
  TestTokenizer tokenizer(chatTokenizerJson());
  CompletionLogprobs logprobs(*tokenizer);
  for (int32_t byte :
       {0xc3, 0xa9, static_cast<int>('a'), static_cast<int>('b')})
    logprobs.append({.token = {kChatByteBase + byte, -1}, .top = {}});
  EXPECT_EQ(logprobs.take().at("text_offset"), json::parse("[0,1,1,2]"));
}

TEST(LogprobsTest, APromptsTokensHaveRanks) {
  TestTokenizer tokenizer(chatTokenizerJson());
  int32_t a = tokenizer->encode("a", SpecialTokens::Match)[0];
  int32_t b = tokenizer->encode("b", SpecialTokens::Match)[0];
  int32_t c = tokenizer->encode("c", SpecialTokens::Match)[0];
  PromptLogprobs prompt(*tokenizer, 2);
  std::vector<TokenLogprob> top = {{a, -0.5F}, {b, -2}, {c, -3}};
  prompt.append({.sample = {.token = {c, -3}, .top = top}, .rank = 3});
  prompt.append({.sample = {.token = {a, -0.5F}, .top = top}, .rank = 1});
  json::array list = prompt.take();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_TRUE(list[0].is_null());
  auto entry = [](const char *text, double logprob, int rank) {
    return json::object{
        {"logprob", logprob}, {"rank", rank}, {"decoded_token", text}};
  };
  EXPECT_EQ(list[1], json::value({{std::to_string(c), entry("c", -3, 3)},
                                  {std::to_string(a), entry("a", -0.5, 1)},
                                  {std::to_string(b), entry("b", -2, 2)}}));
  EXPECT_EQ(list[2].as_object().size(), 2u); // the token and the next one
}

TEST(LogprobsTest, MinusInfinityIsANumber) {
  TestTokenizer tokenizer(chatTokenizerJson());
  json::value entry = chatLogprob(
      {.token = {5, -std::numeric_limits<float>::infinity()}, .top = {}},
      *tokenizer);
  EXPECT_EQ(entry.at("logprob"), -9999.0);
}

} // namespace
} // namespace g4rt
