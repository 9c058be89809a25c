// A ladder against all choices that there are.

#include "compiler/quantize/FormatLadder.h"

#include <gtest/gtest.h>

#include <random>

namespace g4 {
namespace {

FormatUnit unit(std::vector<FormatOption> options) {
  return {.weights = {}, .options = std::move(options)};
}

FormatOption option(uint64_t bytes, double loss) {
  return {.format = nullptr, .bytes = bytes, .loss = loss};
}

TEST(FormatLadder, BeginsWithTheFewestBytes) {
  FormatLadder ladder({unit({option(16, 0), option(4, 9), option(8, 2)}),
                       unit({option(20, 0), option(10, 1)})});
  EXPECT_EQ(ladder.bytesAt(0), 14u);
  EXPECT_DOUBLE_EQ(ladder.lossAt(0), 10);
}

TEST(FormatLadder, TakesAwayMostLossForAByteFirst) {
  FormatLadder ladder({unit({option(4, 9), option(8, 2), option(16, 0)}),
                       unit({option(10, 1), option(20, 0)})});
  // 7/4, then 2/8, then 1/10 for each byte.
  ASSERT_EQ(ladder.top(), 3u);
  EXPECT_EQ(ladder.bytesAt(1), 18u);
  EXPECT_EQ(ladder.bytesAt(2), 26u);
  EXPECT_EQ(ladder.bytesAt(3), 36u);
  EXPECT_DOUBLE_EQ(ladder.lossAt(3), 0);
}

TEST(FormatLadder, LeavesOutWhatIsNotWorthItsBytes) {
  // More bytes and no less loss; and a step that a larger one makes cheaper.
  FormatLadder ladder({unit(
      {option(4, 9), option(5, 9), option(6, 8), option(8, 1), option(9, 2)})});
  ASSERT_EQ(ladder.top(), 1u);
  EXPECT_EQ(ladder.choiceAt(1)[0]->bytes, 8u);
}

TEST(FormatLadder, OfOptionsOfTheSameBytesTakesTheOneThatLosesLess) {
  FormatLadder ladder({unit({option(4, 9), option(4, 3)})});
  EXPECT_EQ(ladder.top(), 0u);
  EXPECT_DOUBLE_EQ(ladder.lossAt(0), 3);
}

/// The least loss of all choices within `maxBytes`.
double leastLoss(const std::vector<FormatUnit> &units, size_t next,
                 uint64_t maxBytes) {
  if (next == units.size())
    return 0;
  double least = 1e30;
  for (const FormatOption &o : units[next].options)
    if (o.bytes <= maxBytes)
      least = std::min(least,
                       o.loss + leastLoss(units, next + 1, maxBytes - o.bytes));
  return least;
}

TEST(FormatLadder, NoChoiceOfAsManyBytesLosesLess) {
  std::mt19937 random(5);
  for (int round = 0; round < 50; ++round) {
    std::vector<FormatUnit> units;
    for (int i = 0; i < 4; ++i) {
      std::vector<FormatOption> options;
      for (int j = 0; j < 4; ++j)
        options.push_back(option(1 + random() % 50, double(random() % 100)));
      units.push_back(unit(options));
    }
    FormatLadder ladder(units);
    for (size_t height = 0; height <= ladder.top(); ++height)
      EXPECT_LE(ladder.lossAt(height),
                leastLoss(units, 0, ladder.bytesAt(height)) + 1e-9);
  }
}

} // namespace
} // namespace g4
