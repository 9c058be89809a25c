//===- PlanCheckTest.cpp - Which steps an executor takes ------------------===//

#include "runtime/exec/PlanCheck.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

using testing::HasSubstr;

namespace g4rt {
namespace {

/// Two rows of slot 1 and one of slot 0 in tables of 2 x 3 and 2 x 2 pages.
class PlanCheckTest : public testing::Test {
protected:
  PlanCheckTest() : pages_(6), windowPages_(4) {
    std::iota(pages_.begin(), pages_.end(), 0);
    std::iota(windowPages_.begin(), windowPages_.end(), 0);
    plan_.tokenIds = {5, 99, 0};
    plan_.positions = {10, 11, 0};
    plan_.slots = {1, 1, 0};
    plan_.visibleEnds = {11, 12, 1};
    plan_.outputRows = {1, 2};
    plan_.pageTable = pages_;
    plan_.windowTable = windowPages_;
  }

  /// The message; empty if the plan is taken.
  std::string complaint() const { return checkPlan(plan_, limits_).message(); }

  ExecutorLimits limits_{.vocabSize = 100,
                         .maxStepTokens = 4,
                         .maxChunkTokens = 4,
                         .maxStepOutputs = 2,
                         .numSlots = 2,
                         .pageSize = 4,
                         .numPages = 6,
                         .pagesPerSlot = 3,
                         .window = 3,
                         .numWindowPages = 4,
                         .windowPagesPerSlot = 2};
  std::vector<int32_t> pages_, windowPages_;
  StepPlan plan_;
};

TEST_F(PlanCheckTest, TakesAPlanWithinTheLimits) { EXPECT_EQ(complaint(), ""); }

TEST_F(PlanCheckTest, EveryNumberOfARowHasItsRange) {
  struct Case {
    std::vector<int32_t> StepPlan::*array;
    std::vector<int32_t> wrong;
    const char *message;
  };
  for (const Case &c : std::initializer_list<Case>{
           {&StepPlan::tokenIds, {-1, 100}, "needs 0 to 99"},
           {&StepPlan::positions, {-1, 12}, "needs 0 to 11"},
           {&StepPlan::slots, {-1, 2}, "needs 0 to 1"},
           {&StepPlan::visibleEnds, {11, 13}, "needs 12 to 12"}})
    for (int32_t value : c.wrong) {
      StepPlan kept = plan_;
      (plan_.*c.array)[1] = value;
      EXPECT_THAT(complaint(), HasSubstr("step plan: row 1: "));
      EXPECT_THAT(complaint(),
                  HasSubstr(std::to_string(value) + ", " + c.message));
      plan_ = kept;
    }
}

TEST_F(PlanCheckTest, OutputsAreRowsOfTheStep) {
  plan_.outputRows = {3};
  EXPECT_EQ(complaint(), "step plan: output row 3, needs 0 to 2");
  plan_.outputRows = {-1};
  EXPECT_EQ(complaint(), "step plan: output row -1, needs 0 to 2");
  plan_.outputRows = {0, 1, 2};
  EXPECT_EQ(complaint(), "step plan: number of outputs 3, needs 0 to 2");
}

TEST_F(PlanCheckTest, AStepHasARowAndNotTooMany) {
  plan_.tokenIds.clear();
  EXPECT_EQ(complaint(), "step plan: number of rows 0, needs 1 to 4");
  plan_.tokenIds.assign(5, 0);
  EXPECT_EQ(complaint(), "step plan: number of rows 5, needs 1 to 4");
}

TEST_F(PlanCheckTest, NoSequenceHasMoreRowsThanItsRingHasRoomFor) {
  limits_.maxChunkTokens = 2;
  EXPECT_EQ(complaint(), "");
  plan_.slots = {1, 1, 1};
  plan_.positions = {9, 10, 11};
  plan_.visibleEnds = {10, 11, 12};
  EXPECT_EQ(complaint(), "step plan: slot 1: number of rows 3, needs 0 to 2");
}

TEST_F(PlanCheckTest, ArraysHaveTheLengthsThatTheRowsAsk) {
  for (auto array :
       {&StepPlan::positions, &StepPlan::slots, &StepPlan::visibleEnds}) {
    StepPlan kept = plan_;
    (plan_.*array).pop_back();
    EXPECT_THAT(complaint(), HasSubstr("step plan: 2 "));
    EXPECT_THAT(complaint(), HasSubstr(", needs 3"));
    plan_ = kept;
  }
  plan_.pageTable = plan_.pageTable.first(5);
  EXPECT_EQ(complaint(), "step plan: 5 page table entries, needs 6");
  plan_.pageTable = pages_;
  plan_.windowTable = {};
  EXPECT_EQ(complaint(), "step plan: 0 window table entries, needs 4");
}

TEST_F(PlanCheckTest, EveryPageIsInThePool) {
  pages_[5] = 6;
  EXPECT_EQ(complaint(), "step plan: page 6, needs 0 to 5");
  pages_[5] = -1;
  EXPECT_EQ(complaint(), "step plan: page -1, needs 0 to 5");
  pages_[5] = 0;
  windowPages_[3] = 4;
  EXPECT_EQ(complaint(), "step plan: window page 4, needs 0 to 3");
}

TEST_F(PlanCheckTest, CopiedPagesAreInTheirPools) {
  plan_.copies = {{.from = 5, .to = 0}};
  plan_.windowCopies = {{.from = 0, .to = 3}};
  EXPECT_EQ(complaint(), "");
  plan_.copies[0].to = 6;
  EXPECT_EQ(complaint(), "step plan: copied page 6, needs 0 to 5");
  plan_.copies.clear();
  plan_.windowCopies[0].from = -1;
  EXPECT_EQ(complaint(), "step plan: copied window page -1, needs 0 to 3");
}

} // namespace
} // namespace g4rt
