#include "runtime/sample/Nucleus.h"

#include "runtime/sample/Generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace g4rt {
namespace {

TEST(NucleusTest, KeepsAsFewAsReachTheSum) {
  std::vector<float> weights = {0.1F, 1, 0, 0.5F, 0.4F};
  std::vector<float> half = weights, most = weights, all = weights;
  keepNucleus(half, 0.49F); // 1 of 2
  EXPECT_EQ(half, (std::vector<float>{0, 1, 0, 0, 0}));
  keepNucleus(most, 0.76F);
  EXPECT_EQ(most, (std::vector<float>{0, 1, 0, 0.5F, 0.4F}));
  keepNucleus(all, 0.999F);
  EXPECT_EQ(all, weights);
}

TEST(NucleusTest, OfEqualsTheFirstAreKept) {
  std::vector<float> weights(8, 1);
  keepNucleus(weights, 0.3F);
  EXPECT_EQ(weights, (std::vector<float>{1, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(NucleusTest, IsThatOfAFullSort) {
  Generator random(5);
  for (int round = 0; round < 300; ++round) {
    std::vector<float> weights(1 + static_cast<size_t>(random.next() * 3000));
    for (float &weight : weights)
      weight = static_cast<float>(random.next() * random.next());
    weights[0] = 1;
    float topP = static_cast<float>(random.next() * 0.99 + 0.005);
    std::vector<float> sorted = weights, kept = weights;
    std::sort(sorted.rbegin(), sorted.rend());
    double total = 0, sum = 0;
    for (float weight : sorted)
      total += weight;
    size_t count = 0;
    while (sum < total * topP)
      sum += sorted[count++];
    keepNucleus(kept, topP);
    size_t numKept =
        weights.size() -
        static_cast<size_t>(std::count(kept.begin(), kept.end(), 0));
    ASSERT_NEAR(static_cast<double>(numKept), static_cast<double>(count), 1);
    for (size_t i = 0; i < kept.size(); ++i)
      ASSERT_TRUE(kept[i] == 0 ||
                  kept[i] >= sorted[std::min(count, sorted.size() - 1)]);
  }
}

TEST(NucleusTest, FindsTheIndexOfAPart) {
  std::vector<float> weights(5000);
  weights[3] = 1;
  weights[2000] = 2;
  weights[4999] = 1;
  EXPECT_EQ(indexAtPart(weights, 0), 3);
  EXPECT_EQ(indexAtPart(weights, 0.249), 3);
  EXPECT_EQ(indexAtPart(weights, 0.25), 2000);
  EXPECT_EQ(indexAtPart(weights, 0.749), 2000);
  EXPECT_EQ(indexAtPart(weights, 0.75), 4999);
  EXPECT_EQ(indexAtPart(weights, 1), 4999);
  EXPECT_EQ(indexAtPart(std::vector<float>(100), 0.5), -1);
  EXPECT_EQ(indexAtPart({}, 0.5), -1);
}

} // namespace
} // namespace g4rt
