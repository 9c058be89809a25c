#include "runtime/predict/StepWork.h"

#include <gmock/gmock.h>

#include "test/runtime/predict/CountedModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

class StepWorkTest : public testing::Test {
protected:
  Result<std::vector<StepLaunch>> read(const PredictedStep &step) {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return stepWork(root, *root.variants()->Get(0), step);
  }
  std::vector<StepLaunch> launches(const PredictedStep &step) {
    auto made = read(step);
    EXPECT_TRUE(made) << made.error().message();
    return made ? *std::move(made) : std::vector<StepLaunch>();
  }

  ToyModel model_ = countedModel();
  std::string bytes_;
};

TEST(PredictedStepTest, ADecodingRowSeesItsContextWithinTheWindow) {
  PredictedStep step = PredictedStep::decode(7, 1024);
  EXPECT_EQ(step.rows(), 7);
  EXPECT_EQ(step.outputs, 7);
  EXPECT_DOUBLE_EQ(step.seen(0), 1024);
  EXPECT_DOUBLE_EQ(step.seen(512), 512);
  EXPECT_DOUBLE_EQ(step.seen(2048), 1024);
}

TEST(PredictedStepTest, RowsOfAPromptSeeWhatIsBeforeThem) {
  EXPECT_DOUBLE_EQ(PredictedStep::prefill(0, 4).seen(0), 2.5);  // 1 2 3 4
  EXPECT_DOUBLE_EQ(PredictedStep::prefill(0, 4).seen(2), 1.75); // 1 2 2 2
  EXPECT_DOUBLE_EQ(PredictedStep::prefill(2, 2).seen(0), 3.5);  // 3 4
  EXPECT_DOUBLE_EQ(PredictedStep::prefill(2, 2).seen(1), 1);
  EXPECT_EQ(PredictedStep::prefill(2, 2).context(), 4);
}

TEST(ExpertTilesTest, AreTheMeanOverAllRoutings) {
  EXPECT_NEAR(expertTiles(4, 4, 10, 4), 12, 1e-9); // all rows are everyone's
  EXPECT_NEAR(expertTiles(4, 2, 10, 1), 20, 1e-9);
  // Two rows choose one of two experts: 1/4 none, 1/2 one, 1/4 both.
  EXPECT_NEAR(expertTiles(2, 1, 2, 2), 1.5, 1e-9);
  EXPECT_NEAR(expertTiles(2, 1, 2, 1), 2, 1e-9);
  // Far more rows than a tile has: half a tile of each expert is empty.
  EXPECT_NEAR(expertTiles(128, 8, 65536, 32), 65536 / 4.0 + 64, 3);
}

TEST_F(StepWorkTest, AStepTakesTheBucketOfItsRows) {
  EXPECT_EQ(launches(PredictedStep::decode(1, 9))[5].work.items, 1);
  // Of the second bucket a query tile has 4 rows, of one session each.
  EXPECT_EQ(launches(PredictedStep::decode(3, 9))[5].work.items, 3);
  EXPECT_EQ(launches(PredictedStep::prefill(0, 9))[5].work.items, 3);
}

TEST_F(StepWorkTest, ALaunchReadsItsWeightFromMemoryAndAllElseFromTheCache) {
  StepLaunch embed = launches(PredictedStep::decode(3, 9))[0];
  EXPECT_EQ(embed.kind, "toyEmbed");
  EXPECT_EQ(embed.work.items, 3);
  EXPECT_EQ(embed.work.memoryBytes, 12); // a row of 4 bytes for each token
  // 3 blocks of 32 threads, 3 parameters, 8 bytes and a round of 4.
  EXPECT_EQ(embed.work.cacheBytes, 3 * 32 * 3 * 12);
  EXPECT_EQ(embed.work.thread.instructions, 110);
  EXPECT_EQ(embed.work.thread.waits, 6 + 3);
}

TEST_F(StepWorkTest, AttentionHasARoundForEachPage) {
  auto made = launches(PredictedStep::decode(2, 17));
  EXPECT_EQ(made[2].kind, "attention"); // of all positions, pages of 4
  EXPECT_EQ(made[2].work.thread.instructions, 100 + 5 * 10);
  EXPECT_EQ(made[4].work.thread.instructions, 100 + 2 * 10); // the last 6
}

TEST_F(StepWorkTest, BlocksThatShareKeysHaveRoundsOnlyAsFarAsThereAreKeys) {
  for (auto &bucket : model_.program().buckets)
    bucket->launches[2]->grid_y =
        std::make_unique<artifact::Extent>(artifact::StepDim::one, 64, 1, 0);
  model_.program().buffers[1]->rows = std::make_unique<artifact::Extent>(
      artifact::StepDim::key_positions, 1, 1, 0);
  StepLaunch attention = launches(PredictedStep::decode(2, 17))[2];
  EXPECT_EQ(attention.work.items, 2 * 5);
  EXPECT_EQ(attention.work.thread.instructions, 110);
}

TEST_F(StepWorkTest, AGridOfGroupedExpertsIsAsLongAsItsTiles) {
  using artifact::Extent;
  using artifact::StepDim;
  model_.weight().shape = {4, 2, 2};
  auto &launch = *model_.program().buckets[1]->launches[0];
  launch.grid_x = std::make_unique<Extent>(StepDim::tokens, 4, 4, 4);
  StepLaunch experts = launches(PredictedStep::decode(10, 1))[0];
  EXPECT_EQ(experts.kind, "experts");
  EXPECT_NEAR(experts.work.items, 12, 1e-9); // of the grid's 14
}

TEST_F(StepWorkTest, WithoutOutputsTheHeadHasNoLaunch) {
  size_t number = launches(PredictedStep::prefill(0, 4)).size();
  PredictedStep step = PredictedStep::prefill(0, 4);
  step.outputs = 0;
  EXPECT_EQ(launches(step).size(), number - 1);
}

TEST_F(StepWorkTest, KernelsThatWereNotCountedAreRefused) {
  model_.code().kernels[kToyTiles]->round = nullptr;
  auto made = read(PredictedStep::decode(1, 9));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), StatusCode::NotFound);
  EXPECT_THAT(made.error().message(), HasSubstr("kernel toyTiles of"));
}

} // namespace
} // namespace g4rt
