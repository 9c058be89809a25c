// checkReaches through checkArtifact: launches that would leave their memory.

#include "runtime/artifact/ArtifactCheck.h"

#include <gmock/gmock.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using artifact::Arg;
using artifact::ArgKind;
using artifact::Extent;
using artifact::StepDim;
using testing::HasSubstr;

class ReachCheckTest : public testing::Test {
protected:
  std::string complaint() { return model_.complaint(); }
  artifact::ProgramT &program() { return model_.program(); }
  artifact::BucketT &bucket() { return *program().buckets[1]; }
  artifact::LaunchT &launch(size_t i) { return *bucket().launches[i]; }
  artifact::KernelT &kernel(uint32_t i) { return *model_.code().kernels[i]; }

  ToyModel model_;
};

TEST_F(ReachCheckTest, AcceptsWhatTheKernelsAreMadeFor) {
  EXPECT_EQ(complaint(), "");
}

TEST_F(ReachCheckTest, RefusesAGridThatIsLargerThanItsKernels) {
  *launch(0).grid_x = Extent(StepDim::tokens, 1, 1, 2);
  EXPECT_THAT(complaint(),
              HasSubstr("launch embed: grid_x is ceil(tokens * 1 / 1) + 2, its "
                        "kernel is made for ceil(tokens * 1 / 1) + 0"));
}

TEST_F(ReachCheckTest, RefusesEveryOtherGrid) {
  for (Extent grid :
       {Extent(StepDim::tokens, 2, 1, 0), Extent(StepDim::tokens, 2, 2, 0),
        Extent(StepDim::key_positions, 1, 1, 0), Extent(StepDim::one, 9, 1, 0)})
    for (auto field :
         {&artifact::LaunchT::grid_x, &artifact::LaunchT::grid_y}) {
      std::unique_ptr<Extent> &place = launch(1).*field;
      Extent before = *place;
      *place = grid;
      EXPECT_THAT(complaint(), HasSubstr("its kernel is made for"));
      *place = before;
    }
}

TEST_F(ReachCheckTest, RefusesAKernelThatSaysNothing) {
  kernel(kToyEmbed).uses.clear();
  EXPECT_THAT(complaint(), HasSubstr("kernel toyEmbed says nothing"));
}

TEST_F(ReachCheckTest, RefusesABufferOfOtherSize) {
  program().buffers[0]->cols = 2;
  EXPECT_THAT(complaint(), HasSubstr("buffer x: bytes of a row is 8"));
  program().buffers[0]->cols = 1;
  *program().buffers[0]->rows = Extent(StepDim::tokens, 2, 1, 0);
  EXPECT_THAT(complaint(), HasSubstr("buffer x: rows is ceil(tokens * 2"));
}

TEST_F(ReachCheckTest, RefusesASmallerWeight) {
  for (auto &kernel : model_.code().kernels)
    for (auto &use : kernel->uses)
      for (artifact::Reach &reach : use->reaches)
        if (reach.bytes() == 64 && reach.rows().mul() == 0)
          reach = artifact::Reach(68, reach.rows(), 0, false);
  EXPECT_THAT(complaint(), HasSubstr("weight values: bytes is 64, its kernel "
                                     "is made for 68"));
}

TEST_F(ReachCheckTest, RefusesACacheOfOtherPages) {
  program().caches[0]->head_dim = 2;
  EXPECT_THAT(complaint(), HasSubstr("cache all: bytes of a page"));
}

TEST_F(ReachCheckTest, RefusesAnotherInput) {
  launch(0).args[0] = Arg(ArgKind::input, 2); // slots in place of token ids
  EXPECT_THAT(complaint(), HasSubstr("argument 0: number of its input"));
}

TEST_F(ReachCheckTest, RefusesAQueryTileOfOtherSize) {
  for (auto &use : kernel(kToyTiles).uses)
    use->query_tile = 4;
  program().buckets[0]->query_tile = 4;
  EXPECT_EQ(complaint(), "");
  bucket().query_tile = 8;
  EXPECT_THAT(complaint(), HasSubstr("query_tile of its bucket is 8"));
}

//===----------------------------------------------------------------------===//
// Nothing is read that was not written
//===----------------------------------------------------------------------===//

TEST_F(ReachCheckTest, RefusesALaunchWithoutTheOneBefore) {
  bucket().launches.erase(bucket().launches.begin()); // embed
  EXPECT_THAT(complaint(),
              HasSubstr("buffer x: the launch reads it, and no launch before"));
}

TEST_F(ReachCheckTest, RefusesLaunchesInAnotherOrder) {
  std::swap(bucket().launches[0], bucket().launches[1]);
  EXPECT_THAT(complaint(), HasSubstr("buffer x: the launch reads it"));
}

TEST_F(ReachCheckTest, RefusesAStorageThatIsOverwrittenTooSoon) {
  program().buffers[1]->storage = 0; // y where x is
  EXPECT_THAT(complaint(), HasSubstr("buffer x: the launch reads it"));
}

TEST_F(ReachCheckTest, RefusesResultsThatShareWhatTheLaunchReads) {
  program().buffers[3]->storage = 1; // logits where y is, which it reads
  EXPECT_THAT(complaint(), HasSubstr("buffer y: the launch itself reads it"));
}

TEST_F(ReachCheckTest, RefusesLogitsThatNobodyWrites) {
  bucket().launches.pop_back();
  bucket().taps.clear();
  EXPECT_THAT(complaint(), HasSubstr("buffer logits: the host reads it"));
}

} // namespace
} // namespace g4rt
