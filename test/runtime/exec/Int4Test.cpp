// What 4-bit weights cost: the int4 target against the f32 target of the same
// checkpoint, on the sequences of the bf16 golden, of which the answers were
// trained on.

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

TEST(Int4Test, AnswersAlmostAsF32) {
  std::string folder = G4_TEST_GOLDENS "/tiny_bf16";
  auto tokens = g4::readNpy(folder + "/tokens.npy").as<int32_t>();
  auto answer = g4::readNpy(folder + "/answer.npy").as<int32_t>();
  Result<json::value> manifest = parseJsonFile(folder + "/manifest.json");
  ASSERT_TRUE(manifest);
  auto f32 = ModelRunner::open(artifactPath("tiny", "f32"), {.threads = 2});
  auto int4 = ModelRunner::open(artifactPath("tiny", "int4"), {.threads = 2});
  ASSERT_TRUE(f32) << f32.error().message();
  ASSERT_TRUE(int4) << int4.error().message();
  int64_t vocab = (*f32)->vocabSize(), first = 0;
  Agreement answers, prompts;
  for (const json::value &sequence : manifest->at("sequences").as_array()) {
    int64_t length = sequence.at("length").to_number<int64_t>();
    std::vector<int32_t> ids(tokens.begin() + first,
                             tokens.begin() + first + length);
    auto expected = (*f32)->run(ids, 64), found = (*int4)->run(ids, 64);
    ASSERT_TRUE(expected && found);
    for (int64_t i = 0; i < length; ++i)
      (answer[first + i] ? answers : prompts)
          .add(&(*expected)[i * vocab], &(*found)[i * vocab], vocab);
    first += length;
  }
  answers.print("answers");
  prompts.print("prompts");
  ASSERT_GT(answers.rows, 1000);
  EXPECT_GE(answers.top1(), 0.99);
  EXPECT_LE(answers.meanKl(), 1e-3);
  EXPECT_GE(prompts.top1(), 0.95);
  EXPECT_LE(prompts.meanKl(), 0.05);
  EXPECT_GT(answers.meanKl(), 1e-6) << "these are not 4 bits";
}

} // namespace
} // namespace g4rt
