#include "runtime/scheduler/Sequence.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(SequenceTest, ItsStateSaysWhatItHoldsAndNeeds) {
  Sequence sequence{.tokens = {1, 2, 3}, .numSubmitted = 3};
  EXPECT_EQ(sequence.state(), SequenceState::Waiting);
  sequence.slot = 0;
  EXPECT_EQ(sequence.state(), SequenceState::Prefill);
  sequence.hasRun = true;
  sequence.numComputed = 3;
  EXPECT_EQ(sequence.state(), SequenceState::Decode);
  sequence.tokens.push_back(4);
  EXPECT_EQ(sequence.state(), SequenceState::Decode);
  sequence.slot = -1;
  sequence.numComputed = 0;
  EXPECT_EQ(sequence.state(), SequenceState::Preempted);
}

TEST(SequenceTest, SmallerPrioritiesThenEarlierSlotsThenArrivalsComeFirst) {
  Sequence first{.arrival = 1}, second{.arrival = 2};
  Sequence served{.arrival = 3, .rank = 7};
  Sequence urgent{.arrival = 4, .priority = -1};
  EXPECT_TRUE(first.isBefore(second));
  EXPECT_TRUE(served.isBefore(first));
  EXPECT_TRUE(urgent.isBefore(served));
  EXPECT_FALSE(first.isBefore(first));
}

} // namespace
} // namespace g4rt
