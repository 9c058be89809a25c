//===- StepLoopFixture.h - A loop, a clock and what was told ----*- C++ -*-===//

#ifndef G4_TEST_RUNTIME_ENGINE_STEPLOOPFIXTURE_H
#define G4_TEST_RUNTIME_ENGINE_STEPLOOPFIXTURE_H

#include "runtime/engine/StepLoop.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "test/support/FakeExecutor.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {

inline constexpr ExecutorLimits kStepLoopLimits = {.vocabSize = 300,
                                                   .maxStepTokens = 8,
                                                   .maxChunkTokens = 8,
                                                   .maxStepOutputs = 8,
                                                   .numSlots = 4,
                                                   .pageSize = 4,
                                                   .numPages = 24,
                                                   .pagesPerSlot = 8};

class StepLoopFixture : public testing::Test {
protected:
  // Each look at the clock takes a millisecond.
  Answer::Time tick() {
    now += std::chrono::milliseconds(1);
    return now;
  }
  GenerationId add(GenerationRequest request) {
    if (request.promptIds.empty())
      request.promptIds = {2, 20};
    if (request.maxTokens == 0)
      request.maxTokens = 32 - static_cast<int64_t>(request.promptIds.size());
    request.sampling.temperature = 0;
    GenerationId id{++lastId};
    loop.add({.id = id,
              .answer = *Answer::create(std::move(request), *tokenizer, now),
              .sink = [this, n = lastId](GenerationEvent event) {
                events.emplace_back(n, std::move(event));
              }});
    return id;
  }
  void step() {
    loop.planStep();
    loop.runStep();
    deliver();
  }
  void deliver() {
    for (Delivery &delivery : loop.takeDeliveries())
      (*delivery.sink)(std::move(delivery.event));
  }
  // Runs to the end; the reasons by id.
  std::map<uint64_t, FinishReason> runAll() {
    for (int i = 0; i < 1000 && loop.hasWork(); ++i)
      step();
    deliver();
    std::map<uint64_t, FinishReason> reasons;
    for (const auto &[id, event] : events)
      if (event.end)
        reasons[id] = event.end->reason;
    return reasons;
  }
  const GenerationEnd &endOf(uint64_t wanted) {
    for (const auto &[id, event] : events)
      if (id == wanted && event.end)
        return *event.end;
    ADD_FAILURE() << wanted << " has no end";
    static const GenerationEnd none;
    return none;
  }
  std::vector<int32_t> tokensOf(uint64_t wanted) {
    std::vector<int32_t> tokens;
    for (const auto &[id, event] : events)
      if (id == wanted && event.token)
        tokens.push_back(event.token->token.id);
    return tokens;
  }

  TestTokenizer tokenizer{tinyTokenizerJson()};
  FakeExecutor executor{kStepLoopLimits};
  Answer::Time now{};
  StepLoop loop{executor, [this] { return tick(); }};
  uint64_t lastId = 0;
  std::vector<std::pair<uint64_t, GenerationEvent>> events;
};

} // namespace g4rt

#endif // G4_TEST_RUNTIME_ENGINE_STEPLOOPFIXTURE_H
