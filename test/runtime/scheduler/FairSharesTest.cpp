#include "runtime/scheduler/FairShares.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

constexpr KeyId kOne{1}, kTwo{2}, kThree{3};

TEST(FairSharesTest, AnAccountIsRowsOverWeight) {
  FairShares shares;
  shares.enter({kOne, 2});
  shares.enter({kTwo, 0.5});
  shares.charge(kOne, 10);
  shares.charge(kTwo, 10);
  EXPECT_EQ(shares.accountOf(kOne), 5);
  EXPECT_EQ(shares.accountOf(kTwo), 20);
  shares.charge(kTwo, -4); // it did not need them
  EXPECT_EQ(shares.accountOf(kTwo), 12);
}

TEST(FairSharesTest, ANewWeightHoldsForWhatComes) {
  FairShares shares;
  shares.enter({kOne, 1});
  shares.charge(kOne, 10);
  shares.enter({kOne, 10});
  shares.charge(kOne, 10);
  EXPECT_EQ(shares.accountOf(kOne), 11);
}

TEST(FairSharesTest, WhoComesLateBeginsAtTheVirtualTime) {
  FairShares shares;
  shares.enter({kOne, 1});
  shares.charge(kOne, 100);
  shares.advance(100);
  shares.enter({kTwo, 1});
  EXPECT_EQ(shares.accountOf(kTwo), 100);
  shares.advance(50); // time does not go back
  shares.enter({kThree, 1});
  EXPECT_EQ(shares.accountOf(kThree), 100);
}

TEST(FairSharesTest, ADebtIsKeptUntilTheOthersHaveHadAsMuch) {
  FairShares shares;
  shares.enter({kOne, 1});
  shares.charge(kOne, 100);
  shares.leave(kOne);
  shares.enter({kTwo, 1});
  EXPECT_EQ(shares.accountOf(kTwo), 0);
  shares.enter({kOne, 1});
  EXPECT_EQ(shares.accountOf(kOne), 100);
  shares.leave(kOne);
  shares.advance(100);
  shares.leave(kTwo);
  EXPECT_EQ(shares.size(), 0u);
}

} // namespace
} // namespace g4rt
