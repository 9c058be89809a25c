#include "runtime/exec/HostStaging.h"

#include "runtime/device/gpu/PinnedStaging.h"
#include "runtime/exec/StepInputs.h"

#include <gtest/gtest.h>

#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

TEST(HostStagingTest, IsTheStepsNumbersAndOnAGpuWhatIsPageLocked) {
  ToyModel model;
  std::string bytes = model.metadata();
  const auto &root = *artifact::GetSizePrefixedArtifact(bytes.data());
  const artifact::Variant &cpu = *root.variants()->Get(0);
  auto plan = planMemory(root, *cpu.program(),
                         {.maxSequences = 4, .maxStepTokens = 16});
  ASSERT_TRUE(plan);
  uint64_t inputs = StepInputs::bytesOf(plan->limits, *cpu.program());
  EXPECT_EQ(hostBytes(*plan, cpu), inputs);

  model.variant().device = artifact::DeviceKind::cuda;
  bytes = model.metadata();
  const auto &gpuRoot = *artifact::GetSizePrefixedArtifact(bytes.data());
  // Logits of 16 tokens for each of the 4 sequences.
  EXPECT_EQ(hostBytes(*plan, *gpuRoot.variants()->Get(0)),
            inputs + (uint64_t{32} << 20) + 4 * 16 * 4);
}

} // namespace
} // namespace g4rt
