// Means of products, by hand.

#include "runtime/evaluate/InputMoments.h"

#include <gtest/gtest.h>

namespace g4rt {
namespace {

using Numbers = std::vector<float>;

TEST(InputMomentsTest, MeansAreThoseOfAllInputs) {
  InputMoments moments(2, /*withProducts=*/true);
  moments.add(Numbers{1, 2, 3, -4}); // two inputs
  moments.add(Numbers{-2, 0});
  EXPECT_EQ(moments.meanSquares(), (Numbers{14.0F / 3, 20.0F / 3}));
  EXPECT_EQ(moments.moments(),
            (Numbers{14.0F / 3, -10.0F / 3, -10.0F / 3, 20.0F / 3}));
}

TEST(InputMomentsTest, ProductsAreThereForWhoAskedAlone) {
  InputMoments moments(3, /*withProducts=*/false);
  moments.add(Numbers{1, 2, 3});
  EXPECT_TRUE(moments.moments().empty());
  EXPECT_EQ(moments.meanSquares(), (Numbers{1, 4, 9}));
}

TEST(InputMomentsTest, WithoutAnInputAllAreZero) {
  InputMoments moments(2, /*withProducts=*/true);
  EXPECT_EQ(moments.meanSquares(), (Numbers{0, 0}));
  EXPECT_EQ(moments.moments(), Numbers(4));
}

} // namespace
} // namespace g4rt
