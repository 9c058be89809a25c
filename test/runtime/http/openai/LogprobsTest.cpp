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

TEST(LogprobsTest, MinusInfinityIsANumber) {
  TestTokenizer tokenizer(chatTokenizerJson());
  json::value entry = chatLogprob(
      {.token = {5, -std::numeric_limits<float>::infinity()}, .top = {}},
      *tokenizer);
  EXPECT_EQ(entry.at("logprob"), -9999.0);
}

} // namespace
} // namespace g4rt
