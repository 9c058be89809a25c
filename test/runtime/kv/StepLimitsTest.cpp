#include "runtime/kv/StepLimits.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr StepLimits kLimits = {.maxStepTokens = 8,
                                .maxChunkTokens = 6,
                                .maxStepOutputs = 4,
                                .numSlots = 5,
                                .pageSize = 4,
                                .numPages = 16,
                                .pagesPerSlot = 7,
                                .window = 9};

TEST(StepLimitsTest, ASequenceIsBoundedBySlotAndPool) {
  StepLimits limits = kLimits;
  EXPECT_EQ(limits.maxLength(), 28);
  limits.numPages = 3;
  EXPECT_EQ(limits.maxLength(), 12);
}

TEST(StepLimitsTest, NoMoreRunThanAStepHasRowsOutputsAndSlots) {
  StepLimits limits = kLimits;
  EXPECT_EQ(limits.maxRunning(), 4);
  limits.maxStepTokens = 3;
  EXPECT_EQ(limits.maxRunning(), 3);
  limits.numSlots = 2;
  EXPECT_EQ(limits.maxRunning(), 2);
}

TEST(StepLimitsTest, ARowSeesItsWindowWithItself) {
  EXPECT_EQ(kLimits.firstWindowPage(0), 0);
  EXPECT_EQ(kLimits.firstWindowPage(11), 0); // 3 to 11
  EXPECT_EQ(kLimits.firstWindowPage(12), 1); // 4 to 12
}

// Wherever a chunk begins in its page.
TEST(StepLimitsTest, ARingHoldsEveryChunkAndTheWindowBeforeIt) {
  StepLimits limits = kLimits;
  limits.pagesPerSlot = 1000;
  for (limits.window = 1; limits.window < 20; ++limits.window)
    for (int64_t first = 0; first < 50; ++first) {
      int64_t numPages = limits.pagesOf(first + limits.maxChunkTokens) -
                         limits.firstWindowPage(first);
      EXPECT_LE(numPages, limits.ringPages()) << limits.window << " " << first;
    }
}

TEST(StepLimitsTest, ARingIsNoLongerThanASequence) {
  StepLimits limits = kLimits;
  EXPECT_EQ(limits.ringPages(), 5);
  limits.pagesPerSlot = 2;
  EXPECT_EQ(limits.ringPages(), 2);
  limits.window = 0;
  EXPECT_EQ(limits.ringPages(), 0);
}

} // namespace
} // namespace g4rt
