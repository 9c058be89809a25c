// The figures of rows whose values are known by hand.

#include "runtime/evaluate/Agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace g4rt {
namespace {

RowDifference compared(std::vector<float> logits, std::vector<float> reference,
                       int32_t next) {
  auto row = compareRows(logits, reference, next);
  EXPECT_TRUE(row) << row.error().message();
  return row ? *row : RowDifference();
}

TEST(AgreementTest, ARowAgainstItselfIsNoDifference) {
  RowDifference row = compared({1, 2, 3}, {1, 2, 3}, 1);
  EXPECT_EQ(row.kl, 0);
  EXPECT_EQ(row.loss, row.referenceLoss);
  EXPECT_NEAR(row.loss, std::log(std::exp(-1) + 1 + std::exp(1)), 1e-12);
  EXPECT_TRUE(row.sameTop);
}

TEST(AgreementTest, TheDivergenceIsThatOfTheReferenceToTheModel) {
  // p = (3/4, 1/4), q = (1/2, 1/2), both logits raised, which changes nothing.
  auto log3 = static_cast<float>(std::log(3.0));
  RowDifference row = compared({100, 100}, {50 + log3, 50}, 0);
  EXPECT_NEAR(row.kl, 0.75 * std::log(1.5) + 0.25 * std::log(0.5), 1e-6);
  EXPECT_NEAR(row.loss, std::log(2), 1e-12);
  EXPECT_NEAR(row.referenceLoss, std::log(4.0 / 3), 1e-6);
}

TEST(AgreementTest, TheLowestOfEqualTokensIsTheTop) {
  EXPECT_TRUE(compared({2, 2, 1}, {5, 4, 1}, 0).sameTop);
  EXPECT_FALSE(compared({2, 2, 1}, {4, 5, 1}, 0).sameTop);
}

TEST(AgreementTest, ALogitThatIsNotFiniteIsAnError) {
  float infinity = std::numeric_limits<float>::infinity();
  for (float wrong : {infinity, -infinity, std::nanf("")}) {
    EXPECT_FALSE(
        compareRows(std::vector<float>{1, wrong}, std::vector<float>{1, 2}, 0));
    EXPECT_FALSE(
        compareRows(std::vector<float>{1, 2}, std::vector<float>{wrong, 2}, 1));
  }
}

TEST(AgreementTest, PercentilesLieOnAStraightLineBetweenRows) {
  Agreement agreement;
  for (int i = 100; i >= 0; --i) // 0 to 1 in steps of 1/100, unsorted
    agreement.add(
        {.loss = 1, .referenceLoss = 2, .kl = i / 100.0, .sameTop = i % 2 == 0},
        /*expertsChanged=*/i == 7);
  AgreementFigures figures = agreement.figures();
  EXPECT_EQ(figures.rows, 101);
  EXPECT_NEAR(figures.klMean, 0.5, 1e-12);
  EXPECT_NEAR(figures.kl99, 0.99, 1e-12);
  EXPECT_NEAR(figures.kl999, 0.999, 1e-12);
  EXPECT_EQ(figures.klMax, 1);
  EXPECT_NEAR(figures.perplexity, std::exp(1.0), 1e-12);
  EXPECT_NEAR(figures.referencePerplexity, std::exp(2.0), 1e-12);
  EXPECT_NEAR(figures.topAgreement, 51.0 / 101, 1e-12);
  EXPECT_NEAR(figures.expertsChanged, 1.0 / 101, 1e-12);
}

TEST(AgreementTest, WithoutRowsThereAreZeros) {
  EXPECT_EQ(Agreement().figures().rows, 0);
  EXPECT_EQ(Agreement().figures().perplexity, 0);
}

} // namespace
} // namespace g4rt
