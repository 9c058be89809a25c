//===- DraftsTest.cpp - Several tokens a sequence and step ----------------===//
//
// A scripted drafter proposes tokens, some right and some wrong. Whoever is
// served so must get the tokens of a run without drafts.
//
//===----------------------------------------------------------------------===//

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "test/support/FakeExecutor.h"

namespace g4rt {
namespace {

using testing::IsEmpty;

using Tokens = std::vector<int32_t>;

struct Load {
  ExecutorLimits limits;
  std::vector<Tokens> prompts;
  int64_t maxTokens = 0;
};

/// The same numbers everywhere.
class Random {
public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int64_t in(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() %
                                      static_cast<uint64_t>(high - low + 1));
  }

private:
  std::mt19937_64 engine_;
};

Load randomLoad(Random &random) {
  Load load;
  ExecutorLimits &limits = load.limits;
  limits.vocabSize = 50;
  limits.maxStepTokens = random.in(1, 24);
  limits.maxChunkTokens = random.in(1, limits.maxStepTokens);
  limits.maxStepOutputs = random.in(1, limits.maxStepTokens);
  limits.numSlots = random.in(1, 4);
  limits.pageSize = int64_t{1} << random.in(0, 3);
  limits.pagesPerSlot = 40 / limits.pageSize;
  limits.numPages =
      random.in(limits.pagesPerSlot, limits.numSlots * limits.pagesPerSlot);
  limits.window = random.in(0, 2) * limits.pageSize;
  limits.windowPagesPerSlot = limits.ringPages();
  limits.numWindowPages = limits.numSlots * limits.windowPagesPerSlot;
  load.maxTokens = random.in(1, 20);
  for (int64_t i = random.in(1, 6); i > 0; --i) {
    Tokens prompt;
    for (int64_t n = random.in(1, 20); n > 0; --n)
      prompt.push_back(static_cast<int32_t>(random.in(0, 49)));
    load.prompts.push_back(std::move(prompt));
  }
  return load;
}

/// What was seen, so that the test cannot pass by never doing it.
struct Seen {
  int64_t numAccepted = 0; // drafts
  int64_t numRejected = 0;
  uint64_t numPreemptions = 0;
};

/// Serves a load to its end, greedily.
class Serving {
public:
  explicit Serving(const Load &load)
      : load_(load), executor_(load.limits), scheduler_(load.limits) {
    for (size_t i = 0; i < load.prompts.size(); ++i)
      scheduler_.submit(SequenceId{i}, {.tokens = load.prompts[i],
                                        .maxTokens = load.maxTokens});
    answers_.resize(load.prompts.size());
  }

  /// With a drafter that knows the `right` answers, and where it is `random`
  /// strays from them.
  std::vector<Tokens> run(const std::vector<Tokens> *right, Random &random,
                          Seen &seen) {
    for (int steps = 0; scheduler_.numRunning() + scheduler_.numWaiting() > 0;
         ++steps) {
      EXPECT_LT(steps, 10000);
      if (right)
        propose(*right, random);
      const ScheduledStep &step = scheduler_.next();
      auto logits = executor_.run(step.plan);
      EXPECT_TRUE(logits);
      if (!logits)
        break;
      scheduler_.complete();
      take(step, *logits, seen);
    }
    EXPECT_THAT(executor_.problems(), IsEmpty());
    seen.numPreemptions += scheduler_.counts().numPreemptions;
    scheduler_.clearPrefixCache();
    EXPECT_EQ(scheduler_.pools().pages.numFree(), load_.limits.numPages);
    EXPECT_EQ(scheduler_.pools().windowPages.numFree(),
              load_.limits.numWindowPages);
    return answers_;
  }

private:
  void propose(const std::vector<Tokens> &right, Random &random) {
    for (size_t i = 0; i < answers_.size(); ++i) {
      Tokens drafts(right[i].begin() + std::ssize(answers_[i]), right[i].end());
      drafts.resize(static_cast<size_t>(random.in(0, 6)), 7);
      if (!drafts.empty() && random.in(0, 2) == 0)
        drafts[static_cast<size_t>(random.in(0, std::ssize(drafts) - 1))] = 8;
      scheduler_.propose(SequenceId{i}, drafts);
    }
  }

