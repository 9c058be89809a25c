// Rounding with feedback against rounding without, by what it is made for: the
// products with inputs.

#include "compiler/quantize/ErrorFeedback.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "test/compiler/quantize/Normals.h"

namespace g4 {
namespace {

using testing::HasSubstr;

constexpr int64_t kSize = 128;

/// Inputs whose channels depend on each other, as those of models do.
std::vector<std::vector<float>> inputs(int count, uint32_t seed) {
  std::mt19937 random(seed), fixed(99);
  std::normal_distribution<float> normal;
  std::vector<float> mix(kSize * 16);
  for (float &x : mix)
    x = normal(fixed);
  std::vector<std::vector<float>> all;
  for (int i = 0; i < count; ++i) {
    std::vector<float> hidden(16), &x = all.emplace_back(kSize);
    for (float &h : hidden)
      h = normal(random);
    for (int64_t k = 0; k < kSize; ++k) {
      x[k] = 0.3F * normal(random);
      for (int h = 0; h < 16; ++h)
        x[k] += mix[k * 16 + h] * hidden[h];
    }
  }
  return all;
}

std::vector<float> momentsOf(const std::vector<std::vector<float>> &xs) {
  std::vector<float> moments(kSize * kSize);
  for (const auto &x : xs)
    for (int64_t i = 0; i < kSize; ++i)
      for (int64_t j = 0; j < kSize; ++j)
        moments[i * kSize + j] += x[i] * x[j] / static_cast<float>(xs.size());
  return moments;
}

double productError(std::span<const float> a, std::span<const float> b,
                    const std::vector<std::vector<float>> &xs) {
  double error = 0;
  for (const auto &x : xs) {
    double difference = 0;
    for (int64_t k = 0; k < kSize; ++k)
      difference += (double(a[k]) - b[k]) * x[k];
    error += difference * difference;
  }
  return error;
}

TEST(ErrorFeedbackTest, ProductsWithInputsThatWereNotSeenChangeLess) {
  auto seen = inputs(500, 1), others = inputs(500, 2);
  auto feedback = ErrorFeedback::of(momentsOf(seen), kSize);
  ASSERT_TRUE(feedback) << feedback.error().message();
  for (const char *name : {"int4", "int4-f16", "int4-g64", "int6"}) {
    const auto &format = *artifact::findFormat(name);
    double with = 0, without = 0;
    for (uint32_t seed = 0; seed < 20; ++seed) {
      std::vector<float> row = normals(kSize, 0.02F, seed), fed = row,
                         searched = row;
      Encoding encoding(format, ScaleRule::Search);
      roundRow(encoding, searched);
      encoding.feedback = &*feedback;
      roundRow(encoding, fed);
      with += productError(row, fed, others);
      without += productError(row, searched, others);
    }
    EXPECT_LT(with, 0.5 * without) << name;
  }
}

TEST(ErrorFeedbackTest, WithoutDependenceItIsTheSearch) {
  std::vector<float> moments(kSize * kSize);
  for (int64_t k = 0; k < kSize; ++k)
    moments[k * kSize + k] = 1;
  auto feedback = ErrorFeedback::of(moments, kSize);
  ASSERT_TRUE(feedback);
  std::vector<float> row = normals(kSize, 0.02F, 3), fed = row;
  Encoding encoding(*artifact::findFormat("int4"), ScaleRule::Search);
  roundRow(encoding, row);
  encoding.feedback = &*feedback;
  roundRow(encoding, fed);
  EXPECT_EQ(row, fed);
}

TEST(ErrorFeedbackTest, MomentsThatAreNoneAreRefused) {
  std::vector<float> moments(kSize * kSize);
  EXPECT_THAT(ErrorFeedback::of(moments, kSize).error().message(),
              HasSubstr("all zero"));
  moments[0] = std::nanf("");
  EXPECT_THAT(ErrorFeedback::of(moments, kSize).error().message(),
              HasSubstr("not finite"));
  moments[0] = 1;
  moments[kSize + 1] = -5;
  EXPECT_FALSE(ErrorFeedback::of(moments, kSize));
}

} // namespace
} // namespace g4
