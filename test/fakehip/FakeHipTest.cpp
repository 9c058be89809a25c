// What HIP does otherwise than CUDA; FakeCudaTest has what both do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "test/fakedriver/Face.h"
#include "test/fakedriver/Types.h"
#include "test/fakehip/HipTypes.h"

extern "C" {
int hipInit(unsigned flags);
int hipGetDeviceCount(int *count);
int hipGetDevicePropertiesR0600(char *properties, int device);
int hipSetDevice(int device);
int hipMemGetInfo(size_t *freeBytes, size_t *totalBytes);
int hipMalloc(unsigned long long *address, size_t bytes);
int hipMemcpyDtoHAsync(void *to, unsigned long long from, size_t bytes,
                       void *stream);
int hipStreamSynchronize(void *stream);
int hipModuleLoadDataEx(void **module, const void *image, unsigned numOptions,
                        int *options, void **values);
int hipModuleGetFunction(void **function, void *module, const char *name);
int hipModuleLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                          unsigned gridZ, unsigned blockX, unsigned blockY,
                          unsigned blockZ, unsigned sharedBytes, void *stream,
                          void **params, void **extra);
}

namespace g4::fakedriver {
namespace {

using testing::Each;
using testing::ElementsAre;

constexpr size_t kMiB = size_t{1} << 20;

class FakeHip : public testing::Test {
protected:
  static void SetUpTestSuite() {
    for (const char *name : {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"})
      ::unsetenv(name);
    ::setenv("G4_FAKE_HIP_DEVICES", "gfx942:64,gfx1100:32:Card,gfx950:64", 1);
    ASSERT_EQ(hipInit(0), kSuccess);
  }
  void SetUp() override { ASSERT_EQ(hipSetDevice(0), kSuccess); }

  static size_t totalBytes() {
    size_t freeBytes = 0, total = 0;
    EXPECT_EQ(hipMemGetInfo(&freeBytes, &total), kSuccess);
    return total;
  }
  int loadTestCode(void **module) {
    std::ifstream file(G4_FAKE_TEST_CODE, std::ios::binary);
    code_.assign(std::istreambuf_iterator<char>(file), {});
    return hipModuleLoadDataEx(module, code_.data(), 0, nullptr, nullptr);
  }
  void *fillFunction() {
    void *module = nullptr, *function = nullptr;
    EXPECT_EQ(loadTestCode(&module), kSuccess);
    EXPECT_EQ(hipModuleGetFunction(&function, module, "fill"), kSuccess);
    return function;
  }
  int launch(unsigned blocks, unsigned sharedBytes = 0) {
    return launch(fillFunction(), blocks, sharedBytes);
  }
  int launch(void *function, unsigned blocks, unsigned sharedBytes = 0) {
    uint64_t value = 5;
    void *params[] = {&at_, &value};
    return hipModuleLaunchKernel(function, blocks, 1, 1, 32, 1, 1, sharedBytes,
                                 nullptr, params, nullptr);
  }

  unsigned long long at_ = 0;
  std::string code_;
};

TEST_F(FakeHip, AKernelRuns) {
  ASSERT_EQ(hipMalloc(&at_, 64 * 4), kSuccess);
  ASSERT_EQ(launch(2), kSuccess);
  std::vector<uint32_t> words(64);
  EXPECT_EQ(hipMemcpyDtoHAsync(words.data(), at_, 256, nullptr), kSuccess);
  EXPECT_EQ(hipStreamSynchronize(nullptr), kSuccess);
  EXPECT_THAT(words, Each(5));
}

TEST_F(FakeHip, AThreadThatSaidNothingUsesTheFirstDevice) {
  ASSERT_EQ(hipSetDevice(1), kSuccess);
  EXPECT_EQ(totalBytes(), 32 * kMiB);
  std::thread([] { EXPECT_EQ(totalBytes(), 64 * kMiB); }).join();
  EXPECT_EQ(hipSetDevice(3), kInvalidDevice);
}

TEST_F(FakeHip, ALaunchMayAskForAllScratchMemoryAndNoMore) {
  ASSERT_EQ(hipMalloc(&at_, 32 * 4), kSuccess);
  EXPECT_EQ(launch(1, 64 << 10), kSuccess);
  EXPECT_EQ(launch(1, (64 << 10) + 1), kInvalidValue);
}

TEST_F(FakeHip, TheThreadsOfARowAreCountedBy32Bits) {
  ASSERT_EQ(hipMalloc(&at_, 32 * 4), kSuccess);
  EXPECT_EQ(launch(1u << 27), kInvalidConfiguration);
}

TEST_F(FakeHip, CodeIsReadWhereItWasLoadedFrom) {
  ASSERT_EQ(hipMalloc(&at_, 32 * 4), kSuccess);
  void *function = fillFunction();
  EXPECT_EQ(launch(function, 1), kSuccess);
  code_[1] = 'x';
  EXPECT_EQ(launch(function, 1), kInvalidHandle);
}

TEST_F(FakeHip, CodeOfAnotherChipIsRefused) {
  void *module = nullptr;
  for (int device : {1, 2}) {
    ASSERT_EQ(hipSetDevice(device), kSuccess);
    EXPECT_EQ(loadTestCode(&module), kNoBinaryForGpu);
  }
}

TEST_F(FakeHip, TheArchitectureIsWhereRocm6HasIt) {
  char properties[fakehip::kPropertiesBytes];
  ASSERT_EQ(hipGetDevicePropertiesR0600(properties, 0), kSuccess);
  EXPECT_STREQ(properties + fakehip::kGcnArchNameAt, "gfx942:sramecc+:xnack-");
  ASSERT_EQ(hipGetDevicePropertiesR0600(properties, 1), kSuccess);
  EXPECT_STREQ(properties + fakehip::kGcnArchNameAt, "gfx1100");
}

TEST(FakeHipSettings, OneVariableSeesWhatTheOtherLeft) {
  ::setenv("G4_FAKE_HIP_DEVICES", "gfx942:1,gfx942:2,gfx942:3", 1);
  auto visible = [](const std::string &rocr, const std::string &hip) {
    ::setenv("ROCR_VISIBLE_DEVICES", rocr.c_str(), 1);
    ::setenv("HIP_VISIBLE_DEVICES", hip.c_str(), 1);
    std::vector<size_t> sizes;
    for (const DeviceSettings &device : Settings::fromEnvironment().devices)
      sizes.push_back(device.memoryBytes / kMiB);
    ::unsetenv("ROCR_VISIBLE_DEVICES");
    ::unsetenv("HIP_VISIBLE_DEVICES");
    return sizes;
  };
  EXPECT_THAT(visible("2,0", "1"), ElementsAre(1));
  EXPECT_THAT(visible("1,2", face().uuidText(face().uuidOf(2))),
              ElementsAre(3));
  EXPECT_THAT(visible("1", ""), ElementsAre(2)); // empty is none for HIP
  EXPECT_THAT(visible("", "0"), ElementsAre());
}

} // namespace
} // namespace g4::fakedriver