  void take(const ScheduledStep &step, std::span<const float> logits,
            Seen &seen) {
    int64_t row = 0; // of the plan
    for (const ScheduledChunk &chunk : step.chunks) {
      row += chunk.numRows;
      if (!chunk.hasOutput)
        continue;
      Tokens drafts(step.plan.tokenIds.begin() + row - chunk.numDrafts,
                    step.plan.tokenIds.begin() + row);
      Tokens chosen = choose(drafts, logits);
      seen.numAccepted += std::ssize(chosen) - 1;
      seen.numRejected += std::ssize(drafts) - (std::ssize(chosen) - 1);
      Tokens &answer = answers_[static_cast<size_t>(chunk.id)];
      answer.insert(answer.end(), chosen.begin(), chosen.end());
      scheduler_.accept(chunk.id, chosen);
      if (std::ssize(answer) == load_.maxTokens)
        scheduler_.finish(chunk.id);
    }
  }

  /// The drafts that are right and the token after them. Takes its rows of
  /// logits.
  Tokens choose(const Tokens &drafts, std::span<const float> &logits) {
    auto vocabSize = static_cast<size_t>(load_.limits.vocabSize);
    Tokens chosen;
    bool isRight = true;
    for (size_t i = 0; i <= drafts.size(); ++i) {
      std::span<const float> row = logits.first(vocabSize);
      logits = logits.subspan(vocabSize);
      if (!isRight)
        continue;
      chosen.push_back(
          static_cast<int32_t>(std::ranges::max_element(row) - row.begin()));
      isRight = i < drafts.size() && chosen.back() == drafts[i];
    }
    return chosen;
  }

  const Load &load_;
  FakeExecutor executor_;
  Scheduler scheduler_;
  std::vector<Tokens> answers_;
};

TEST(DraftsTest, WhoIsServedWithDraftsGetsTheTokensOfARunWithout) {
  Seen seen;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Load load = randomLoad(random);
    Seen ignored;
    std::vector<Tokens> right = Serving(load).run(nullptr, random, ignored);
    EXPECT_EQ(Serving(load).run(&right, random, seen), right);
    if (HasFailure())
      return;
  }
  EXPECT_GT(seen.numAccepted, 1000);
  EXPECT_GT(seen.numRejected, 200);
  EXPECT_GT(seen.numPreemptions, 10u);
}

TEST(DraftsTest, DraftsTakeNobodysRowAndNobodysPage) {
  StepLimits limits = {.maxStepTokens = 4,
                       .maxChunkTokens = 4,
                       .maxStepOutputs = 3,
                       .numSlots = 2,
                       .pageSize = 4,
                       .numPages = 4,
                       .pagesPerSlot = 4};
  Scheduler scheduler(limits, {.hasPrefixCache = false});
  scheduler.submit(SequenceId{1}, {.tokens = {1, 2}, .maxTokens = 9});
  scheduler.submit(SequenceId{2}, {.tokens = {3, 4}, .maxTokens = 9});
  scheduler.next();
  scheduler.complete();
  for (uint64_t i : {1, 2}) {
    scheduler.append(SequenceId{i}, 9);
    scheduler.propose(SequenceId{i}, {5, 6, 7});
  }
  // Of three outputs two are everybody's own.
  const ScheduledStep &step = scheduler.next();
  EXPECT_EQ(step.plan.tokenIds, Tokens({9, 5, 9}));
  EXPECT_EQ(step.plan.outputRows, Tokens({0, 1, 2}));
  EXPECT_EQ(step.chunks[0].numDrafts, 1);
  scheduler.complete();
  scheduler.accept(SequenceId{1}, Tokens({5, 6}));
  scheduler.append(SequenceId{2}, 9);
  // Two pages are free, and both need one for their own rows. What is then left
  // in it is theirs.
  for (uint64_t i : {1, 2})
    scheduler.propose(SequenceId{i}, {5, 6, 7});
  EXPECT_EQ(scheduler.next().plan.tokenIds, Tokens({6, 5, 9}));
  EXPECT_EQ(scheduler.counts().numPreemptions, 0u);
}

} // namespace
} // namespace g4rt
