#include "runtime/predict/Prediction.h"

#include <gtest/gtest.h>

#include "test/runtime/predict/CountedModel.h"

namespace g4rt {
namespace {

class PredictionTest : public testing::Test {
protected:
  PredictionTest() {
    auto card = findCard("RTX 4090");
    EXPECT_TRUE(card);
    auto machine = machineOf(*card);
    EXPECT_TRUE(machine) << machine.error().message();
    machine_ = *machine;
    bytes_ = model_.metadata();
  }
  const artifact::Artifact &root() {
    return *artifact::GetSizePrefixedArtifact(bytes_.data());
  }
  StepPrediction predict(const PredictedStep &step) {
    auto made = predictStep(root(), *root().variants()->Get(0), step, machine_);
    EXPECT_TRUE(made) << made.error().message();
    return *std::move(made);
  }

  ToyModel model_ = countedModel();
  std::string bytes_;
  Machine machine_;
};

TEST_F(PredictionTest, SumsOfKernelsAndOfKindsAreTheWholeStep) {
  StepPrediction step = predict(PredictedStep::decode(3, 9));
  EXPECT_EQ(step.numLaunches, 7);
  for (const auto *sums : {&step.kernels, &step.kinds}) {
    double seconds = 0;
    int64_t count = 0;
    for (const LaunchSum &sum : *sums) {
      seconds += sum.time.seconds;
      count += sum.count;
    }
    EXPECT_NEAR(seconds, step.time.seconds, 1e-12);
    EXPECT_EQ(count, step.numLaunches);
  }
  EXPECT_DOUBLE_EQ(step.tokensPerSecond(), 3 / step.time.seconds);
}

TEST_F(PredictionTest, WhatTheCacheHoldsComesFromThere) {
  EXPECT_EQ(predict(PredictedStep::decode(3, 9)).memoryBytes, 0);
  machine_.cacheBytes = 1;
  StepPrediction step = predict(PredictedStep::decode(3, 9));
  // 3 rows of the table, 9 positions of a cache and 6 of the other of 3
  // sessions, 8 bytes each.
  EXPECT_EQ(step.memoryBytes, 12 + 3 * (9 + 6) * 8);
  EXPECT_DOUBLE_EQ(step.limitSeconds,
                   step.memoryBytes / machine_.readBandwidth);
}

TEST_F(PredictionTest, APromptIsCutAndOnlyItsLastStepHasLogits) {
  auto steps = predictPrompt(root(), *root().variants()->Get(0), /*tokens=*/10,
                             /*chunk=*/4, machine_);
  ASSERT_TRUE(steps);
  ASSERT_EQ(steps->size(), 3u);
  EXPECT_EQ((*steps)[1].step.firstPosition, 4);
  EXPECT_EQ((*steps)[1].step.outputs, 0);
  EXPECT_EQ((*steps)[1].numLaunches, 6);
  EXPECT_EQ((*steps)[2].step.rows(), 2);
  EXPECT_EQ((*steps)[2].numLaunches, 7);
}

} // namespace
} // namespace g4rt
