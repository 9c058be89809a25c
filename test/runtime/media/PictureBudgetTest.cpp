#include "runtime/media/PictureBudget.h"

#include "TestPictures.h"

namespace g4rt {
namespace {

TEST(PictureBudgetTest, SizesAreThoseOfTheProcessor) {
  json::object expected = expectedPictures();
  const json::array &sizes = expected.at("sizes").as_array();
  ASSERT_GT(sizes.size(), 2000u);
  for (const json::value &one : sizes) {
    auto number = [&](size_t i) { return one.at(i).to_number<int64_t>(); };
    PictureSize seen = sizeForBudget({number(0), number(1)}, number(2));
    ASSERT_EQ(seen, (PictureSize{number(3), number(4)})) << one;
    ASSERT_LE(numSoftTokens(seen), number(2)) << one;
    ASSERT_GT(numSoftTokens(seen), 0) << one;
  }
}

TEST(PictureBudgetTest, SoftTokensAreCellsOf48Pixels) {
  EXPECT_EQ(numSoftTokens(sizeForBudget({1024, 768}, 280)), 266);
  EXPECT_EQ(numSoftTokens(sizeForBudget({1024, 768}, 1120)), 1064);
}

TEST(PictureBudgetTest, OtherBudgetsAreRefused) {
  for (int64_t budget : kSoftTokenBudgets)
    EXPECT_TRUE(checkSoftTokenBudget(budget).ok());
  EXPECT_EQ(checkSoftTokenBudget(300).message(),
            "max_soft_tokens is 300, needs to be 70, 140, 280, 560 or 1120");
}

} // namespace
} // namespace g4rt
