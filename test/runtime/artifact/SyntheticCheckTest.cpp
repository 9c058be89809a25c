// What a file may say about weights that are made at load.

#include "runtime/artifact/ArtifactHead.h"
#include "runtime/artifact/Generator.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;

/// The toy model, whose weight is synthetic; toyScale claims to make it.
class SyntheticCheckTest : public testing::Test {
protected:
  SyntheticCheckTest() {
    artifact::WeightT &weight = model_.weight();
    weight.synthetic = std::make_unique<artifact::SyntheticT>();
    weight.synthetic->half_width = 1;
    *weight.data = artifact::Span(0, weight.data->size());
    weight.checksum = 0;
    auto generator = std::make_unique<artifact::GeneratorT>();
    generator->packing = weight.packing;
    generator->kernel = kToyScale;
    model_.tables.variants[0]->generators.push_back(std::move(generator));
    kernel().params.assign(1 + kNumGeneratorNumbers, artifact::ArgKind::number);
    kernel().params[0] = artifact::ArgKind::weight;
  }
  artifact::KernelT &kernel() { return *model_.code().kernels[kToyScale]; }
  artifact::SyntheticT &synthetic() { return *model_.weight().synthetic; }
  artifact::GeneratorT &generator() {
    return *model_.tables.variants[0]->generators[0];
  }
  std::string complaint() { return model_.complaint(); }

  ToyModel model_;
};

TEST_F(SyntheticCheckTest, AcceptsWhatIsInOrder) { EXPECT_EQ(complaint(), ""); }

TEST_F(SyntheticCheckTest, RefusesAPlaceInTheFile) {
  *model_.weight().data = artifact::Span(kHeadBytes, 64);
  EXPECT_THAT(complaint(), HasSubstr("weight values: is synthetic and has a "
                                     "place in the file"));
}

TEST_F(SyntheticCheckTest, RefusesAChecksumOfNothing) {
  model_.weight().checksum = 1;
  EXPECT_THAT(complaint(), HasSubstr("has a place in the file"));
}

TEST_F(SyntheticCheckTest, RefusesASizeThatIsNotTheShapes) {
  *model_.weight().data = artifact::Span(0, 60);
  EXPECT_THAT(complaint(), HasSubstr("its shape needs 64"));
}

TEST_F(SyntheticCheckTest, RefusesNumbersThatNoModelHas) {
  for (float bad : {std::numeric_limits<float>::infinity(),
                    std::numeric_limits<float>::quiet_NaN(), 2e6f, -1.0f}) {
    synthetic().half_width = bad;
    EXPECT_THAT(complaint(), HasSubstr("half_width is out of range")) << bad;
  }
  synthetic().half_width = 1;
  synthetic().center = NAN;
  EXPECT_THAT(complaint(), HasSubstr("out of range"));
}

TEST_F(SyntheticCheckTest, RefusesSegmentsThatDoNotFit) {
  synthetic().segments = 0;
  EXPECT_THAT(complaint(), HasSubstr("do not fit its shape"));
  synthetic().segments = 3; // of 16 rows
  EXPECT_THAT(complaint(), HasSubstr("do not fit its shape"));
  synthetic().segments = 1;
  synthetic().source_rows = 17;
  EXPECT_THAT(complaint(), HasSubstr("do not fit its shape"));
  synthetic().source_rows = ~uint64_t{0};
  EXPECT_THAT(complaint(), HasSubstr("do not fit its shape"));
}

TEST_F(SyntheticCheckTest, RefusesASegmentThatEndsInsideAPanel) {
  model_.weight().packing = generator().packing = "panel16";
  synthetic().segments = 2;
  EXPECT_THAT(complaint(), HasSubstr("a segment ends inside a panel"));
}

TEST_F(SyntheticCheckTest, RefusesMoreRowsThanAKernelCounts) {
  int64_t rows = int64_t{1} << 31;
  model_.weight().shape = {rows, 1};
  *model_.weight().data = artifact::Span(0, rows * 4);
  EXPECT_THAT(complaint(), HasSubstr("too many rows"));
}

TEST_F(SyntheticCheckTest, RefusesAWeightWithoutAGenerator) {
  generator().packing = "panel16";
  EXPECT_THAT(complaint(),
              HasSubstr("no generator for the synthetic weight values"));
  model_.tables.variants[0]->generators.clear();
  EXPECT_THAT(complaint(), HasSubstr("no generator"));
}

TEST_F(SyntheticCheckTest, RefusesAGeneratorThatIsNone) {
  generator().kernel = 4096;
  EXPECT_THAT(complaint(), HasSubstr("generator for rows: no such kernel"));
  generator().kernel = kToyEmbed;
  EXPECT_THAT(complaint(), HasSubstr("or one of other parameters"));
  generator().kernel = kToyScale;
  kernel().params.pop_back();
  EXPECT_THAT(complaint(), HasSubstr("or one of other parameters"));
}

} // namespace
} // namespace g4rt
