// A row's logits are the same bits whatever else is in its steps: how its
// prompt is cut, which sequences share the step, how many threads run it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "test/support/ModelRunner.h"

namespace g4rt {
namespace {

struct BatchCase {
  const char *model, *weights, *target;
};

class BatchTest : public testing::TestWithParam<BatchCase> {
protected:
  static constexpr int kNumSequences = 16;

  void SetUp() override {
    std::mt19937 random(7);
    open({.threads = 1});
    if (!runner_)
      return;
    std::uniform_int_distribution<int32_t> anyId(
        0, static_cast<int32_t>(runner_->vocabSize()) - 1);
    // Shorter and longer than the windows.
    for (int i = 0; i < kNumSequences; ++i) {
      sequences_.emplace_back(1 + i * i / 2);
      for (int32_t &id : sequences_.back())
        id = anyId(random);
    }
    for (const auto &ids : sequences_)
      alone_.push_back(run(ids, 50));
  }

  void open(RunnerOptions options) {
    options.target = GetParam().target;
    auto runner = ModelRunner::open(
        artifactPath(GetParam().model, GetParam().weights), options);
    if (!runner && runner.error().code() == StatusCode::NotFound &&
        *GetParam().target)
      GTEST_SKIP() << runner.error().message();
    ASSERT_TRUE(runner) << runner.error().message();
    runner_ = *std::move(runner);
  }
  std::vector<float> run(const std::vector<int32_t> &ids, int64_t chunk) {
    auto logits = runner_->run(ids, chunk);
    EXPECT_TRUE(logits) << logits.error().message();
    return logits ? *std::move(logits) : std::vector<float>();
  }
  /// Bit by bit, which also tells NaN and the sign of zero.
  static bool same(const float *a, const float *b, int64_t count) {
    return std::memcmp(a, b, count * sizeof(float)) == 0;
  }
  void expectSameAsAlone(int threads, uint32_t seed);

  std::unique_ptr<ModelRunner> runner_;
  std::vector<std::vector<int32_t>> sequences_;
  std::vector<std::vector<float>> alone_;
};

TEST_P(BatchTest, DoesNotDependOnHowAPromptIsCut) {
  for (int64_t chunk : {1, 2, 3, 5, 16, 17, 33, 64})
    for (size_t i : {0, 3, 9, 15}) {
      std::vector<float> logits = run(sequences_[i], chunk);
      ASSERT_EQ(logits.size(), alone_[i].size());
      EXPECT_TRUE(same(logits.data(), alone_[i].data(), logits.size()))
          << sequences_[i].size() << " tokens in chunks of " << chunk;
    }
}

TEST_P(BatchTest, DoesNotDependOnTheNumberOfThreads) {
  for (int threads : {2, 5}) {
    open({.threads = threads});
    for (size_t i : {0, 9, 15}) {
      std::vector<float> logits = run(sequences_[i], 50);
      EXPECT_TRUE(same(logits.data(), alone_[i].data(), logits.size()))
          << sequences_[i].size() << " tokens on " << threads << " threads";
    }
  }
}

// Steps with random parts of random sequences, until all are done: chunks of
// prompts beside sequences that decode.
void BatchTest::expectSameAsAlone(int threads, uint32_t seed) {
  open({.threads = threads, .maxSequences = kNumSequences});
  std::mt19937 random(seed);
  std::vector<int64_t> done(kNumSequences);
  for (int i = 0; i < kNumSequences; ++i)
    runner_->setSequence(i, sequences_[i]);
  auto size = [&](int i) { return int64_t(sequences_[i].size()); };
  for (int left = kNumSequences; left > 0;) {
    std::vector<Rows> rows;
    int64_t room = 64;
    for (int i = 0; i < kNumSequences; ++i) {
      int64_t most =
          std::min({size(i) - done[i], room, int64_t{random() % 3 ? 1 : 20}});
      if (most == 0 || random() % 4 == 0)
        continue;
      rows.push_back({i, done[i], 1 + int64_t(random() % most)});
      room -= rows.back().count;
    }
    std::shuffle(rows.begin(), rows.end(), random);
    if (rows.empty())
      continue;
    auto logits = runner_->step(rows);
    ASSERT_TRUE(logits) << logits.error().message();
    const float *ours = logits->data();
    for (const Rows &part : rows) {
      int64_t count = part.count * runner_->vocabSize();
      ASSERT_TRUE(same(
          ours, &alone_[part.slot][part.first * runner_->vocabSize()], count))
          << "sequence " << part.slot << ", rows " << part.first << " to "
          << part.first + part.count << ", seed " << seed;
      ours += count;
      done[part.slot] += part.count;
      left -= done[part.slot] == size(part.slot);
    }
  }
}

TEST_P(BatchTest, DoesNotDependOnWhatElseIsInTheStep) {
  for (uint32_t seed : {1, 2})
    expectSameAsAlone(1, seed);
}

TEST_P(BatchTest, DoesNotDependOnWhatElseIsInTheStepOnTwoThreads) {
  expectSameAsAlone(2, 3);
}

// Rings of the window and one chunk, in which two prompts take turns.
TEST_P(BatchTest, DoesNotDependOnAnotherPromptThatFillsTheStep) {
  open({.maxSequences = 2, .maxStepTokens = 34, .maxChunkTokens = 17});
  const std::vector<int32_t> &first = sequences_[15], &second = sequences_[14];
  runner_->setSequence(0, first);
  runner_->setSequence(1, second);
  EXPECT_FALSE(runner_->step({{0, 0, 18}})) << "more than a chunk";
  int64_t vocabSize = runner_->vocabSize();
  auto size = static_cast<int64_t>(second.size());
  for (int64_t from = 0; from < size; from += 17) {
    int64_t count = std::min<int64_t>(17, size - from);
    auto logits = runner_->step({{1, from, count}, {0, from, count}});
    ASSERT_TRUE(logits) << logits.error().message();
    for (int i : {0, 1})
      EXPECT_TRUE(same(logits->data() + i * count * vocabSize,
                       &alone_[14 + i][from * vocabSize], count * vocabSize))
          << "sequence " << 14 + i << " from " << from;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Models, BatchTest,
    testing::Values(
        BatchCase{"moe26b", "f32", ""}, BatchCase{"moe26b", "f32", "x86-64-v3"},
        BatchCase{"moe26b", "bf16", ""},
        BatchCase{"moe26b", "bf16", "x86-64-v3"},
        BatchCase{"dense12b", "f32", ""}, BatchCase{"dense31b", "f32", ""},
        BatchCase{"ple_e2b", "bf16", ""}, BatchCase{"ple_e4b", "f32", ""},
        BatchCase{"tiny", "bf16", ""}, BatchCase{"tiny", "int4", ""},
        BatchCase{"tiny", "int4", "x86-64-v3"}, BatchCase{"moe26b", "int4", ""},
        BatchCase{"tiny", "q4", ""}, BatchCase{"tiny", "int8", ""},
        BatchCase{"tiny", "int4-min", ""}),
    [](const testing::TestParamInfo<BatchCase> &info) {
      std::string name = std::string(info.param.model) + "_" +
                         info.param.weights + "_" +
                         (*info.param.target ? info.param.target : "native");
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

} // namespace
} // namespace g4rt
