// The bf16 target against transformers in bf16 on the trained model: the
// figures of test/reference/compare.py, --top.

#include "runtime/base/Json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "test/support/ModelRunner.h"
#include "test/support/Npy.h"

namespace g4rt {
namespace {

// Tokens of a row in the golden.
constexpr int64_t kStored = 128;

/// The golden of one row: the best tokens, best first, their logits, and the
/// log-sum-exp of all others.
struct TopRow {
  const int32_t *ids;
  const float *logits;
  int64_t count;
  double rest;
};

double logSumExp(const float *values, size_t count) {
  double most = *std::max_element(values, values + count), sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += std::exp(values[i] - most);
  return most + std::log(sum);
}

double logAddExp(double a, double b) {
  double most = std::max(a, b);
  return most + std::log(std::exp(a - most) + std::exp(b - most));
}

/// KL(golden, ours) over the stored tokens and one bucket for all others.
double divergence(const TopRow &golden, const float *ours, int64_t vocab) {
  double goldenSum =
      logAddExp(logSumExp(golden.logits, golden.count), golden.rest);
  double oursSum = logSumExp(ours, vocab);
  std::vector<float> others(ours, ours + vocab);
  double kl = 0;
  for (int64_t k = 0; k < golden.count; ++k) {
    double p = golden.logits[k] - goldenSum;
    kl += std::exp(p) * (p - (ours[golden.ids[k]] - oursSum));
    others[golden.ids[k]] = -INFINITY;
  }
  double p = golden.rest - goldenSum;
  return kl + std::exp(p) * (p - (logSumExp(others.data(), vocab) - oursSum));
}

/// Whether our best token is the golden's best. A tie in the golden counts
/// either way: bf16 is coarse.
bool agrees(const TopRow &golden, const float *ours, int64_t vocab) {
  int64_t best = std::max_element(ours, ours + vocab) - ours;
  for (int64_t k = 0; k < golden.count; ++k)
    if (golden.ids[k] == best)
      return golden.logits[k] == golden.logits[0];
  return false;
}

class Bf16Test : public testing::TestWithParam<const char *> {};

TEST_P(Bf16Test, AnswersAsTheReferenceInBf16) {
  std::string folder = G4_TEST_GOLDENS "/tiny_bf16";
  auto tokens = g4::readNpy(folder + "/tokens.npy").as<int32_t>();
  auto ids = g4::readNpy(folder + "/top_ids.npy").as<int32_t>();
  auto logits = g4::readNpy(folder + "/top_logits.npy").as<float>();
  auto rest = g4::readNpy(folder + "/rest.npy").as<double>();
  auto answer = g4::readNpy(folder + "/answer.npy").as<int32_t>();
  Result<json::value> manifest = parseJsonFile(folder + "/manifest.json");
  ASSERT_TRUE(manifest);
  auto runner = ModelRunner::open(artifactPath("tiny", "bf16"),
                                  {.target = GetParam(), .threads = 2});
  if (!runner && runner.error().code() == StatusCode::NotFound && *GetParam())
    GTEST_SKIP() << runner.error().message();
  ASSERT_TRUE(runner) << runner.error().message();
  int64_t vocab = (*runner)->vocabSize(), first = 0, rows = 0, agreeing = 0;
  double kl = 0;
  for (const json::value &sequence : manifest->at("sequences").as_array()) {
    int64_t length = sequence.at("length").to_number<int64_t>();
    auto begin = tokens.begin() + first;
    auto ours = (*runner)->run({begin, begin + length}, 64);
    ASSERT_TRUE(ours) << ours.error().message();
    for (int64_t i = 0; i < length; ++i) {
      if (!answer[first + i])
        continue;
      int64_t at = (first + i) * kStored;
      TopRow golden{&ids[at], &logits[at], kStored, rest[first + i]};
      const float *row = ours->data() + i * vocab;
      ++rows;
      agreeing += agrees(golden, row, vocab);
      kl += divergence(golden, row, vocab);
    }
    first += length;
  }
  ASSERT_GT(rows, 1000);
  double agreement = double(agreeing) / double(rows), meanKl = kl / rows;
  RecordProperty("top1_agreement", std::to_string(agreement));
  RecordProperty("mean_kl", std::to_string(meanKl));
  std::printf("%s: top-1 agreement %.3f %%, mean KL %.2e over %lld rows\n",
              (*runner)->target().c_str(), 100 * agreement, meanKl,
              static_cast<long long>(rows));
  EXPECT_GE(agreement, 0.99);
  EXPECT_LE(meanKl, 1e-3);
  EXPECT_GE(meanKl, -1e-6) << "no divergence is negative";
}

INSTANTIATE_TEST_SUITE_P(Targets, Bf16Test, testing::Values("", "x86-64-v3"),
                         [](const auto &info) {
                           return *info.param ? "x86_64_v3" : "native";
                         });

} // namespace
} // namespace g4rt
