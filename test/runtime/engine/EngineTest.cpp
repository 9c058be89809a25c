#include "runtime/engine/Engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "test/support/FakeExecutor.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

TEST(EngineTest, Smoke) {
  TestTokenizer tokenizer(tinyTokenizerJson());
  FakeExecutor executor({.vocabSize = 300,
                         .maxStepTokens = 16,
                         .maxStepOutputs = 16,
                         .numSlots = 4,
                         .pageSize = 8,
                         .numPages = 32,
                         .pagesPerSlot = 8});
  Engine engine(executor, *tokenizer, {.maxModelLength = 64});
  std::promise<GenerationEnd> ended;
  std::vector<int32_t> tokens;
  auto id = engine.submit({.promptIds = {2, 30, 40},
                           .sampling = {.temperature = 0},
                           .maxTokens = 12},
                          [&](GenerationEvent event) {
                            if (event.token)
                              tokens.push_back(event.token->token.id);
                            if (event.end)
                              ended.set_value(*event.end);
                          });
  ASSERT_TRUE(id) << id.error().toString();
  GenerationEnd end = ended.get_future().get();
  EXPECT_EQ(end.reason, FinishReason::Length) << end.error.toString();
  EXPECT_EQ(tokens.size(), 12u);
}

} // namespace
} // namespace g4rt
