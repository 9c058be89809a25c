// How many rows of prompts a step has, by what steps took.

#include "runtime/scheduler/StepPace.h"

#include "runtime/scheduler/Scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "test/runtime/scheduler/ScheduledRows.h"

namespace g4rt {
namespace {

using Seconds = std::function<double(int64_t decodes, int64_t prompts)>;

/// The seconds of so many steps, each with as many rows of prompts as it may.
std::vector<double> run(StepPace &pace, int64_t numDecodes, int64_t numSteps,
                        const Seconds &seconds, int64_t most = 256) {
  std::vector<double> all;
  for (int64_t i = 0; i < numSteps; ++i) {
    int64_t rows = std::min(pace.promptRows(numDecodes), most);
    all.push_back(seconds(numDecodes, rows));
    pace.record(numDecodes, rows, all.back());
  }
  return all;
}

/// A row costs the same whoever has it.
double onCpu(int64_t decodes, int64_t prompts) {
  return 0.004 * static_cast<double>(decodes + prompts);
}

/// Weights are read in any case.
double onGpu(int64_t decodes, int64_t prompts) {
  return 0.006 + 0.00003 * static_cast<double>(decodes + prompts);
}

double share(const std::vector<double> &steps, double most) {
  return static_cast<double>(std::ranges::count_if(
             steps, [&](double seconds) { return seconds <= most; })) /
         static_cast<double>(steps.size());
}

TEST(StepPaceTest, TheFirstStepBesideAnswersMeasures) {
  StepPace pace;
  EXPECT_EQ(pace.promptRows(10), 1);
  pace.record(10, 1, 0.04);
  EXPECT_EQ(pace.promptRows(10), 8);
  EXPECT_EQ(pace.promptRows(11), 8); // 10 and 11 are alike
  EXPECT_EQ(pace.promptRows(12), 1);
}

TEST(StepPaceTest, WhereRowsCostAlikeAStepStaysBelowTwiceTheUsual) {
  StepPace pace;
  std::vector<double> steps = run(pace, 10, 1000, onCpu);
  EXPECT_EQ(share(steps, 2 * onCpu(10, 0)), 1);
  EXPECT_EQ(pace.promptRows(10), 7); // 0.75 of 10 rows
}

TEST(StepPaceTest, WhereRowsAreCheapAStepIsFullAfterAFew) {
  StepPace pace;
  std::vector<double> steps = run(pace, 10, 10, onGpu);
  EXPECT_EQ(steps.back(), onGpu(10, pace.promptRows(10)));
  EXPECT_GT(pace.promptRows(10), 100);
  EXPECT_LT(pace.promptRows(10), 200);
}

// A prompt of 32k: its last rows cost ten times what its first ones do.
TEST(StepPaceTest, RowsThatBecomeDearerBecomeFewer) {
  StepPace pace;
  double cost = 0.001;
  std::vector<double> steps =
      run(pace, 10, 2000, [&](int64_t decodes, int64_t prompts) {
        cost += 0.000005;
        return 0.004 * static_cast<double>(decodes) +
               cost * static_cast<double>(prompts);
      });
  EXPECT_GE(share(steps, 0.080), 0.999);
  EXPECT_LE(pace.promptRows(10), 3);
}

TEST(StepPaceTest, AStepThatWasHeldUpCostsAFewSteps) {
  StepPace pace;
  run(pace, 10, 20, onGpu);
  int64_t before = pace.promptRows(10);
  pace.record(10, before, 3);
  EXPECT_EQ(pace.promptRows(10), before / 2);
  run(pace, 10, 10, onGpu);
  EXPECT_GE(pace.promptRows(10), before * 9 / 10);
}

TEST(StepPaceTest, AShortPromptSaysNothingAgainstMoreRows) {
  StepPace pace;
  run(pace, 10, 20, onGpu);
  int64_t before = pace.promptRows(10);
  pace.record(10, 5, onGpu(10, 5));
  EXPECT_EQ(pace.promptRows(10), before);
}

TEST(StepPaceTest, TheUsualStepIsMeasuredAgain) {
  StepPace pace;
  run(pace, 10, 1 + StepPace::kStepsOfBase, onCpu);
  EXPECT_EQ(pace.promptRows(10), 1);
  pace.record(10, 1, 0.040);
  EXPECT_GT(pace.promptRows(10), 1);
}

// What the scheduler makes of it: 1 decodes, 2 is a prompt.
TEST(StepPaceTest, WithoutAPriorityTheSchedulerGoesByThePace) {
  Scheduler scheduler(kLimits, {.hasPrefixCache = false, .decodePriority = {}});
  auto runFor = [&](double seconds) {
    std::vector<Rows> chunks = rows(scheduler.next());
    scheduler.complete(seconds);
    return chunks;
  };
  submit(scheduler, 1, prompt(0, 3), 9);
  runFor(1); // nobody decodes
  scheduler.append(id(1), 0);
  submit(scheduler, 2, prompt(0, 9), 3);
  EXPECT_THAT(runFor(1), testing::ElementsAre(Rows(1, 1), Rows(2, 1)));
  scheduler.append(id(1), 0);
  EXPECT_THAT(runFor(1.1), testing::ElementsAre(Rows(1, 1), Rows(2, 7)));
}

} // namespace
} // namespace g4rt
