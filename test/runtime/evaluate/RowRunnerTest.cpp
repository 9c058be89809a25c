// The rows of a runner are those of the executor, and its experts those of the
// taps.

#include "runtime/evaluate/RowRunner.h"

#include <gtest/gtest.h>

#include "test/support/ModelRunner.h"

namespace g4rt {
namespace {

std::vector<int32_t> sequence() {
  std::vector<int32_t> ids = {2};
  for (int32_t i = 1; i < 100; ++i)
    ids.push_back(i * 37 % 2048);
  return ids;
}

TEST(RowRunnerTest, ChunksGiveTheLogitsOfTheWholeAndTheExperts) {
  auto ids = sequence();
  auto plain = ModelRunner::open(artifactPath("tiny", "bf16"), {});
  ASSERT_TRUE(plain);
  (*plain)->recordTaps();
  auto expected = (*plain)->run(ids, 64);
  ASSERT_TRUE(expected);
  auto runner =
      RowRunner::load(*ArtifactFile::open(artifactPath("tiny", "bf16")),
                      /*maxLength=*/100, /*numThreads=*/1);
  ASSERT_TRUE(runner) << runner.error().message();
  std::vector<float> found;
  std::vector<int32_t> experts;
  for (int64_t first : {0, 64}) {
    auto logits = runner->run(ids, first, std::min<int64_t>(64, 100 - first));
    ASSERT_TRUE(logits);
    found.insert(found.end(), logits->begin(), logits->end());
    ASSERT_EQ(runner->experts().layers.size(), 6u);
    const auto &layer = runner->experts().layers.at("layers.3");
    EXPECT_EQ(layer.topK, 2);
    experts.insert(experts.end(), layer.experts.begin(), layer.experts.end());
  }
  EXPECT_EQ(found, *expected);
  EXPECT_EQ(experts, (*plain)->taps().at("layers.3.router.experts").ints);
}

TEST(RowRunnerTest, TheOrderOfExpertsIsNoDifference) {
  ExpertChoices a, b;
  a.layers["layers.0"] = {.topK = 2, .experts = {1, 2, 3, 4}};
  b.layers["layers.0"] = {.topK = 2, .experts = {2, 1, 3, 5}};
  b.layers["layers.1"] = {.topK = 2, .experts = {0, 1, 0, 1}};
  EXPECT_FALSE(a.differ(b, 0));
  EXPECT_TRUE(a.differ(b, 1));
  EXPECT_TRUE(b.differ(a, 1));
}

} // namespace
} // namespace g4rt
