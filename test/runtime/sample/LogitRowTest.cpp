#include "runtime/sample/LogitRow.h"

#include "runtime/sample/Generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace g4rt {
namespace {

TEST(LogitRowTest, FindsTheFirstLogitThatIsNotFinite) {
  std::vector<float> logits(1000, 1);
  EXPECT_TRUE(checkFinite(logits).ok());
  logits[700] = -INFINITY;
  logits[17] = NAN;
  Status status = checkFinite(logits);
  EXPECT_EQ(status.code(), StatusCode::Internal);
  EXPECT_EQ(status.message(), "numerical_error: logit 17 is nan");
  logits[17] = 0;
  EXPECT_EQ(checkFinite(logits).message(),
            "numerical_error: logit 700 is -inf");
}

TEST(LogitRowTest, PenaltiesComeAfterTheBias) {
  TokenCounts counts;
  std::vector<int32_t> prompt = {0, 1};
  counts.addPrompt(prompt);
  counts.addOutput(1);
  counts.addOutput(2);
  counts.addOutput(2);
  std::vector<float> logits = {4, -4, 4, 4, 1};
  adjustLogits(logits,
               {.presencePenalty = 0.5F,
                .frequencyPenalty = 0.25F,
                .repetitionPenalty = 2,
                .logitBias = {{0, 2}, {3, -1}},
                .suppressIds = {4}},
               counts);
  EXPECT_EQ(logits[0], 3);               // (4 + 2) / 2, in the prompt only
  EXPECT_EQ(logits[1], -8 - 0.25 - 0.5); // once in the answer
  EXPECT_EQ(logits[2], 2 - 0.5 - 0.5);   // twice
  EXPECT_EQ(logits[3], 3);
  EXPECT_EQ(logits[4], -INFINITY);
}

TEST(LogitRowTest, CountsOfOtherVocabulariesChangeNothing) {
  TokenCounts counts;
  counts.addOutput(-1);
  counts.addOutput(5);
  std::vector<float> logits(5, 1);
  adjustLogits(logits, {.presencePenalty = 1}, counts);
  EXPECT_EQ(logits, std::vector<float>(5, 1));
}

// Words that allow all, some and none; rows of more and of fewer tokens.
TEST(LogitRowTest, AMaskLeavesWhatItAllows) {
  for (size_t size : {1, 31, 32, 33, 64, 100, 200}) {
    TokenMask mask(100);
    mask.allowAll();
    mask.words()[3] = -1; // beyond the vocabulary, too
    for (int32_t id : {32, 40, 63})
      mask.forbid(id);
    mask.words()[2] = 0;
    std::vector<float> logits(size, 1);
    maskLogits(logits, mask);
    for (size_t at = 0; at < size; ++at)
      EXPECT_EQ(logits[at],
                mask.allows(static_cast<int32_t>(at)) ? 1 : -INFINITY)
          << at;
  }
}

TEST(LogitRowTest, ArgmaxIsTheFirstOfEquals) {
  std::vector<float> logits(300, -1);
  EXPECT_EQ(argmax(logits), 0);
  logits[299] = logits[130] = logits[131] = 2;
  EXPECT_EQ(argmax(logits), 130);
  EXPECT_EQ(argmax(std::vector<float>(300, -INFINITY)), -1);
  EXPECT_EQ(argmax({}), -1);
}

TEST(LogitRowTest, LargestAreThoseOfAFullSort) {
  Generator random(1);
  for (size_t size : {0, 1, 63, 64, 65, 1000}) {
    std::vector<float> logits(size);
    for (float &logit : logits) // few values, so that many are equal
      logit = static_cast<float>(static_cast<int>(random.next() * 40) - 20);
    if (size > 2)
      logits[size / 2] = -INFINITY;
    std::vector<Candidate> sorted;
    for (size_t i = 0; i < size; ++i)
      if (logits[i] > -INFINITY)
        sorted.push_back({static_cast<int32_t>(i), logits[i]});
    std::sort(sorted.begin(), sorted.end(),
              [](const Candidate &a, const Candidate &b) {
                return a.logit != b.logit ? a.logit > b.logit : a.id < b.id;
              });
    for (size_t count : {0, 1, 5, 64, 999, 2000}) {
      std::vector<Candidate> largest = largestLogits(logits, count);
      ASSERT_EQ(largest.size(), std::min(count, sorted.size()));
      for (size_t i = 0; i < largest.size(); ++i)
        ASSERT_EQ(largest[i].id, sorted[i].id);
    }
  }
}

} // namespace
} // namespace g4rt
