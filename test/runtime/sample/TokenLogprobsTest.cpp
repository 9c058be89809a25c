//===- TokenLogprobsTest.cpp - What a model says of tokens ----------------===//

#include "runtime/sample/TokenLogprobs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace g4rt {
namespace {

std::vector<float> logits() {
  return {std::log(1.F), std::log(4.F), std::log(4.F), std::log(7.F)};
}

TEST(TokenLogprobsTest, ATokenHasItsOwnAndTheMostLikely) {
  Sample sample = logprobsOf(logits(), 0, 2);
  EXPECT_EQ(sample.token.id, 0);
  EXPECT_NEAR(sample.token.logprob, std::log(1 / 16.), 1e-6);
  ASSERT_EQ(sample.top.size(), 2u);
  EXPECT_EQ(sample.top[0].id, 3);
  EXPECT_NEAR(sample.top[0].logprob, std::log(7 / 16.), 1e-6);
  EXPECT_EQ(sample.top[1].id, 1);
}

TEST(TokenLogprobsTest, RanksAreTheOrderOfTheMostLikely) {
  // The ranks of ids 0 to 3; of equals the lowest id comes first.
  constexpr int32_t kRanks[] = {4, 2, 3, 1};
  for (int32_t id = 0; id < 4; ++id) {
    auto token = scoreToken(logits(), id, 4);
    ASSERT_TRUE(token);
    EXPECT_EQ(token->rank, kRanks[id]) << id;
    EXPECT_EQ(token->sample.top[static_cast<size_t>(token->rank - 1)].id, id);
  }
}

TEST(TokenLogprobsTest, NoneOfTheMostLikelyNeedBeTold) {
  auto token = scoreToken(logits(), 2, 0);
  ASSERT_TRUE(token);
  EXPECT_TRUE(token->sample.top.empty());
  EXPECT_NEAR(token->sample.token.logprob, std::log(4 / 16.), 1e-6);
}

TEST(TokenLogprobsTest, ARowThatIsNotFiniteHasNone) {
  std::vector<float> row = {1, NAN, 2};
  auto token = scoreToken(row, 0, 1);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code(), StatusCode::Internal);
}

TEST(TokenLogprobsTest, TheWholeRowIsAskedForWhereTheLargestAreKnown) {
  std::vector<float> row = logits();
  std::vector<Candidate> largest = {{3, row[3]}};
  int numFetched = 0;
  LogitSource source(largest, [&]() -> Result<std::span<const float>> {
    ++numFetched;
    return std::span<const float>(row);
  });
  EXPECT_EQ(scoreToken(source, 0, 1)->rank, 4);
  EXPECT_EQ(numFetched, 1);
  LogitSource broken(largest, []() -> Result<std::span<const float>> {
    return Status(StatusCode::Unavailable, "lost");
  });
  EXPECT_EQ(scoreToken(broken, 0, 1).error().code(), StatusCode::Unavailable);
}

} // namespace
} // namespace g4rt
