//===- GenerationFieldsTest.cpp - Each field, with every bad value --------===//

#include "runtime/http/openai/GenerationFields.h"

#include "runtime/http/ApiError.h"
#include "runtime/text/conversation/ValueParser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/runtime/http/TestServer.h"

namespace g4rt {
namespace {

class GenerationFieldsTest : public testing::Test {
protected:
  Result<GenerationFields> read(std::string_view body,
                                PromptKind kind = PromptKind::Text) {
    ValueLimits limits;
    JsonPath root;
    Value value = *parseValue(body, limits);
    return readGenerationFields(*FieldReader::of(value, root), server_.model,
                                kind);
  }

  TestServer server_;
};

TEST_F(GenerationFieldsTest, SilenceMeansTheModelsDefaults) {
  server_.model.generation = {.eosIds = {1, 106},
                              .suppressIds = {9},
                              .temperature = 0.5F,
                              .topK = 64,
                              .topP = 0.95F};
  auto fields = read("{}");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->sampling.temperature, 0.5F);
  EXPECT_EQ(fields->sampling.topK, 64u);
  EXPECT_EQ(fields->sampling.topP, 0.95F);
  EXPECT_EQ(fields->sampling.suppressIds, std::vector<int32_t>{9});
  EXPECT_EQ(fields->stopIds, (std::vector<int32_t>{1, 106}));
  EXPECT_EQ(fields->special, SpecialIds::Skip);
  EXPECT_FALSE(fields->isStream);
  EXPECT_FALSE(fields->maxTokens);
}

TEST_F(GenerationFieldsTest, AChatEndsAtTheTemplatesMarksToo) {
  server_.model.generation = {.eosIds = {1}, .chatEosIds = {106, 50}};
  EXPECT_EQ(read("{}")->stopIds, std::vector<int32_t>{1});
  EXPECT_EQ(read("{}", PromptKind::Chat)->stopIds,
            (std::vector<int32_t>{1, 106, 50}));
  EXPECT_TRUE(
      read(R"({"ignore_eos":true})", PromptKind::Chat)->stopIds.empty());
}

TEST_F(GenerationFieldsTest, EveryFieldIsRead) {
  auto fields = read(R"({"temperature":0.25,"top_p":0.5,"min_p":0.125,
      "top_k":7,"presence_penalty":1,"frequency_penalty":-1,
      "repetition_penalty":1.5,"seed":-3,"logit_bias":{"8":-100,"9":0.5},
      "max_tokens":11,"stop":["a","b"],"stop_token_ids":[5],"ignore_eos":true,
      "skip_special_tokens":false,"stream":true,
      "stream_options":{"include_usage":true}})");
  ASSERT_TRUE(fields) << fields.error().toString();
  const SamplingParams &sampling = fields->sampling;
  EXPECT_EQ(sampling.temperature, 0.25F);
  EXPECT_EQ(sampling.topP, 0.5F);
  EXPECT_EQ(sampling.minP, 0.125F);
  EXPECT_EQ(sampling.topK, 7u);
  EXPECT_EQ(sampling.presencePenalty, 1);
  EXPECT_EQ(sampling.frequencyPenalty, -1);
  EXPECT_EQ(sampling.repetitionPenalty, 1.5F);
  EXPECT_EQ(sampling.seed, static_cast<uint64_t>(-3));
  ASSERT_EQ(sampling.logitBias.size(), 2u);
  EXPECT_EQ(sampling.logitBias[0].id, 8);
  EXPECT_EQ(sampling.logitBias[1].bias, 0.5F);
  EXPECT_EQ(fields->maxTokens, 11);
  EXPECT_EQ(fields->stops, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(fields->stopIds, std::vector<int32_t>{5});
  EXPECT_EQ(fields->special, SpecialIds::Show);
  EXPECT_TRUE(fields->isStream);
  EXPECT_TRUE(fields->includeUsage);
}

TEST_F(GenerationFieldsTest, TheNewerNameOfMaxTokensWins) {
  EXPECT_EQ(read(R"({"max_tokens":1,"max_completion_tokens":2})")->maxTokens,
            2);
}

TEST_F(GenerationFieldsTest, ASingleStopNeedsNoList) {
  EXPECT_EQ(read(R"({"stop":"x"})")->stops, std::vector<std::string>{"x"});
}

TEST_F(GenerationFieldsTest, AnyNumberOfStopsIsTakenAndEmptyOnesAreNone) {
  std::string list = "[\"\"";
  for (int i = 0; i < 500; ++i)
    list += ",\"s" + std::to_string(i) + "\"";
  EXPECT_EQ(read("{\"stop\":" + list + "]}")->stops.size(), 500u);
  EXPECT_TRUE(read(R"({"stop":""})")->stops.empty());
  EXPECT_FALSE(read("{}")->stopInReasoning);
  EXPECT_TRUE(read(R"({"stop_in_reasoning":true})")->stopInReasoning);
}

TEST_F(GenerationFieldsTest, WhatOtherServersBoundIsBounded) {
  auto fields = read(R"({"logit_bias":{"1":-1000,"2":101},"top_p":0,
      "max_tokens":-1,"stream_options":{"include_usage":true}})");
  ASSERT_TRUE(fields) << fields.error().toString();
  EXPECT_EQ(fields->sampling.logitBias[0].bias, -100);
  EXPECT_EQ(fields->sampling.logitBias[1].bias, 100);
  EXPECT_GT(fields->sampling.topP, 0);
  EXPECT_LT(fields->sampling.topP, 1e-5);
  EXPECT_EQ(fields->maxTokens, kAllThatFits);
  EXPECT_FALSE(fields->includeUsage); // it is no stream
  EXPECT_EQ(read(R"({"max_tokens":9007199254740993})")->maxTokens,
            9007199254740993);
  EXPECT_EQ(read(R"({"max_tokens":40.0,"top_k":5.0})")->maxTokens, 40);
}

