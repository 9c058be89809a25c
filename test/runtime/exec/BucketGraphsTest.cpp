#include "runtime/exec/BucketGraphs.h"

#include "runtime/device/cuda/CudaDevice.h"

#include <gtest/gtest.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

class BucketGraphsTest : public testing::Test {
protected:
  BucketGraphsTest() {
    model_.makeGpuProgram();
    auto device = createCudaDevice(0, driver_.table());
    EXPECT_TRUE(device) << device.error().message();
    device_ = *std::move(device);
  }
  artifact::LaunchT &launch(size_t number) {
    return *model_.program().buckets[1]->launches[number];
  }
  bool canBeGraph() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(
        artifact::Bucket::Pack(builder, model_.program().buckets[1].get()));
    return g4rt::canBeGraph(
        *flatbuffers::GetRoot<artifact::Bucket>(builder.GetBufferPointer()));
  }
  /// Adds an empty graph for steps within `largest`.
  void capture(const StepSizes &largest) {
    Status status =
        graphs_.capture(*device_, largest, [&](const StepSizes &sizes) {
          EXPECT_EQ(sizes.tokens, largest.tokens);
          return std::vector<KernelCall>();
        });
    EXPECT_TRUE(status.ok()) << status.message();
  }

  ToyModel model_;
  ScriptedDriver driver_;
  std::unique_ptr<Device> device_;
  BucketGraphs graphs_; // of the device, so they go before it
};

TEST_F(BucketGraphsTest, LaunchesThatReadTheirSizesCanBeAGraph) {
  EXPECT_TRUE(canBeGraph());
}

TEST_F(BucketGraphsTest, ALaunchThatTakesASizeByValueCannot) {
  launch(3).args[0] = artifact::Arg(artifact::ArgKind::dim, 1);
  EXPECT_FALSE(canBeGraph());
}

TEST_F(BucketGraphsTest, ALaunchThatDoesNotKnowItsItemsCannot) {
  launch(3).args.pop_back();
  EXPECT_FALSE(canBeGraph());
  launch(3).grid_x =
      std::make_unique<artifact::Extent>(artifact::StepDim::one, 7, 1, 0);
  EXPECT_TRUE(canBeGraph()); // always all of them
}

TEST_F(BucketGraphsTest, ALaunchOfRowsThatTheStepDecidesCannot) {
  launch(3).grid_y =
      std::make_unique<artifact::Extent>(artifact::StepDim::tokens, 1, 1, 0);
  EXPECT_FALSE(canBeGraph());
}

TEST_F(BucketGraphsTest, NoStepOfOneOutputASequenceIsLargerThanTheLargest) {
  ExecutorLimits limits;
  limits.numSlots = 4;
  limits.maxStepOutputs = 16;
  limits.pagesPerSlot = 10;
  limits.pageSize = 4;
  StepSizes sizes = largestStep(16, 8, limits);
  EXPECT_EQ(sizes.tokens, 16);
  EXPECT_EQ(sizes.outputs, 4);
  EXPECT_EQ(sizes.queryTiles, 6); // of rows 1, 1, 1 and 13
  EXPECT_EQ(sizes.keyPositions, 40);
  EXPECT_EQ(largestStep(2, 8, limits).outputs, 2);
  EXPECT_EQ(largestStep(2, 8, limits).queryTiles, 2);
}

TEST_F(BucketGraphsTest, AStepThatNoGraphHoldsHasNone) {
  EXPECT_FALSE(graphs_.find({1, 1, 1, 1}));
  capture({8, 4, 6, 40});
  EXPECT_TRUE(graphs_.find({8, 4, 6, 40}));
  EXPECT_TRUE(graphs_.find({1, 0, 1, 1}));
  for (StepSizes larger : {StepSizes{9, 4, 6, 40}, StepSizes{8, 5, 6, 40},
                           StepSizes{8, 4, 7, 40}, StepSizes{8, 4, 6, 41}})
    EXPECT_FALSE(graphs_.find(larger));
}

TEST_F(BucketGraphsTest, AStepTakesTheSmallestGraphThatHoldsIt) {
  for (int64_t rows : {2, 4, 8})
    capture({rows, rows, rows, 40});
  const KernelGraph *two = graphs_.find({2, 1, 1, 40});
  const KernelGraph *four = graphs_.find({3, 1, 1, 40});
  const KernelGraph *eight = graphs_.find({5, 1, 1, 40});
  EXPECT_EQ(graphs_.find({1, 1, 1, 40}), two);
  EXPECT_EQ(graphs_.find({4, 4, 4, 40}), four);
  EXPECT_EQ(graphs_.find({2, 2, 5, 40}), eight);
  EXPECT_NE(two, four);
  EXPECT_NE(four, eight);
}

TEST_F(BucketGraphsTest, GraphsHoldTwiceTheRowsOfAStepAtMost) {
  using Rows = std::vector<int64_t>;
  EXPECT_EQ(graphRows(0, 1), Rows({1}));
  EXPECT_EQ(graphRows(1, 8), Rows({2, 4, 8}));
  EXPECT_EQ(graphRows(128, 2048), Rows({256, 512, 1024, 2048}));
  EXPECT_EQ(graphRows(128, 600), Rows({256, 512, 600}));
  EXPECT_EQ(graphRows(3, 6), Rows({4, 6}));
  EXPECT_EQ(graphRows(0, 65536).size(), 17u);
}

TEST_F(BucketGraphsTest, ABucketThatNoStepIsOfHasNoGraph) {
  EXPECT_TRUE(graphRows(32, 32).empty());
  EXPECT_TRUE(graphRows(32, 8).empty());
}

} // namespace
} // namespace g4rt
