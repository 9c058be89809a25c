#include "runtime/sample/Sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace g4rt {
namespace {

class SamplerTest : public testing::Test {
protected:
  int32_t idOf(std::span<const float> logits, const SamplingParams &params) {
    return sampler.sample(logits, params, counts, generator)->token.id;
  }
  // How often each id comes out of `numDraws`.
  std::map<int32_t, int> histogram(std::span<const float> logits,
                                   const SamplingParams &params, int numDraws) {
    std::map<int32_t, int> drawn;
    for (int i = 0; i < numDraws; ++i)
      ++drawn[idOf(logits, params)];
    return drawn;
  }

  Sampler sampler;
  TokenCounts counts;
  Generator generator{1};
};

std::vector<float> randomLogits(size_t size, uint64_t seed) {
  Generator random(seed);
  std::vector<float> logits(size);
  for (float &logit : logits)
    logit = static_cast<float>(random.next() * 12);
  return logits;
}

TEST_F(SamplerTest, TemperatureZeroTakesTheFirstOfTheLargest) {
  std::vector<float> logits = {1, 3, 3, 2};
  EXPECT_EQ(idOf(logits, {.temperature = 0}), 1);
  EXPECT_EQ(generator.numDrawn(), 0u);
  EXPECT_EQ(idOf(logits, {.temperature = 0, .logitBias = {{1, -1}}}), 2);
  EXPECT_EQ(idOf(logits, {.temperature = 0, .suppressIds = {1, 2}}), 3);
}

TEST_F(SamplerTest, OnlyWhatTheMaskAllowsIsChosen) {
  std::vector<float> row = {1, 9, 3, 2, 9};
  std::span<const float> logits = row;
  TokenMask mask(4), none(4);
  for (int32_t id : {0, 2, 3})
    mask.allow(id);
  Sample greedy =
      *sampler.sample(logits, {.temperature = 0, .numTopLogprobs = 1}, counts,
                      generator, &mask);
  EXPECT_EQ(greedy.token.id, 2);
  EXPECT_EQ(greedy.top[0].id, 1); // logprobs are the model's own
  for (int i = 0; i < 200; ++i) {
    Sample sample =
        *sampler.sample(logits, {.temperature = 5}, counts, generator, &mask);
    EXPECT_TRUE(mask.allows(sample.token.id)) << sample.token.id;
  }
  EXPECT_FALSE(sampler.sample(logits, {}, counts, generator, &none));
}

TEST_F(SamplerTest, DrawsInProportion) {
  std::vector<float> logits = {std::log(1.F), std::log(2.F), std::log(5.F)};
  for (const SamplingParams &params :
       {SamplingParams{}, SamplingParams{.topK = 2},
        SamplingParams{.topP = 0.8F}, SamplingParams{.minP = 0.3F}}) {
    std::map<int32_t, int> drawn = histogram(logits, params, 50000);
    bool all = params.topK == 0 && params.topP == 1 && params.minP == 0;
    double sum = all ? 8 : 7;
    EXPECT_NEAR(drawn[2], 50000 * 5 / sum, 600);
    EXPECT_NEAR(drawn[1], 50000 * 2 / sum, 600);
    EXPECT_NEAR(drawn[0], all ? 50000 / sum : 0, 600);
    EXPECT_EQ(drawn[0] > 0, all);
  }
}

TEST_F(SamplerTest, TemperatureSharpensAndFlattens) {
  std::vector<float> logits = {0, std::log(3.F)};
  EXPECT_NEAR(histogram(logits, {.temperature = 0.5F}, 50000)[1], 45000, 600);
  EXPECT_NEAR(histogram(logits, {.temperature = 2}, 50000)[1],
              50000 * std::sqrt(3) / (1 + std::sqrt(3)), 600);
}

TEST_F(SamplerTest, MinPThenTopKThenTopP) {
  // Probabilities 0.4, 0.3, 0.2, 0.1.
  std::vector<float> logits = {std::log(4.F), std::log(3.F), std::log(2.F), 0};
  // min_p drops 0.1; of 0.9 top_k leaves 0.7, of which top_p 0.5 needs 0.4.
  auto drawn = histogram(logits, {.topK = 2, .topP = 0.5F, .minP = 0.3F}, 1000);
  EXPECT_EQ(drawn.size(), 1u);
  EXPECT_EQ(drawn[0], 1000);
  // Without top_k, 0.5 of 0.9 needs two.
  drawn = histogram(logits, {.topP = 0.5F, .minP = 0.3F}, 1000);
  EXPECT_EQ(drawn.size(), 2u);
}

TEST_F(SamplerTest, AnyParametersLeaveTheMostLikelyToken) {
  std::vector<float> logits = randomLogits(500, 3);
  int32_t best = static_cast<int32_t>(
      std::max_element(logits.begin(), logits.end()) - logits.begin());
  EXPECT_EQ(idOf(logits, {.topK = 1}), best);
  EXPECT_EQ(idOf(logits, {.topP = 1e-6F}), best);
  EXPECT_EQ(idOf(logits, {.topK = 9, .topP = 1e-6F}), best);
  EXPECT_EQ(idOf(logits, {.minP = 1}), best);
  EXPECT_EQ(idOf(logits, {.temperature = 1e-4F}), best);
}

TEST_F(SamplerTest, TheTokenDependsOnItsOwnStateAlone) {
  std::vector<float> logits = randomLogits(2000, 1);
  std::vector<float> others = randomLogits(3000, 2);
  SamplingParams params = {.topK = 64, .topP = 0.95F, .seed = 9};
  std::vector<int32_t> alone, among;
  Generator mine(params.seed);
  for (int i = 0; i < 50; ++i)
    alone.push_back(sampler.sample(logits, params, counts, mine)->token.id);
  Generator again(params.seed), other(77);
  for (int i = 0; i < 50; ++i) {
    // Preempted and brought back: a new sampler, a restored generator.
    Sampler fresh;
    (void)fresh.sample(others, {}, counts, other);
    Generator restored(again.seed(), again.numDrawn());
    among.push_back(fresh.sample(logits, params, counts, restored)->token.id);
    again = restored;
  }
  EXPECT_EQ(alone, among);
}

TEST_F(SamplerTest, LogprobsAreOfTheModelsOwnDistribution) {
  std::vector<float> logits = {std::log(1.F), std::log(4.F), std::log(4.F),
                               std::log(7.F)};
  Sample sample = *sampler.sample(
      logits, {.temperature = 0, .logitBias = {{0, 50}}, .numTopLogprobs = 3},
      counts, generator);
  EXPECT_EQ(sample.token.id, 0);
  EXPECT_NEAR(sample.token.logprob, std::log(1 / 16.), 1e-6);
  ASSERT_EQ(sample.top.size(), 3u);
  EXPECT_EQ(sample.top[0].id, 3);
  EXPECT_NEAR(sample.top[0].logprob, std::log(7 / 16.), 1e-6);
  EXPECT_EQ(sample.top[1].id, 1);
  EXPECT_EQ(sample.top[2].id, 2);
  sample = *sampler.sample(logits, {.numTopLogprobs = 0}, counts, generator);
  EXPECT_TRUE(sample.top.empty());
  EXPECT_LT(sample.token.logprob, 0);
}

TEST_F(SamplerTest, ARowThatIsNotFiniteFailsAlone) {
  std::vector<float> logits = {1, NAN, 2};
  Result<Sample> sample = sampler.sample(logits, {}, counts, generator);
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message(), "numerical_error: logit 1 is nan");
  logits[1] = 0;
  EXPECT_TRUE(sampler.sample(logits, {}, counts, generator));
}

