//===- StepLoopRulesTest.cpp - Rules are followed beside the steps --------===//

#include "runtime/engine/StepLoop.h"

#include <gtest/gtest.h>

#include <future>
#include <map>

#include "test/support/FakeExecutor.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

/// Answers whose rules are followed on one thread, which a test can stop.
class StepLoopRulesTest : public testing::Test {
protected:
  static constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                             .maxStepTokens = 8,
                                             .maxChunkTokens = 8,
                                             .maxStepOutputs = 8,
                                             .numSlots = 4,
                                             .pageSize = 4,
                                             .numPages = 8,
                                             .pagesPerSlot = 8};

  void SetUp() override {
    if (!hasGrammars())
      GTEST_SKIP() << "this build has no grammars";
  }
  void TearDown() override { release(); }

  /// Lower-case letters alone, as many as there may be.
  void add(uint64_t id, bool hasRules = true) {
    GenerationRequest request{
        .promptIds = {2, 20}, .sampling = {.temperature = 0}, .maxTokens = 28};
    if (hasRules)
      request.rules.content = "root ::= [a-z]{100}";
    Answer answer = *Answer::create(std::move(request), *tokenizer_, {});
    ASSERT_TRUE(answer.compileRules(*tokenizer_, grammars_, &threads_).ok());
    loop_.add({.id = GenerationId{id},
               .answer = std::move(answer),
               .sink = [this, id](GenerationEvent event) {
                 if (event.token)
                   tokens_[id].push_back(event.token->token.id);
               }});
  }
  void step() {
    loop_.planStep();
    loop_.runStep();
    for (Delivery &delivery : loop_.takeDeliveries())
      (*delivery.sink)(std::move(delivery.event));
  }
  void runAll() {
    for (int i = 0; i < 10000 && loop_.hasWork(); ++i)
      step();
    EXPECT_FALSE(loop_.hasWork());
  }
  /// Nobody's rules are followed until release().
  void block() {
    gate_.emplace();
    threads_.post([gate = gate_->get_future().share()] { gate.wait(); });
  }
  void release() {
    if (gate_)
      gate_->set_value();
    gate_.reset();
  }
  std::vector<int32_t> soloTokens() {
    add(100);
    runAll();
    return tokens_[100];
  }

  TestTokenizer tokenizer_{tinyTokenizerJson()};
  GrammarCompiler grammars_{*tokenizer_};
  BudgetedThreads threads_{{.numThreads = 1}};
  FakeExecutor executor_{kLimits};
  StepLoop loop_{executor_, [] { return Answer::Time(); }};
  std::optional<std::promise<void>> gate_;
  std::map<uint64_t, std::vector<int32_t>> tokens_;
};

TEST_F(StepLoopRulesTest, OneThatWaitsForItsRulesHoldsUpNobodyAndLosesNothing) {
  std::vector<int32_t> solo = soloTokens();
  ASSERT_EQ(solo.size(), 28u);
  add(1);
  step();
  ASSERT_EQ(tokens_[1].size(), 1u);
  block();
  step(); // chosen by rules that were known; the next ones wait
  add(2, /*hasRules=*/false);
  for (int i = 0; i < 10; ++i)
    step();
  EXPECT_LE(tokens_[1].size(), 2u);
  EXPECT_EQ(tokens_[2].size(), 10u);
  release();
  runAll();
  EXPECT_EQ(tokens_[1], solo);
  EXPECT_EQ(tokens_[2].size(), 28u);
}

// The row that it kept is of no use then.
TEST_F(StepLoopRulesTest, OneThatIsPreemptedMeanwhileComputesItsRowAnew) {
  std::vector<int32_t> solo = soloTokens();
  add(2, /*hasRules=*/false);
  add(1);
  step();
  block();
  for (int i = 0; i < 100 && loop_.status().numPreemptions == 0; ++i)
    step();
  EXPECT_EQ(loop_.status().numPreemptions, 1u);
  EXPECT_LT(tokens_[1].size(), 28u);
  release();
  runAll();
  EXPECT_EQ(tokens_[1], solo);
}

} // namespace
} // namespace g4rt
