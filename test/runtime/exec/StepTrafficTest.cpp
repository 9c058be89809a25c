#include "runtime/exec/StepTraffic.h"

#include <gtest/gtest.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

class StepTrafficTest : public testing::Test {
protected:
  StepTraffic traffic(int64_t sessions, int64_t context) {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return stepTraffic(root, *root.variants()->Get(0)->program(),
                       StepShape::decode(sessions, context));
  }
  StepTraffic traffic(const StepShape &shape) {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return stepTraffic(root, *root.variants()->Get(0)->program(), shape);
  }
  artifact::LaunchT &firstLaunch() {
    return *model_.program().buckets[0]->launches[0];
  }
  /// The toy's table of 16 rows as a weight that all of a step reads.
  void readWhole() {
    firstLaunch().args[0] =
        artifact::Arg(artifact::ArgKind::input,
                      static_cast<uint32_t>(artifact::StepInput::positions));
  }

  ToyModel model_;
  std::string bytes_;
};

TEST(DistinctExpertsTest, AreThoseThatSomeTokenChooses) {
  EXPECT_DOUBLE_EQ(distinctExperts(128, 8, 1), 8);
  // 128 (1 - (15/16)^8)
  EXPECT_NEAR(distinctExperts(128, 8, 8), 51.6, 0.05);
  EXPECT_NEAR(distinctExperts(128, 8, 10000), 128, 1e-9);
  EXPECT_DOUBLE_EQ(distinctExperts(4, 8, 3), 4);
}

TEST_F(StepTrafficTest, ATableThatIsLookedUpIsReadARowASession) {
  EXPECT_DOUBLE_EQ(traffic(1, 0).weightBytes, 4); // of 64 bytes in 16 rows
  EXPECT_DOUBLE_EQ(traffic(3, 0).weightBytes, 12);
  EXPECT_DOUBLE_EQ(traffic(100, 0).weightBytes, 64);
}

TEST_F(StepTrafficTest, AWeightIsReadOnceForAllSessions) {
  readWhole();
  for (int64_t sessions : {1, 7})
    EXPECT_DOUBLE_EQ(traffic(sessions, 0).weightBytes, 64);
}

TEST_F(StepTrafficTest, OfExpertsThoseThatAreChosen) {
  readWhole();
  model_.weight().shape = {4, 2, 2};
  firstLaunch().grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::tokens, 2, 1, 0);
  EXPECT_DOUBLE_EQ(traffic(1, 0).expertBytes, 32); // 2 of 4
  EXPECT_DOUBLE_EQ(traffic(2, 0).expertBytes, 48); // 4 (1 - 1/4)
  EXPECT_DOUBLE_EQ(traffic(1, 0).weightBytes, 0);
}

TEST_F(StepTrafficTest, ProductsAreThoseOfTheRowsAndOfTheirExperts) {
  EXPECT_DOUBLE_EQ(traffic(3, 0).products, 0); // a row is looked up
  readWhole();
  double matrix = traffic(1, 0).products;
  EXPECT_GT(matrix, 0);
  EXPECT_DOUBLE_EQ(traffic(7, 0).products, 7 * matrix);
  model_.weight().shape = {4, 2, 2};
  firstLaunch().grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::tokens, 2, 1, 0);
  EXPECT_DOUBLE_EQ(traffic(3, 0).products, 3 * 2 * 4);
}

TEST_F(StepTrafficTest, WithoutOutputsTheHeadIsNotRead) {
  readWhole();
  firstLaunch().grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::outputs, 1, 1, 0);
  EXPECT_DOUBLE_EQ(traffic({.rows = 5, .outputs = 0}).weightBytes, 0);
  EXPECT_DOUBLE_EQ(traffic({.rows = 5, .outputs = 0}).products, 0);
  EXPECT_DOUBLE_EQ(traffic({.rows = 5, .outputs = 1}).weightBytes, 64);
}

TEST_F(StepTrafficTest, KnownExpertsAreCounted) {
  readWhole();
  model_.weight().shape = {4, 2, 2};
  firstLaunch().grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::tokens, 2, 1, 0);
  StepShape shape = StepShape::decode(2, 0);
  shape.distinctExperts = 2.5;
  EXPECT_DOUBLE_EQ(traffic(shape).expertBytes, 40);
}

// Keys and values of 4 bytes each in two caches, one of them of 6 positions.
TEST_F(StepTrafficTest, CachesAreReadAsFarAsTheyAreSeen) {
  EXPECT_DOUBLE_EQ(traffic(1, 4).cacheBytes, 8 * (4 + 4));
  EXPECT_DOUBLE_EQ(traffic(2, 100).cacheBytes, 2 * 8 * (100 + 6));
  EXPECT_DOUBLE_EQ(traffic(5, 0).cacheBytes, 0);
}

} // namespace
} // namespace g4rt
