#include "runtime/device/cuda/Gpu.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "test/support/ScriptedDriver.h"

namespace g4rt::cuda {
namespace {

using testing::HasSubstr;

class NvidiaGpuTest : public testing::Test {
protected:
  ~NvidiaGpuTest() override { ::unsetenv("CUDA_VISIBLE_DEVICES"); }
  Result<gpu::Gpu> find(int ordinal) {
    return gpu::findGpu(driver_.table(), nvidiaGpus(), ordinal);
  }
  std::string complaint(int ordinal) {
    Result<gpu::Gpu> gpu = find(ordinal);
    return gpu ? "none" : gpu.error().toString();
  }

  ScriptedDriver driver_;
};

TEST_F(NvidiaGpuTest, AGpuIsNamedAsNvidiaSmiNamesIt) {
  driver_.gpus = {{.name = "NVIDIA H200", .uuidByte = 0x0f}};
  Result<gpu::Gpu> gpu = find(0);
  ASSERT_TRUE(gpu) << gpu.error().message();
  EXPECT_EQ(gpu->text(),
            "cuda:0 NVIDIA H200 (GPU-0f0f0f0f-0f0f-0f0f-0f0f-0f0f0f0f0f0f)");
}

TEST_F(NvidiaGpuTest, APartOfAGpuHasTheNameOfAPart) {
  driver_.gpus = {{.name = "NVIDIA H100 80GB HBM3 MIG 1g.10gb"}};
  Result<gpu::Gpu> gpu = find(0);
  ASSERT_TRUE(gpu);
  EXPECT_THAT(gpu->uuid, testing::StartsWith("MIG-5a5a5a5a-"));
}

TEST_F(NvidiaGpuTest, WhatTheDriverSaysOfItIsKept) {
  driver_.gpus = {{.major = 8, .minor = 9, .totalBytes = 24ull << 30}};
  Result<gpu::Gpu> gpu = find(0);
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->major, 8);
  EXPECT_EQ(gpu->minor, 9);
  EXPECT_EQ(gpu->maxThreads, 1024);
  EXPECT_EQ(gpu->maxScratchBytes, 227 << 10);
  EXPECT_EQ(gpu->maxGridX, 2147483647u);
  EXPECT_EQ(gpu->maxGridY, 65535u);
}

TEST_F(NvidiaGpuTest, TheVariableThatHidesGpusIsShown) {
  ::setenv("CUDA_VISIBLE_DEVICES", "GPU-5a5a", 1);
  EXPECT_THAT(complaint(1), HasSubstr("CUDA_VISIBLE_DEVICES is \"GPU-5a5a\""));
  driver_.gpus.clear();
  EXPECT_EQ(complaint(0), "NotFound: no NVIDIA GPU is visible; "
                          "CUDA_VISIBLE_DEVICES is \"GPU-5a5a\"");
}

TEST_F(NvidiaGpuTest, AQuestionThatTheDriverRefusesEndsTheLook) {
  for (const char *symbol : {"cuDeviceGetUuid_v2", "cuDeviceGetAttribute"}) {
    driver_.fail(symbol, gpu::kInvalidValue);
    EXPECT_THAT(complaint(0), HasSubstr(symbol));
  }
}

TEST(GpuFeatureTest, ACubinRunsOnItsMajorNumberAndNoOlderMinorOne) {
  EXPECT_TRUE(gpuHasFeature("sm_90", 9, 0));
  EXPECT_TRUE(gpuHasFeature("sm_80", 8, 6));
  EXPECT_TRUE(gpuHasFeature("sm_80", 8, 9));
  EXPECT_FALSE(gpuHasFeature("sm_89", 8, 6));
  EXPECT_FALSE(gpuHasFeature("sm_80", 9, 0));
  EXPECT_FALSE(gpuHasFeature("sm_90", 8, 9));
  EXPECT_TRUE(gpuHasFeature("sm_120", 12, 1));
  EXPECT_FALSE(gpuHasFeature("sm_100", 12, 0));
}

TEST(GpuFeatureTest, CodeWithAnArchitecturesOwnInstructionsRunsOnItAlone) {
  EXPECT_TRUE(gpuHasFeature("sm_90a", 9, 0));
  EXPECT_FALSE(gpuHasFeature("sm_100a", 10, 3));
  EXPECT_TRUE(gpuHasFeature("sm_100f", 10, 3));
  EXPECT_FALSE(gpuHasFeature("compute_90a", 10, 0));
}

TEST(GpuFeatureTest, PtxRunsOnEverythingNewer) {
  EXPECT_TRUE(gpuHasFeature("compute_80", 8, 0));
  EXPECT_TRUE(gpuHasFeature("compute_80", 12, 0));
  EXPECT_FALSE(gpuHasFeature("compute_90", 8, 9));
}

TEST(GpuFeatureTest, TheTargetToCompileForIsTheNewestThatRuns) {
  EXPECT_EQ(gpuTarget(8, 0), "sm80");
  EXPECT_EQ(gpuTarget(8, 6), "sm80");
  EXPECT_EQ(gpuTarget(8, 9), "sm89");
  EXPECT_EQ(gpuTarget(9, 0), "sm90");
  EXPECT_EQ(gpuTarget(10, 3), "sm100");
  EXPECT_EQ(gpuTarget(12, 1), "sm120");
  EXPECT_EQ(gpuTarget(7, 5), "");
  EXPECT_EQ(gpuTarget(11, 0), "");
}

TEST(GpuFeatureTest, OtherNamesAreNotHad) {
  for (const char *name : {"", "sm_", "sm_x", "sm_90b", "avx2", "90",
                           "compute_", "sm_99999999999"})
    EXPECT_FALSE(gpuHasFeature(name, 9, 0)) << name;
}

} // namespace
} // namespace g4rt::cuda