TEST_F(GenerationFieldsTest, SeedMinusOneIsRandom) {
  EXPECT_NE(read(R"({"seed":-1})")->sampling.seed,
            read(R"({"seed":-1})")->sampling.seed);
  EXPECT_EQ(read(R"({"seed":-2})")->sampling.seed,
            read(R"({"seed":-2})")->sampling.seed);
}

TEST_F(GenerationFieldsTest, MinusOneTakesAllTokens) {
  EXPECT_EQ(read(R"({"top_k":-1})")->sampling.topK, 0u);
}

TEST_F(GenerationFieldsTest, TwoRequestsWithoutSeedDiffer) {
  EXPECT_NE(read("{}")->sampling.seed, read("{}")->sampling.seed);
}

struct BadField {
  const char *name;
  std::vector<std::string> values; // beside the ones that are always bad
};

const std::string kLong = '"' + std::string(100'000, 'x') + '"';
const std::vector<std::string> kNumbers = {
    "\"1\"", "[]", "[1]", "{}", "true", "\"\"", kLong, "1e400", "-1e400"};

// Wrong kinds and wrong values of every field that both endpoints know.
const BadField kBadFields[] = {
    {"temperature", {"-1", "101", "-0.001"}},
    {"top_p", {"-1", "1.001", "2"}},
    {"min_p", {"-1", "1.5"}},
    {"top_k", {"-2", "1.5", "2147483648", "9007199254740993"}},
    {"presence_penalty", {"-2.1", "2.1"}},
    {"frequency_penalty", {"-2.1", "2.1"}},
    {"repetition_penalty", {"0", "-1", "101"}},
    {"seed", {"1.5", "9223372036854775808", "1e300"}},
    {"max_tokens", {"0", "-2", "1.5", "9223372036854775808"}},
    {"max_completion_tokens", {"0", "-2", "1.5", "9223372036854775808"}},
    {"n", {"0", "17", "-1", "1.5", "1000000000"}},
    {"best_of", {"0", "17", "-1", "1.5"}},
    {"timeout", {"0", "-1", "700000", "\"1\""}},
    {"queue_timeout", {"0", "1e9"}},
    {"priority", {"1.5", "2147483648", "\"1\""}},
    {"min_tokens", {"-1", "1.5"}}};

const BadField kOtherBadFields[] = {
    {"cache_salt", {"1", "\"\"", "[]"}},
    {"logit_bias",
     {"[5]", "1", "\"x\"", R"({"x":1})", R"({"-1":1})", R"({"99999":1})",
      R"({"1":"x"})", R"({"1":1e400})", R"({"1.5":1})", R"({"":1})",
      R"({" 1":1})"}},
    {"stop", {"1", "true", "{}", kLong, "[1]", "[null]", "[" + kLong + "]"}},
    {"stop_in_reasoning", {"1", "\"true\"", "[]"}},
    {"stop_token_ids",
     {"1", "\"1\"", "{}", "[-1]", "[99999]", "[1.5]", "[\"1\"]", "[null]"}},
    {"ignore_eos", {"1", "\"true\"", "[]", "{}"}},
    {"skip_special_tokens", {"0", "\"\"", "[]"}},
    {"stream", {"1", "\"true\"", "[]", "{}"}},
    {"stream_options", {"true", "[]"}},
    {"bad_words", {"\"x\"", "[1]", "{}"}},
    {"allowed_token_ids", {"[]", "[-1]", "[99999]", "\"x\""}},
    {"include_stop_str_in_output", {"1", "\"true\""}},
    {"suffix", {"\"x\""}},
    {"modalities", {"1", R"(["audio"])", "[1]"}},
    {"chat_template", {"\"{{x}}\""}}};

TEST_F(GenerationFieldsTest, EveryBadValueIsRefusedByName) {
  size_t numCases = 0;
  auto refuse = [&](const std::string &name, const std::string &value) {
    auto fields = read("{\"" + name + "\":" + value + "}");
    ++numCases;
    ASSERT_FALSE(fields) << name << value.substr(0, 40);
    ApiError error = errorOf(fields.error());
    EXPECT_EQ(error.status(), 400) << name;
    EXPECT_EQ(error.param.substr(0, error.param.find_first_of(".[")), name)
        << value.substr(0, 40) << ' ' << error.message;
    EXPECT_LT(error.message.size(), 400u);
  };
  for (const BadField &field : kBadFields) {
    for (const std::string &value : kNumbers)
      refuse(field.name, value);
    for (const std::string &value : field.values)
      refuse(field.name, value);
  }
  for (const BadField &field : kOtherBadFields)
    for (const std::string &value : field.values)
      refuse(field.name, value);
  EXPECT_GT(numCases, 200u);
}

TEST_F(GenerationFieldsTest, NullIsAsGoodAsMissing) {
  for (const BadField &field : kBadFields)
    EXPECT_TRUE(read("{\"" + std::string(field.name) + "\":null}"));
  for (const BadField &field : kOtherBadFields)
    EXPECT_TRUE(read("{\"" + std::string(field.name) + "\":null}"));
}

TEST_F(GenerationFieldsTest, PromptAndAnswerShareTheContext) {
  ServedModel &model = server_.model;
  model.maxModelLength = 16;
  EXPECT_EQ(*fitMaxTokens(std::nullopt, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(kAllThatFits, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(6, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(7, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(std::nullopt, 15, model), 1);
  for (std::optional<int64_t> wanted :
       {std::optional<int64_t>(), {1}, {kAllThatFits}})
    for (int64_t prompt : {16, 17}) {
      auto fitted = fitMaxTokens(wanted, prompt, model);
      ASSERT_FALSE(fitted);
      EXPECT_EQ(errorOf(fitted.error()).code(), "context_length_exceeded");
    }
}

TEST_F(GenerationFieldsTest, AStrictServerRefusesWhatDoesNotFit) {
  ServedModel &model = server_.model;
  model.maxModelLength = 16;
  model.isStrict = true;
  EXPECT_EQ(*fitMaxTokens(6, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(kAllThatFits, 10, model), 6);
  EXPECT_EQ(*fitMaxTokens(std::nullopt, 10, model), 6);
  auto fitted = fitMaxTokens(7, 10, model);
  ASSERT_FALSE(fitted);
  EXPECT_EQ(errorOf(fitted.error()).code(), "context_length_exceeded");
  EXPECT_THAT(fitted.error().message(), testing::HasSubstr("7 tokens more"));
}

} // namespace
} // namespace g4rt
