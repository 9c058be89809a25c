#include "runtime/sample/LogitSource.h"

#include "runtime/sample/Sampler.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <random>

namespace g4rt {
namespace {

constexpr size_t kVocab = 500, kKnown = 40;

std::vector<float> randomLogits(uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(kVocab);
  for (float &logit : logits)
    logit = normal(random);
  logits[7] = logits[30] = *std::max_element(logits.begin(), logits.end());
  return logits;
}

/// A row on a "device": counts how often it is fetched.
struct RemoteRow {
  explicit RemoteRow(uint32_t seed)
      : logits(randomLogits(seed)), largest(largestLogits(logits, kKnown)) {}
  LogitSource source() {
    return {largest, [this]() -> Result<std::span<const float>> {
              ++numFetches;
              return std::span<const float>(logits);
            }};
  }
  std::vector<float> logits;
  std::vector<Candidate> largest;
  int numFetches = 0;
};

/// The tokens of the row with and without knowledge of the largest logits.
std::pair<int32_t, int32_t> sampleBoth(RemoteRow &row,
                                       const SamplingParams &params,
                                       uint64_t seed,
                                       const TokenMask *mask = nullptr) {
  Sampler sampler;
  TokenCounts counts;
  Generator known(seed), whole(seed);
  auto a = sampler.sample(row.source(), params, counts, known, mask);
  auto b = sampler.sample(std::span<const float>(row.logits), params, counts,
                          whole, mask);
  EXPECT_TRUE(a && b);
  EXPECT_EQ(known.next(), whole.next()) << "drew another number of numbers";
  return {a->token.id, b->token.id};
}

TEST(LogitSource, TheLargestLogitsGiveTheTokenOfTheWholeRow) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    RemoteRow row(seed);
    for (auto params : {SamplingParams{.temperature = 0},
                        SamplingParams{.temperature = 1.3F, .topK = 40},
                        SamplingParams{.topK = 30, .topP = 0.8F},
                        SamplingParams{.topK = 5, .minP = 0.2F},
                        SamplingParams{.topK = 20, .suppressIds = {7, 30}}}) {
      auto [known, whole] = sampleBoth(row, params, seed);
      EXPECT_EQ(known, whole);
    }
    EXPECT_EQ(row.numFetches, 0);
  }
}

TEST(LogitSource, AMaskChangesNothingOfThat) {
  int numFetches = 0;
  for (uint32_t seed = 0; seed < 200; ++seed) {
    RemoteRow row(seed);
    TokenMask mask(kVocab);
    std::mt19937 random(seed);
    for (int i = 0; i < 1 << seed % 9; ++i) // 1 to 256 tokens
      mask.allow(static_cast<int32_t>(random() % kVocab));
    for (auto params : {SamplingParams{.temperature = 0},
                        SamplingParams{.temperature = 1.3F, .topK = 5},
                        SamplingParams{.topK = 30, .topP = 0.8F},
                        SamplingParams{.topP = 0.8F}}) {
      auto [known, whole] = sampleBoth(row, params, seed, &mask);
      EXPECT_EQ(known, whole);
      EXPECT_TRUE(mask.allows(known));
    }
    numFetches += row.numFetches;
  }
  EXPECT_LT(numFetches, 800); // the largest were enough for some
}

TEST(LogitSource, FetchesTheRowWhereTheLargestCannotTell) {
  for (auto params :
       {SamplingParams{.topP = 0.9F}, SamplingParams{.topK = 41},
        SamplingParams{.topK = 40, .suppressIds = {7}},
        SamplingParams{.topK = 10, .presencePenalty = 0.5F},
        SamplingParams{.topK = 10, .frequencyPenalty = 0.5F},
        SamplingParams{.temperature = 0, .repetitionPenalty = 1.1F},
        SamplingParams{.temperature = 0, .logitBias = {{3, 50}}},
        SamplingParams{.temperature = 0, .numTopLogprobs = 0}}) {
    RemoteRow row(1);
    auto [known, whole] = sampleBoth(row, params, 3);
    EXPECT_EQ(known, whole);
    EXPECT_EQ(row.numFetches, 1);
  }
}

TEST(LogitSource, TheDevicesErrorIsTheSamplers) {
  Sampler sampler;
  Generator generator(1);
  LogitSource lost({}, []() -> Result<std::span<const float>> {
    return Status(StatusCode::Unavailable, "the device is lost");
  });
  auto sample = sampler.sample(lost, {}, {}, generator);
  ASSERT_FALSE(sample);
  EXPECT_EQ(sample.error().message(), "the device is lost");
}

} // namespace
} // namespace g4rt
