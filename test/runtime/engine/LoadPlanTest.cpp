#include "runtime/engine/LoadPlan.h"

#include "runtime/device/cuda/CudaDevice.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class LoadPlanTest : public testing::Test {
protected:
  LoadPlan plan(const LoadOptions &options) {
    bytes_ = model_.metadata();
    auto plan = planLoad(root(), options);
    EXPECT_TRUE(plan) << plan.error().message();
    return *std::move(plan);
  }
  const artifact::Artifact &root() const {
    return *artifact::GetSizePrefixedArtifact(bytes_.data());
  }

  ToyModel model_;
  std::string bytes_;
  LoadOptions options_{.numThreads = 1,
                       .executor = {.maxSequences = 4, .maxModelLength = 40}};
};

TEST_F(LoadPlanTest, WhatDoesNotFitIsPlannedAllTheSameAndSaysWhatWould) {
  uint64_t needed = neededBytes(plan(options_).fitted.memory);
  options_.memoryBytes = needed - 1;
  LoadPlan made = plan(options_);
  EXPECT_EQ(neededBytes(made.fitted.memory), needed);
  EXPECT_EQ(made.fitted.fit.code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(made.fitted.fit.message(),
              HasSubstr("; --max-num-seqs 3 or --max-model-len "));
}

TEST_F(LoadPlanTest, ALimitLeavesRoomForTheProcess) {
  uint64_t needed = neededBytes(plan(options_).fitted.memory);
  options_.memoryLimit = needed + kProcessBytes;
  LoadPlan made = plan(options_);
  EXPECT_TRUE(made.fitted.fit.ok());
  EXPECT_EQ(made.limitBytes, needed);
  *options_.memoryLimit -= 1;
  EXPECT_FALSE(plan(options_).fitted.fit.ok());
  options_.memoryLimit = 5;
  EXPECT_EQ(plan(options_).limitBytes, 0u);
  // Of two limits the lower one holds.
  options_.memoryLimit = uint64_t{1} << 40;
  options_.memoryBytes = needed - 1;
  EXPECT_FALSE(plan(options_).fitted.fit.ok());
}

TEST_F(LoadPlanTest, ALimitOnAGpuMakesFewerPages) {
  model_.makeGpuProgram();
  ScriptedDriver driver;
  options_.openDevice = [&](artifact::DeviceKind kind, int ordinal) {
    return kind == artifact::DeviceKind::cuda
               ? createCudaDevice(ordinal, driver.table())
               : machineDevices(1)(kind, ordinal);
  };
  MemoryPlan whole = plan(options_).fitted.memory;
  options_.memoryLimit = neededBytes(whole) - 1;
  LoadPlan made = plan(options_);
  EXPECT_TRUE(made.fitted.fit.ok());
  EXPECT_EQ(made.fitted.memory.limits.numPages, whole.limits.numPages - 1);
  EXPECT_GT(made.marginBytes, 0u);
  options_.memoryLimit = 1;
  EXPECT_THAT(plan(options_).fitted.fit.message(),
              StartsWith("cuda:0 Toy GPU"));
}

TEST_F(LoadPlanTest, TheReportHasTheLimitOfTheWholeProcess) {
  options_.memoryLimit = uint64_t{1} << 30;
  LoadPlan made = plan(options_);
  auto report = reportOn(root(), made, options_);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->limitBytes, uint64_t{1} << 30);
  EXPECT_EQ(report->marginBytes, kProcessBytes);
  EXPECT_EQ(report->maxModelLength, 40);
  EXPECT_TRUE(report->fits());
}

} // namespace
} // namespace g4rt
