#include "runtime/device/hip/Gpu.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "test/support/ScriptedDriver.h"

namespace g4rt::hip {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class AmdGpuTest : public testing::Test {
protected:
  ~AmdGpuTest() override {
    ::unsetenv("HIP_VISIBLE_DEVICES");
    ::unsetenv("ROCR_VISIBLE_DEVICES");
  }
  Result<gpu::Gpu> find(int ordinal) {
    HipTable table = driver_.hipTable();
    return gpu::findGpu(table, amdGpus(table), ordinal);
  }
  std::string complaint(int ordinal) {
    Result<gpu::Gpu> gpu = find(ordinal);
    return gpu ? "none" : gpu.error().toString();
  }

  ScriptedDriver driver_;
};

TEST_F(AmdGpuTest, AGpuIsNamedAsRocminfoNamesIt) {
  driver_.gpus = {{.name = "AMD Instinct MI300X", .uuidByte = 'a'}};
  Result<gpu::Gpu> gpu = find(0);
  ASSERT_TRUE(gpu) << gpu.error().message();
  EXPECT_EQ(gpu->text(), "hip:0 AMD Instinct MI300X (GPU-aaaaaaaaaaaaaaaa)");
}

TEST_F(AmdGpuTest, TheArchitectureIsWithoutItsSettings) {
  for (auto [name, arch] : {std::pair("gfx942:sramecc+:xnack-", "gfx942"),
                            std::pair("gfx90a:sramecc-:xnack+", "gfx90a"),
                            std::pair("gfx1100", "gfx1100")}) {
    driver_.gpus = {{.gcnArchName = name}};
    Result<gpu::Gpu> gpu = find(0);
    ASSERT_TRUE(gpu) << gpu.error().message();
    EXPECT_EQ(gpu->arch, arch);
  }
}

TEST_F(AmdGpuTest, WhatTheRuntimeSaysOfItIsKept) {
  Result<gpu::Gpu> gpu = find(0);
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->maxThreads, 1024);
  EXPECT_EQ(gpu->maxScratchBytes, 64 << 10);
  EXPECT_EQ(gpu->maxGridX, 2147483647u);
  EXPECT_EQ(gpu->maxGridY, 65535u);
  EXPECT_EQ(gpu->maxThreadsX, 4294967295u);
}

TEST_F(AmdGpuTest, AnArchitectureThatIsNoneIsSaidSo) {
  for (const char *name : {"", ":xnack+", "vega"}) {
    driver_.gpus = {{.gcnArchName = name}};
    EXPECT_THAT(complaint(0),
                HasSubstr("hipGetDevicePropertiesR0600 names no architecture"));
  }
}

TEST_F(AmdGpuTest, TheVariablesThatHideGpusAreShown) {
  ::setenv("HIP_VISIBLE_DEVICES", "3", 1);
  ::setenv("ROCR_VISIBLE_DEVICES", "GPU-1234", 1);
  auto both = AllOf(HasSubstr("; HIP_VISIBLE_DEVICES is \"3\""),
                    HasSubstr("; ROCR_VISIBLE_DEVICES is \"GPU-1234\""));
  EXPECT_THAT(complaint(1), both);
  driver_.gpus.clear();
  EXPECT_THAT(complaint(0), both);
}

TEST_F(AmdGpuTest, AQuestionThatTheRuntimeRefusesEndsTheLook) {
  for (const char *symbol : {"hipDeviceGetUuid", "hipGetDevicePropertiesR0600",
                             "hipDeviceGetAttribute"}) {
    driver_.fail(symbol, gpu::kInvalidValue);
    EXPECT_THAT(complaint(0), HasSubstr(symbol));
  }
}

TEST(AmdFeatureTest, CodeOfOneChipRunsOnNoOther) {
  EXPECT_TRUE(gpuHasFeature("gfx942", "gfx942"));
  EXPECT_FALSE(gpuHasFeature("gfx94", "gfx942"));
  EXPECT_FALSE(gpuHasFeature("gfx942", "gfx940"));
  EXPECT_FALSE(gpuHasFeature("sm_90", "gfx942"));
  EXPECT_FALSE(gpuHasFeature("", ""));
}

TEST(AmdFeatureTest, TheTargetToCompileForIsTheChips) {
  EXPECT_EQ(gpuTarget("gfx90a"), "gfx90a");
  EXPECT_EQ(gpuTarget("gfx1201"), "gfx1201");
  EXPECT_EQ(gpuTarget("gfx1030"), "");
  EXPECT_EQ(gpuTarget(""), "");
}

} // namespace
} // namespace g4rt::hip
