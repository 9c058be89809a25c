// What the engine tells of a prompt's tokens, and that the answer stays.

#include "runtime/engine/StepLoop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "test/support/FakeExecutor.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 8,
                                    .maxChunkTokens = 8,
                                    .maxStepOutputs = 4,
                                    .numSlots = 4,
                                    .pageSize = 4,
                                    .numPages = 32,
                                    .pagesPerSlot = 8};

/// All that one answer was told.
struct Told {
  std::vector<PromptToken> prompt;
  std::vector<int32_t> tokens;
  std::optional<GenerationEnd> end;
};

class PromptLogprobsTest : public testing::Test {
protected:
  uint64_t add(std::vector<int32_t> prompt, int32_t numPromptLogprobs,
               bool isPromptOnly = false) {
    GenerationRequest request{.promptIds = std::move(prompt),
                              .sampling = {.temperature = 0},
                              .maxTokens = 6,
                              .numPromptLogprobs = numPromptLogprobs,
                              .isPromptOnly = isPromptOnly};
    uint64_t number = ++lastId;
    loop.add({.id = GenerationId{number},
              .answer = *Answer::create(std::move(request), *tokenizer, now),
              .sink = [this, number](GenerationEvent event) {
                take(told[number], std::move(event));
              }});
    return number;
  }
  static void take(Told &to, GenerationEvent event) {
    EXPECT_TRUE(event.prompt.empty() || to.tokens.empty());
    for (PromptToken &token : event.prompt)
      to.prompt.push_back(std::move(token));
    if (event.token)
      to.tokens.push_back(event.token->token.id);
    if (event.end)
      to.end = std::move(event.end);
  }
  void runAll() {
    for (int i = 0; i < 1000 && loop.hasWork(); ++i) {
      loop.planStep();
      loop.runStep();
      for (Delivery &delivery : loop.takeDeliveries())
        (*delivery.sink)(std::move(delivery.event));
    }
    EXPECT_THAT(executor.problems(), IsEmpty());
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  FakeExecutor executor{kLimits};
  Answer::Time now{};
  StepLoop loop{executor, [this] { return now; }};
  uint64_t lastId = 0;
  std::map<uint64_t, Told> told;
};

std::vector<int32_t> longPrompt() {
  return {2, 20, 21, 22, 9, 8, 7, 6, 5, 4, 3, 20, 21, 30};
}

TEST_F(PromptLogprobsTest, EveryTokenButTheFirstIsToldOnceInOrder) {
  uint64_t scored = add(longPrompt(), 2);
  runAll();
  const std::vector<PromptToken> &prompt = told[scored].prompt;
  ASSERT_EQ(prompt.size(), longPrompt().size() - 1);
  for (size_t i = 0; i < prompt.size(); ++i) {
    EXPECT_EQ(prompt[i].sample.token.id, longPrompt()[i + 1]);
    EXPECT_EQ(prompt[i].sample.top.size(), 2u);
    EXPECT_GE(prompt[i].sample.top[0].logprob, prompt[i].sample.token.logprob);
    EXPECT_GE(prompt[i].rank, 1);
  }
  EXPECT_EQ(told[scored].end->usage.numCachedTokens, 0);
}

TEST_F(PromptLogprobsTest, TheAnswerIsTheSame) {
  uint64_t plain = add(longPrompt(), -1);
  runAll();
  uint64_t scored = add(longPrompt(), 5);
  uint64_t beside = add({2, 20, 21, 22, 9, 8, 7, 6}, -1);
  runAll();
  EXPECT_EQ(told[scored].tokens, told[plain].tokens);
  EXPECT_THAT(told[plain].prompt, IsEmpty());
  EXPECT_THAT(told[beside].prompt, IsEmpty());
  EXPECT_GT(told[beside].end->usage.numCachedTokens, 0);
}

TEST_F(PromptLogprobsTest, WhatIsToldDoesNotDependOnTheOthers) {
  uint64_t alone = add(longPrompt(), 1);
  runAll();
  add({5, 6, 7}, -1);
  uint64_t among = add(longPrompt(), 1);
  add({2, 20, 21, 22, 9}, 3);
  runAll();
  ASSERT_EQ(told[among].prompt.size(), told[alone].prompt.size());
  for (size_t i = 0; i < told[alone].prompt.size(); ++i) {
    EXPECT_EQ(told[among].prompt[i].sample.token.logprob,
              told[alone].prompt[i].sample.token.logprob);
    EXPECT_EQ(told[among].prompt[i].rank, told[alone].prompt[i].rank);
  }
}

TEST_F(PromptLogprobsTest, APromptOnlyAnswerHasNoToken) {
  uint64_t scored = add(longPrompt(), 0, /*isPromptOnly=*/true);
  uint64_t silent = add({2, 20}, -1, /*isPromptOnly=*/true);
  runAll();
  EXPECT_EQ(told[scored].prompt.size(), longPrompt().size() - 1);
  for (uint64_t number : {scored, silent}) {
    EXPECT_THAT(told[number].tokens, IsEmpty());
    EXPECT_EQ(told[number].end->reason, FinishReason::Length);
    EXPECT_EQ(told[number].end->usage.numAnswerTokens, 0);
  }
  EXPECT_EQ(loop.status().numTakenPromptTokens, longPrompt().size() + 2);
}

TEST_F(PromptLogprobsTest, AnOutputThatIsNotFiniteFailsTheOneThatWantsIt) {
  executor.nanToken = 22;
  uint64_t scored = add(longPrompt(), 0);
  uint64_t plain = add(longPrompt(), -1);
  runAll();
  EXPECT_EQ(told[scored].end->reason, FinishReason::Failed);
  EXPECT_EQ(told[scored].end->error.code(), StatusCode::Internal);
  EXPECT_LT(told[scored].prompt.size(), longPrompt().size() - 1);
  EXPECT_EQ(told[plain].end->reason, FinishReason::Length);
}

} // namespace
} // namespace g4rt
