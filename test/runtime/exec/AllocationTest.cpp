// What the plan promises: nothing is allocated in a step. Every allocation of
// this program is counted while a test asks for it.

#include "runtime/device/cpu/CpuDevice.h"
#include "runtime/device/cuda/CudaDevice.h"
#include "runtime/exec/ProgramExecutor.h"
#include "runtime/scheduler/FixedTables.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace {
std::atomic<bool> isCounting = false;
std::atomic<int64_t> numAllocations = 0;
} // namespace

void *operator new(size_t bytes) {
  if (isCounting)
    ++numAllocations;
  if (void *at = std::malloc(bytes))
    return at;
  std::abort();
}
void operator delete(void *at) noexcept { std::free(at); }
void operator delete(void *at, size_t) noexcept { std::free(at); }

namespace g4rt {
namespace {

/// How many allocations `run` makes.
template <typename Run>
int64_t allocationsOf(const Run &run) {
  numAllocations = 0;
  isCounting = true;
  run();
  isCounting = false;
  return numAllocations;
}

class AllocationTest : public testing::Test {
protected:
  static constexpr ExecutorOptions kOptions = {
      .maxSequences = 4, .maxModelLength = 40, .maxStepTokens = 16};

  void create() {
    auto file = ArtifactFile::open(folder_.write("toy.g4", model_.file()));
    ASSERT_TRUE(file);
    file_ = std::make_unique<ArtifactFile>(*std::move(file));
    const auto &variant = *file_->root().variants()->Get(0);
    auto plan = planMemory(file_->root(), *variant.program(), kOptions);
    ASSERT_TRUE(plan);
    auto executor = ProgramExecutor::create(*file_, variant, *device_, *plan);
    ASSERT_TRUE(executor) << executor.error().message();
    executor_ = *std::move(executor);
    tables_.emplace(executor_->limits());
  }
  /// `count` rows of slot 0 from position `first` on.
  StepPlan planOf(int64_t first, int64_t count) {
    StepPlan plan;
    tables_->useIn(plan);
    for (int64_t i = first; i < first + count; ++i)
      plan.addRow(1, i, /*slot=*/0);
    plan.addOutput();
    return plan;
  }
  void run(const StepPlan &plan) {
    auto logits = executor_->run(plan);
    ASSERT_TRUE(logits) << logits.error().message();
  }

  TempFolder folder_;
  ToyModel model_;
  ScriptedDriver driver_;
  std::unique_ptr<Device> device_ = createCpuDevice(2);
  std::unique_ptr<ArtifactFile> file_;
  std::unique_ptr<ProgramExecutor> executor_;
  std::optional<FixedTables> tables_;
};

// The first step may lay out what later ones use again.
TEST_F(AllocationTest, AStepAllocatesNothing) {
  create();
  StepPlan prompt = planOf(0, 16), next = planOf(16, 1), more = planOf(17, 9);
  run(prompt);
  EXPECT_EQ(allocationsOf([&] { run(next); }), 0);
  EXPECT_EQ(allocationsOf([&] { run(more); }), 0);
  EXPECT_EQ(allocationsOf([&] { run(prompt); }), 0);
}

TEST_F(AllocationTest, TheCounterCounts) {
  EXPECT_EQ(allocationsOf([] { std::vector<int> one(5); }), 1);
}

TEST_F(AllocationTest, AStepTakesNoMoreOfAGpu) {
  model_.makeGpuProgram();
  auto device = createCudaDevice(0, driver_.table());
  ASSERT_TRUE(device);
  device_ = *std::move(device);
  create();
  auto freeBytes = [&] { return device_->memory()->freeBytes; };
  uint64_t before = freeBytes();
  for (const StepPlan &plan : {planOf(0, 16), planOf(16, 1), planOf(17, 9)})
    run(plan);
  EXPECT_EQ(freeBytes(), before);
}

} // namespace
} // namespace g4rt
