#include "runtime/exec/TrafficCounter.h"

#include <gtest/gtest.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

// The toy's table has 16 rows of 4 bytes; keys and values take 4 bytes a
// position each in two caches, one of them of 6 positions.
class TrafficCounterTest : public testing::Test {
protected:
  TrafficCounter counter() {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return {root, *root.variants()->Get(0)->program()};
  }
  static StepPlan rows(int32_t slot, int64_t first, int64_t count) {
    StepPlan plan;
    addRows(plan, slot, first, count);
    return plan;
  }
  static void addRows(StepPlan &plan, int32_t slot, int64_t first,
                      int64_t count) {
    for (int64_t position = first; position < first + count; ++position)
      plan.addRow(1, position, slot);
    plan.addOutput();
  }
  /// The table becomes 4 experts of 16 bytes, of which a row chooses 2.
  void chooseExperts() {
    artifact::LaunchT &launch = *model_.program().buckets[0]->launches[0];
    launch.args[0] =
        artifact::Arg(artifact::ArgKind::input,
                      static_cast<uint32_t>(artifact::StepInput::positions));
    launch.grid_x =
        std::make_unique<artifact::Extent>(artifact::StepDim::tokens, 2, 1, 0);
    model_.weight().shape = {4, 2, 2};
  }

  ToyModel model_;
  std::string bytes_;
};

TEST_F(TrafficCounterTest, NothingIsReadBeforeTheFirstStep) {
  EXPECT_EQ(counter().readBytes(), 0);
}

TEST_F(TrafficCounterTest, AStepReadsItsTableRowsAndWhatItSees) {
  TrafficCounter counter = this->counter();
  counter.add(rows(0, 3, 1), {});
  EXPECT_DOUBLE_EQ(counter.readBytes(), 4 + 8 * (4 + 4));
}

TEST_F(TrafficCounterTest, EachSequenceReadsItsOwnCache) {
  TrafficCounter counter = this->counter();
  StepPlan plan = rows(0, 3, 1);
  addRows(plan, 2, 99, 1);
  counter.add(plan, {});
  EXPECT_DOUBLE_EQ(counter.readBytes(), 2 * 4 + 8 * (4 + 4) + 8 * (100 + 6));
}

TEST_F(TrafficCounterTest, RowsOfAPromptShareWhatTheySee) {
  TrafficCounter counter = this->counter();
  counter.add(rows(1, 10, 5), {}); // positions 10 to 14
  // Of the window: the six before and of the first, and four more.
  EXPECT_DOUBLE_EQ(counter.readBytes(), 5 * 4 + 8 * (15 + 10));
}

TEST_F(TrafficCounterTest, StepsAddUp) {
  TrafficCounter counter = this->counter();
  counter.add(rows(0, 0, 1), {});
  double first = counter.readBytes();
  counter.add(rows(0, 0, 1), {});
  EXPECT_GT(first, 0);
  EXPECT_DOUBLE_EQ(counter.readBytes(), 2 * first);
}

TEST_F(TrafficCounterTest, ExpertsAreThoseThatWereChosen) {
  chooseExperts();
  double caches = 8 * (1 + 1) * 2;
  StepPlan plan = rows(0, 0, 1);
  addRows(plan, 1, 0, 1);
  TrafficCounter random = counter(), known = counter();
  random.add(plan, {});
  known.add(plan, 2);
  EXPECT_DOUBLE_EQ(random.readBytes(), 48 + caches); // 4 (1 - 1/4)
  EXPECT_DOUBLE_EQ(known.readBytes(), 32 + caches);
}

// What a server asks in every step is what `g4c predict` and `g4rt bench` say.
TEST_F(TrafficCounterTest, AgreesWithTheTrafficOfAStep) {
  TrafficCounter counter = this->counter();
  const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
  StepPlan plan;
  for (int32_t slot : {0, 1, 2})
    addRows(plan, slot, 8, 1);
  counter.add(plan, {});
  EXPECT_DOUBLE_EQ(counter.readBytes(),
                   stepTraffic(root, *root.variants()->Get(0)->program(),
                               StepShape::decode(3, 9))
                       .total());
}

} // namespace
} // namespace g4rt
