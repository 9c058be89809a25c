#include "runtime/sample/Softmax.h"

#include "runtime/sample/Generator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace g4rt {
namespace {

TEST(SoftmaxTest, WeightsAreExponentials) {
  std::vector<float> logits;
  for (float x = 0; x > -87; x -= 0.0113F)
    logits.push_back(x);
  std::vector<float> weights(logits.size());
  double sum = softmaxWeights(logits, 0, 1, weights), expected = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    double exact = std::exp(static_cast<double>(logits[i]));
    ASSERT_NEAR(weights[i] / exact, 1, 3e-7) << logits[i];
    expected += exact;
  }
  EXPECT_EQ(weights[0], 1);
  EXPECT_NEAR(sum / expected, 1, 1e-6);
}

TEST(SoftmaxTest, WhatIsFarBelowHasNoWeight) {
  std::vector<float> logits = {5, -INFINITY, -1e30F, -83, -80}, weights(5);
  softmaxWeights(logits, 5, 1, weights);
  EXPECT_EQ(weights[0], 1);
  EXPECT_EQ(weights[1], 0);
  EXPECT_EQ(weights[2], 0);
  EXPECT_EQ(weights[3], 0);
  EXPECT_GT(weights[4], 0);
  softmaxWeights(logits, 5, 1e5F, weights);
  EXPECT_EQ(weights[0], 1);
  EXPECT_EQ(weights[4], 0);
}

TEST(SoftmaxTest, SumsOfAnyLength) {
  for (size_t size : {0, 1, 7, 8, 9, 1023, 1024})
    EXPECT_EQ(sumOfBlock(std::vector<float>(size, 0.5F)),
              0.5F * static_cast<float>(size));
}

TEST(SoftmaxTest, LogSumExpIsThatOfDoubles) {
  Generator random(3);
  std::vector<float> logits(5000);
  double exact = 0;
  for (float &logit : logits) {
    logit = static_cast<float>(random.next() * 30);
    exact += std::exp(static_cast<double>(logit));
  }
  EXPECT_NEAR(logSumExp(logits, 30), std::log(exact), 1e-6);
}

} // namespace
} // namespace g4rt
