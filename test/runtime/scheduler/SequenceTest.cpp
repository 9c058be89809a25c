#include "runtime/scheduler/Sequence.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

TEST(SequenceTest, SmallerPrioritiesThenEarlierArrivalsComeFirst) {
  Sequence first{.arrival = 1}, second{.arrival = 2};
  Sequence urgent{.arrival = 3, .priority = -1};
  EXPECT_TRUE(first.isBefore(second));
  EXPECT_TRUE(urgent.isBefore(first));
  EXPECT_FALSE(first.isBefore(first));
}

} // namespace
} // namespace g4rt