TEST_F(SamplerTest, NothingIsLeftIfAllAreSuppressed) {
  std::vector<float> logits = {1, 2};
  for (uint32_t topK : {0u, 1u})
    for (float temperature : {0.F, 1.F}) {
      Result<Sample> sample = sampler.sample(
          logits,
          {.temperature = temperature, .topK = topK, .suppressIds = {0, 1}},
          counts, generator);
      ASSERT_FALSE(sample);
      EXPECT_EQ(sample.error().message(),
                "sampling: all 2 tokens are suppressed");
    }
}

// 20,000 random rows and parameters: always a token that is not suppressed.
TEST_F(SamplerTest, AnyRowGivesAToken) {
  Generator random(8);
  auto oneOf = [&](std::initializer_list<float> values) {
    return values.begin()[static_cast<size_t>(
        random.next() * static_cast<double>(values.size()))];
  };
  for (int round = 0; round < 20000; ++round) {
    std::vector<float> logits(2 + static_cast<size_t>(random.next() * 200));
    float scale = oneOf({0, 1, 30, 1e6F, 1e38F});
    for (float &logit : logits)
      logit = static_cast<float>(random.next() * 2 - 1) * scale;
    SamplingParams params = {.temperature = oneOf({0, 1e-5F, 0.7F, 1, 100}),
                             .topK =
                                 static_cast<uint32_t>(oneOf({0, 1, 5, 300})),
                             .topP = oneOf({1e-6F, 0.5F, 0.95F, 1}),
                             .minP = oneOf({0, 0.1F, 1}),
                             .suppressIds = {0}};
    Result<Sample> sample = sampler.sample(logits, params, counts, generator);
    ASSERT_TRUE(sample) << sample.error().toString();
    ASSERT_GT(sample->token.id, 0);
    ASSERT_LT(sample->token.id, static_cast<int32_t>(logits.size()));
  }
}

} // namespace
} // namespace g4rt
