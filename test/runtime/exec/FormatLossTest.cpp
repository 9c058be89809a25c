// What each format costs: its target against the f32 target of the same
// checkpoint, on the sequences of the bf16 golden, of which the answers were
// trained on. docs/quantization.md has the figures.

#include "runtime/base/Json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "test/support/ModelRunner.h"
#include "test/support/Npy.h"

namespace g4rt {
namespace {

/// KL(p, q) of the softmax of two rows of logits.
double divergence(const float *p, const float *q, int64_t count) {
  auto logSumExp = [count](const float *x) {
    double most = *std::max_element(x, x + count), sum = 0;
    for (int64_t i = 0; i < count; ++i)
      sum += std::exp(x[i] - most);
    return most + std::log(sum);
  };
  double pSum = logSumExp(p), qSum = logSumExp(q), kl = 0;
  for (int64_t i = 0; i < count; ++i)
    kl += std::exp(p[i] - pSum) * ((p[i] - pSum) - (q[i] - qSum));
  return kl;
}

int64_t best(const float *row, int64_t count) {
  return std::max_element(row, row + count) - row;
}

struct Agreement {
  int64_t rows = 0, agreeing = 0;
  double kl = 0;

  void add(const float *expected, const float *found, int64_t vocab) {
    ++rows;
    agreeing += best(expected, vocab) == best(found, vocab);
    kl += divergence(expected, found, vocab);
  }
  double top1() const { return double(agreeing) / double(rows); }
  double meanKl() const { return kl / double(rows); }
  void print(const char *what) const {
    std::printf("%s: top-1 agreement %.2f %%, mean KL %.2e over %lld rows\n",
                what, 100 * top1(), meanKl(), static_cast<long long>(rows));
  }
};

/// The sequences of the bf16 golden.
struct Sequences {
  std::vector<int32_t> tokens, answer; // of each token: whether it was trained
  std::vector<int64_t> lengths;

  Sequences() {
    std::string folder = G4_TEST_GOLDENS "/tiny_bf16";
    tokens = g4::readNpy(folder + "/tokens.npy").as<int32_t>();
    answer = g4::readNpy(folder + "/answer.npy").as<int32_t>();
    Result<json::value> manifest = parseJsonFile(folder + "/manifest.json");
    for (const json::value &sequence : manifest->at("sequences").as_array())
      lengths.push_back(sequence.at("length").to_number<int64_t>());
  }
};

/// Logits of all tokens, those of sequences one after the other.
std::vector<float> logitsOf(const char *weights, const Sequences &sequences,
                            int64_t &vocab) {
  auto model = ModelRunner::open(artifactPath("tiny", weights), {.threads = 2});
  EXPECT_TRUE(model) << model.error().message();
  std::vector<float> all;
  if (!model)
    return all;
  vocab = (*model)->vocabSize();
  auto next = sequences.tokens.begin();
  for (int64_t length : sequences.lengths) {
    auto logits = (*model)->run(std::vector<int32_t>(next, next + length), 64);
    EXPECT_TRUE(logits);
    if (logits)
      all.insert(all.end(), logits->begin(), logits->begin() + length * vocab);
    next += length;
  }
  return all;
}

struct Limit {
  const char *weights;
  // Of answers: least top-1, most KL, least KL, which says that the format is
  // no better than it can be. Of prompts: least top-1, most KL.
  double top1, kl, leastKl, promptTop1, promptKl;
};

constexpr Limit kLimits[] = {
    {"f16", 0.999, 2e-5, 0, 0.98, 1e-2},
    {"int8", 0.999, 1e-5, 1e-7, 0.99, 5e-3},
    {"q8", 0.999, 1e-5, 1e-7, 0.99, 5e-3},
    {"int8-g32", 0.999, 1e-5, 1e-7, 0.99, 5e-3},
    {"fp8", 0.99, 1e-4, 1e-7, 0.97, 2e-2},
    {"int6", 0.999, 1e-4, 1e-7, 0.97, 2e-2},
    {"int4", 0.99, 1e-3, 1e-6, 0.95, 0.05},
    {"q4", 0.99, 1e-3, 1e-6, 0.95, 0.05},
    {"int4-min", 0.99, 1e-3, 1e-6, 0.95, 0.05},
    {"int4-min-f32", 0.99, 1e-3, 1e-6, 0.95, 0.05},
    {"int4-g64", 0.99, 1e-3, 1e-6, 0.93, 0.1},
};

TEST(FormatLossTest, EveryFormatAnswersAlmostAsF32) {
  Sequences sequences;
  int64_t vocab = 0;
  std::vector<float> expected = logitsOf("f32", sequences, vocab);
  for (const Limit &limit : kLimits) {
    SCOPED_TRACE(limit.weights);
    std::vector<float> found = logitsOf(limit.weights, sequences, vocab);
    ASSERT_EQ(found.size(), expected.size());
    Agreement answers, prompts;
    for (size_t i = 0; i < sequences.tokens.size(); ++i)
      (sequences.answer[i] ? answers : prompts)
          .add(&expected[i * vocab], &found[i * vocab], vocab);
    std::printf("%s\n", limit.weights);
    answers.print("  answers");
    prompts.print("  prompts");
    ASSERT_GT(answers.rows, 1000);
    EXPECT_GE(answers.top1(), limit.top1);
    EXPECT_LE(answers.meanKl(), limit.kl);
    EXPECT_GE(answers.meanKl(), limit.leastKl) << "too good to be this format";
    EXPECT_GE(prompts.top1(), limit.promptTop1);
    EXPECT_LE(prompts.meanKl(), limit.promptKl);
  }
}

} // namespace
} // namespace g4rt
