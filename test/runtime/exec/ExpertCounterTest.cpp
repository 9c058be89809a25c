//===- ExpertCounterTest.cpp - Which experts the rows go to ---------------===//
//
// That what is counted while a model runs is what it chose: GoldenTest.
//
//===----------------------------------------------------------------------===//

#include "runtime/exec/ExpertCounter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ExpertCounterTest : public testing::Test {
protected:
  ExpertCounter counter() {
    bytes_ = model_.metadata();
    const auto &root = *artifact::GetSizePrefixedArtifact(bytes_.data());
    return {root, *root.variants()->Get(0)->program()};
  }
  /// The first tap of each bucket is a layer's choices from 4 experts.
  void chooseExperts() {
    model_.weight().shape = {4, 2, 2};
    for (auto &bucket : model_.program().buckets) {
      auto &tap = *bucket->taps[0];
      tap.name = "layers.2.router.experts";
      model_.program().buffers[tap.buffer]->dtype = artifact::DType::i32;
    }
  }
  const artifact::TapT &firstTap() {
    return *model_.program().buckets[0]->taps[0];
  }

  ToyModel model_;
  std::string bytes_;
};

TEST_F(ExpertCounterTest, AModelWithoutExpertsHasNothingToCount) {
  EXPECT_THAT(counter().loads(), IsEmpty());
}

TEST_F(ExpertCounterTest, ALayerIsOneInAllBuckets) {
  chooseExperts();
  ExpertCounter counter = this->counter();
  ASSERT_EQ(counter.loads().size(), 1u);
  EXPECT_EQ(counter.loads()[0].layer, "layers.2");
  EXPECT_THAT(counter.loads()[0].rows, ElementsAre(0, 0, 0, 0));
  for (size_t bucket : {0, 1}) {
    const auto *choice = counter.choiceAfter(bucket, firstTap().launch);
    ASSERT_NE(choice, nullptr);
    EXPECT_EQ(choice->layer, 0u);
    EXPECT_EQ(choice->buffer->dtype(), artifact::DType::i32);
  }
  EXPECT_EQ(counter.choiceAfter(0, firstTap().launch + 1), nullptr);
}

TEST_F(ExpertCounterTest, RowsAddUpAndWhatIsNoExpertIsLeftOut) {
  chooseExperts();
  ExpertCounter counter = this->counter();
  counter.count(0, std::vector<int32_t>{3, 1, 3, -1, 4});
  counter.count(0, std::vector<int32_t>{0});
  EXPECT_THAT(counter.loads()[0].rows, ElementsAre(1, 1, 0, 2));
}

TEST_F(ExpertCounterTest, DistinctExpertsAreThoseOfTheStepAlone) {
  chooseExperts();
  ExpertCounter counter = this->counter();
  EXPECT_EQ(counter.distinctOfStep(), std::nullopt);
  counter.count(0, std::vector<int32_t>{3, 1, 3, -1, 4});
  EXPECT_EQ(counter.distinctOfStep(), 2);
  counter.count(0, std::vector<int32_t>{0, 1, 2}); // as another layer would
  EXPECT_EQ(counter.distinctOfStep(), 2.5);
  counter.beginStep();
  EXPECT_EQ(counter.distinctOfStep(), std::nullopt);
  counter.count(0, std::vector<int32_t>{2, 2});
  EXPECT_EQ(counter.distinctOfStep(), 1);
}

} // namespace
} // namespace g4rt
