//===- StepReadsTest.cpp - What a program's steps read --------------------===//
//
// What counts as read is tested in StepTrafficTest: this is how it is summed.
//
//===----------------------------------------------------------------------===//

#include "runtime/exec/StepReads.h"

#include <gtest/gtest.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

class StepReadsTest : public testing::Test {
protected:
  const artifact::Artifact &root() {
    bytes_ = model_.metadata();
    return *artifact::GetSizePrefixedArtifact(bytes_.data());
  }
  StepReads reads() {
    const artifact::Artifact &root = this->root();
    return StepReads::ofStep(root, *root.variants()->Get(0)->program());
  }
  artifact::LaunchT &firstLaunch() {
    return *model_.program().buckets[0]->launches[0];
  }

  ToyModel model_;
  std::string bytes_;
};

TEST_F(StepReadsTest, NothingIsNeededOfTheFileLater) {
  StepReads reads = this->reads();
  double before = reads.of(StepShape::decode(3, 9)).total();
  bytes_.assign(bytes_.size(), '\xFF');
  EXPECT_GT(before, 0);
  EXPECT_DOUBLE_EQ(reads.of(StepShape::decode(3, 9)).total(), before);
}

TEST_F(StepReadsTest, NoLaunchesReadNothing) {
  const artifact::Artifact &root = this->root();
  StepReads reads(root, *root.variants()->Get(0)->program(), {});
  EXPECT_EQ(reads.of(StepShape::decode(3, 9)).total(), 0);
  EXPECT_EQ(reads.cacheBytes(1, 100), 0);
}

// A head that is tied to the embedding: the table is read by rows where no row
// has logits, and all of it where one has.
TEST_F(StepReadsTest, OfAWeightTheLaunchCountsThatReadsMost) {
  const artifact::Artifact &before = this->root();
  auto lookUp = std::unique_ptr<artifact::LaunchT>(before.variants()
                                                       ->Get(0)
                                                       ->program()
                                                       ->buckets()
                                                       ->Get(0)
                                                       ->launches()
                                                       ->Get(0)
                                                       ->UnPack());
  firstLaunch().args[0] =
      artifact::Arg(artifact::ArgKind::input,
                    static_cast<uint32_t>(artifact::StepInput::positions));
  firstLaunch().grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::outputs, 1, 1, 0);
  auto &launches = model_.program().buckets[0]->launches;
  launches.insert(launches.begin(), std::move(lookUp));
  StepReads reads = this->reads();
  EXPECT_DOUBLE_EQ(reads.weightsOf({.rows = 2, .outputs = 0}).weightBytes, 8);
  EXPECT_DOUBLE_EQ(reads.weightsOf({.rows = 2, .outputs = 1}).weightBytes, 64);
}

// Keys and values of 4 bytes each in two caches, one of them of 6 positions.
TEST_F(StepReadsTest, AChunkSeesItsWindowAndItself) {
  StepReads reads = this->reads();
  EXPECT_DOUBLE_EQ(reads.cacheBytes(1, 4), 8 * (4 + 4));
  EXPECT_DOUBLE_EQ(reads.cacheBytes(1, 100), 8 * (100 + 6));
  EXPECT_DOUBLE_EQ(reads.cacheBytes(20, 100), 8 * (100 + 25));
  EXPECT_DOUBLE_EQ(reads.cacheBytes(100, 100), 8 * (100 + 100));
}

} // namespace
} // namespace g4rt
