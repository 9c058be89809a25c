// Races: run under ThreadSanitizer with the preset tsan.

#include "runtime/engine/EngineCore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "test/support/FakeExecutor.h"
#include "test/support/GenerationRecorder.h"
#include "test/support/StepGate.h"
#include "test/support/TestTokenizer.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

constexpr ExecutorLimits kLimits = {.vocabSize = 300,
                                    .maxStepTokens = 12,
                                    .maxChunkTokens = 12,
                                    .maxStepOutputs = 12,
                                    .numSlots = 6,
                                    .pageSize = 4,
                                    .numPages = 20,
                                    .pagesPerSlot = 8};

const Tokenizer &tokenizer() {
  static const TestTokenizer tokenizer(tinyTokenizerJson());
  return *tokenizer;
}

GenerationRequest request(uint64_t number) {
  std::vector<int32_t> prompt(1 + number % 9, static_cast<int32_t>(number % 7));
  return {.promptIds = std::move(prompt),
          .sampling = {.temperature = 0},
          .maxTokens = 1 + static_cast<int64_t>(number % 11)};
}

// The ends that sinks were told of, by reason.
struct Ends {
  std::atomic<int> byReason[4] = {};

  GenerationSink sink() {
    return [this](GenerationEvent event) {
      if (event.end)
        ++byReason[static_cast<int>(event.end->reason)];
    };
  }
  int total() const {
    return byReason[0] + byReason[1] + byReason[2] + byReason[3];
  }
};

// Submits `count` requests and cancels every third, some long after their end.
void submitAndCancel(EngineCore &engine, Ends &ends, int count, uint64_t seed,
                     std::atomic<int> &numTaken) {
  std::mt19937_64 random(seed);
  std::vector<GenerationId> ids;
  for (int i = 0; i < count; ++i) {
    if (Result<GenerationId> id = engine.submit(request(random()), ends.sink()))
      ids.push_back(*id);
    if (!ids.empty() && random() % 3 == 0)
      engine.cancel(
          ids[ids.size() - 1 - random() % std::min<size_t>(ids.size(), 4)]);
  }
  numTaken += static_cast<int>(ids.size());
}

TEST(EngineCoreTest, EveryRequestThatIsTakenEndsOnce) {
  FakeExecutor executor(kLimits);
  EngineCore engine(executor, tokenizer(),
                    {.maxModelLength = 32, .maxQueued = 30});
  Ends ends;
  std::atomic<int> numTaken = 0;
  std::vector<std::thread> callers;
  for (uint64_t seed = 0; seed < 6; ++seed)
    callers.emplace_back(
        [&, seed] { submitAndCancel(engine, ends, 200, seed, numTaken); });
  std::atomic<bool> isDone = false;
  std::thread reader([&] {
    while (!isDone) {
      EngineStatus status = engine.status();
      EXPECT_LE(status.numRunning, 6);
      EXPECT_LE(status.numPagesUsed, 20);
    }
  });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_TRUE(engine.drain(std::chrono::steady_clock::time_point::max()));
  isDone = true;
  reader.join();
  EngineStatus status = engine.status();
  EXPECT_EQ(ends.total(), numTaken);
  EXPECT_EQ(status.numRefused, 1200u - static_cast<unsigned>(numTaken));
  EXPECT_EQ(status.numCancelled, static_cast<uint64_t>(ends.byReason[2]));
  EXPECT_EQ(status.numFinishedLength, static_cast<uint64_t>(ends.byReason[1]));
  EXPECT_EQ(ends.byReason[3], 0);
  EXPECT_EQ(status.numPagesUsed, 0);
  EXPECT_THAT(executor.problems(), IsEmpty());
}

TEST(EngineCoreTest, DrainAtAnyMomentLeavesNothing) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    FakeExecutor executor(kLimits);
    EngineCore engine(executor, tokenizer(), {.maxModelLength = 32});
    Ends ends;
    std::atomic<int> numTaken = 0;
    std::thread caller(
        [&] { submitAndCancel(engine, ends, 100, seed, numTaken); });
    std::thread other([&] { engine.drain(std::chrono::steady_clock::now()); });
    engine.drain(std::chrono::steady_clock::now() +
                 std::chrono::microseconds(seed * 100));
    int numEnded = ends.total();
    caller.join();
    other.join();
    // What ended before drain() returned is all that was ever taken.
    EXPECT_EQ(numEnded, numTaken);
    EXPECT_EQ(engine.status().numPagesUsed, 0);
  }
}

TEST(EngineCoreTest, TheDestructorAtAnyMomentEndsAll) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    FakeExecutor executor(kLimits);
    Ends ends;
    std::atomic<int> numTaken = 0;
    {
      EngineCore engine(executor, tokenizer(), {.maxModelLength = 32});
      submitAndCancel(engine, ends, static_cast<int>(seed), seed, numTaken);
    }
    EXPECT_EQ(ends.total(), numTaken);
  }
}

TEST(EngineCoreTest, AnIdleEngineRunsNoStep) {
  FakeExecutor executor(kLimits);
  {
    EngineCore engine(executor, tokenizer(), {.maxModelLength = 32});
    GenerationRecorder recorder;
    EXPECT_TRUE(engine.submit(request(3), recorder.sink()));
    recorder.wait();
    engine.cancel(GenerationId{1});
    EXPECT_EQ(engine.status().numSteps, 4u);
  }
  EXPECT_EQ(executor.numRuns(), 4);
}

TEST(EngineCoreTest, TheLastEventFindsItsAnswerCounted) {
  FakeExecutor executor(kLimits);
  EngineCore engine(executor, tokenizer(), {.maxModelLength = 32});
  std::atomic<uint64_t> numCounted = 0;
  EXPECT_TRUE(engine.submit(request(3), [&](GenerationEvent event) {
    if (event.end)
      numCounted = engine.status().numFinishedLength;
  }));
  EXPECT_TRUE(engine.drain(std::chrono::steady_clock::time_point::max()));
  EXPECT_EQ(numCounted, 1u);
}

TEST(EngineCoreTest, DrainReturnsAfterTheSinksAreGone) {
  FakeExecutor executor(kLimits);
  EngineCore engine(executor, tokenizer(), {.maxModelLength = 32});
  auto owned = std::make_shared<int>(0);
  EXPECT_TRUE(engine.submit(request(3), [owned](GenerationEvent) {}));
  EXPECT_TRUE(engine.drain(std::chrono::steady_clock::time_point::max()));
  EXPECT_EQ(owned.use_count(), 1);
}

} // namespace
} // namespace g4rt
