#include "runtime/sample/SamplingParams.h"

#include <gtest/gtest.h>

#include <cmath>

namespace g4rt {
namespace {

std::string messageOf(const SamplingParams &params) {
  Status status = checkSamplingParams(params, 100);
  return status.ok() ? "ok" : status.message();
}

TEST(SamplingParamsTest, TakesTheDefaultsAndTheLimits) {
  EXPECT_EQ(messageOf({}), "ok");
  EXPECT_EQ(messageOf({.temperature = 0,
                       .topK = 1u << 31,
                       .topP = 1e-6F,
                       .minP = 1,
                       .presencePenalty = -2,
                       .frequencyPenalty = 2,
                       .repetitionPenalty = 0.01F,
                       .logitBias = {{99, -100}},
                       .suppressIds = {0},
                       .numTopLogprobs = 20}),
            "ok");
}

TEST(SamplingParamsTest, NamesTheFieldAndTheRange) {
  EXPECT_EQ(messageOf({.temperature = -1}), "temperature: -1, needs 0 to 100");
  EXPECT_EQ(messageOf({.temperature = NAN}),
            "temperature: nan, needs 0 to 100");
  EXPECT_EQ(messageOf({.topP = 0}), "top_p: needs more than 0");
  EXPECT_EQ(messageOf({.topP = 1.5F}), "top_p: 1.5, needs 0 to 1");
  EXPECT_EQ(messageOf({.minP = NAN}), "min_p: nan, needs 0 to 1");
  EXPECT_EQ(messageOf({.presencePenalty = 3}),
            "presence_penalty: 3, needs -2 to 2");
  EXPECT_EQ(messageOf({.frequencyPenalty = INFINITY}),
            "frequency_penalty: inf, needs -2 to 2");
  EXPECT_EQ(messageOf({.repetitionPenalty = 0}),
            "repetition_penalty: 0, needs 0.01 to 100");
  EXPECT_EQ(messageOf({.logitBias = {{100, 0}}}),
            "logit_bias: token 100, needs 0 to 99");
  EXPECT_EQ(messageOf({.logitBias = {{1, NAN}}}),
            "logit_bias: nan, needs -100 to 100");
  EXPECT_EQ(messageOf({.logitBias = std::vector<LogitBias>(1025)}),
            "logit_bias: 1025 tokens, at most 1024");
  EXPECT_EQ(messageOf({.suppressIds = {-1}}),
            "suppress_ids: token -1, needs 0 to 99");
  EXPECT_EQ(messageOf({.numTopLogprobs = 21}), "top_logprobs: 21, at most 20");
}

} // namespace
} // namespace g4rt
