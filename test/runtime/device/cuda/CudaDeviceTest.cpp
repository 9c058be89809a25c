// What only this device does; DeviceConformanceTest has what all devices do.

#include "runtime/device/cuda/CudaDevice.h"

#include <gmock/gmock.h>

#include <thread>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using cuda::kIllegalAddress;
using cuda::kInvalidValue;
using cuda::kOutOfMemory;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CudaDeviceTest : public testing::Test {
protected:
  CudaDeviceTest() {
    model_.code().format = artifact::CodeFormat::cubin;
    auto device = createCudaDevice(0, driver_.table());
    EXPECT_TRUE(device) << device.error().message();
    if (device)
      device_ = *std::move(device);
  }
  std::string openComplaint(int ordinal = 0) {
    auto device = createCudaDevice(ordinal, driver_.table());
    return device ? "none" : device.error().toString();
  }
  std::unique_ptr<KernelModule> load() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    auto module = device_->loadCode(
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
    EXPECT_TRUE(module) << module.error().message();
    return module ? *std::move(module) : nullptr;
  }

  ScriptedDriver driver_;
  ToyModel model_;
  std::string code_ = toyCode();
  std::unique_ptr<Device> device_;
};

TEST_F(CudaDeviceTest, SaysWhichGpuItIs) {
  EXPECT_EQ(device_->kind(), artifact::DeviceKind::cuda);
  EXPECT_THAT(device_->name(), StartsWith("cuda:0 Toy GPU (GPU-5a5a5a5a-"));
  EXPECT_EQ(device_->targetName(), "sm90");
  EXPECT_TRUE(device_->hasFeature("sm_90"));
  EXPECT_FALSE(device_->hasFeature("sm_80"));
}

TEST_F(CudaDeviceTest, KnowsWhatMemoryIsFree) {
  Result<DeviceMemory> before = device_->memory();
  ASSERT_TRUE(before);
  EXPECT_EQ(before->totalBytes, uint64_t{1} << 30);
  ASSERT_TRUE(device_->allocate(1 << 20));
  Result<DeviceMemory> after = device_->memory();
  ASSERT_TRUE(after);
  EXPECT_EQ(after->freeBytes, before->freeBytes - (1 << 20));
}

TEST_F(CudaDeviceTest, ARefusedAllocationSaysWhatWasWantedAndWhatIsFree) {
  ASSERT_TRUE(device_->allocate(1 << 20));
  auto at = device_->allocate(uint64_t{1} << 30);
  ASSERT_FALSE(at);
  EXPECT_EQ(at.error().code(), StatusCode::ResourceExhausted);
  EXPECT_THAT(at.error().message(),
              AllOf(StartsWith("cuda:0 Toy GPU"),
                    HasSubstr("no memory for 1073741824 bytes: 1072693248 of "
                              "1073741824 are free")));
}

TEST_F(CudaDeviceTest, GivesEverythingBack) {
  {
    auto module = load();
    ASSERT_TRUE(module);
    ASSERT_TRUE(device_->allocate(100));
    ASSERT_TRUE(device_->allocateHost(100));
    std::string weight(100, 'w');
    ASSERT_TRUE(device_->adopt(bytesOf(weight)));
    std::array<uint64_t, 2> args = {0, 0};
    KernelCall call{.module = module.get(), .kernel = kToyScale, .args = args};
    ASSERT_TRUE(device_->capture(std::span(&call, 1)));
  }
  device_.reset();
  for (const auto &[what, count] : driver_.alive)
    EXPECT_EQ(count, 0) << what;
}

TEST_F(CudaDeviceTest, GivesBackWhatAnInterruptedStartHad) {
  device_.reset();
  for (const char *symbol :
       {"cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuStreamCreate",
        "cuEventCreate", "cuMemHostAlloc"}) {
    driver_.fail(symbol, kInvalidValue);
    EXPECT_THAT(openComplaint(),
                AllOf(HasSubstr(symbol), HasSubstr("cuda:0 Toy GPU")));
    for (const auto &[what, count] : driver_.alive)
      EXPECT_EQ(count, 0) << what << " after " << symbol;
  }
}

TEST_F(CudaDeviceTest, AGpuThatSomebodyElseHasIsSaidSo) {
  driver_.fail("cuDevicePrimaryCtxRetain", cuda::kDeviceUnavailable);
  EXPECT_THAT(openComplaint(),
              AllOf(StartsWith("Unavailable: cuda:0 Toy GPU"),
                    HasSubstr("the GPU is busy or in exclusive mode"),
                    testing::Not(HasSubstr("lost"))));
  EXPECT_EQ(openComplaint(), "none");
}

TEST_F(CudaDeviceTest, AnotherThreadCanGoOnWithIt) {
  ASSERT_TRUE(device_->synchronize().ok());
  std::thread([&] { EXPECT_TRUE(device_->synchronize().ok()); }).join();
}

TEST_F(CudaDeviceTest, TwoGpusOnOneThreadKeepApart) {
  driver_.gpus.push_back({.totalBytes = uint64_t{1} << 29});
  auto second = createCudaDevice(1, driver_.table());
  ASSERT_TRUE(second) << second.error().message();
  auto at = device_->allocate(1 << 20);
  ASSERT_TRUE(at) << at.error().message();
  EXPECT_EQ(driver_.gpus[0].usedBytes, uint64_t{1} << 20);
  EXPECT_EQ(driver_.gpus[1].usedBytes, 0u);
  EXPECT_TRUE((*second)->synchronize().ok());
  EXPECT_TRUE(device_->synchronize().ok());
  Result<DeviceMemory> memory = (*second)->memory();
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->totalBytes, uint64_t{1} << 29);
}

TEST_F(CudaDeviceTest, AStickyErrorMakesEveryLaterCallFailAtOnce) {
  auto module = load();
  auto at = device_->allocate(8);
  ASSERT_TRUE(at);
  driver_.fail("cuStreamSynchronize", kIllegalAddress);
  Status first = device_->synchronize();
  EXPECT_EQ(first.code(), StatusCode::Unavailable);
  EXPECT_THAT(first.message(), HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS"));
  int launches = driver_.numCalls("cuLaunchKernel");
  uint64_t args[] = {static_cast<uint64_t>(*at), 1};
  KernelCall call{.module = module.get(), .kernel = kToyScale, .args = args};
  std::byte byte;
  for (const Status &status :
       {device_->launch(call), device_->copyIn(*at, std::span(&byte, 1)),
        device_->copyOut(std::span(&byte, 1), *at), device_->clear(*at, 1),
        device_->synchronize(), device_->allocate(8).error(),
        device_->memory().error(), device_->launchTimed(call).error(),
        device_->capture(std::span(&call, 1)).error()})
    EXPECT_EQ(status.toString(), first.toString());
  EXPECT_EQ(driver_.numCalls("cuLaunchKernel"), launches);
}

TEST_F(CudaDeviceTest, SeveralPlacesAreCopiedOutWithOneWait) {
  auto at = device_->allocate(16);
  ASSERT_TRUE(at);
  std::byte bytes[16];
  HostCopy copies[] = {{std::span(bytes, 8), *at + 8},
                       {std::span(bytes + 8, 8), *at}};
  int waits = driver_.numCalls("cuStreamSynchronize");
  int back = driver_.numCalls("cuMemcpyDtoHAsync_v2");
  ASSERT_TRUE(device_->copyOutAll(copies).ok());
  EXPECT_EQ(driver_.numCalls("cuStreamSynchronize") - waits, 1);
  EXPECT_EQ(driver_.numCalls("cuMemcpyDtoHAsync_v2") - back, 2);
}

TEST_F(CudaDeviceTest, AnArgumentTooFewNeverReachesTheDriver) {
  auto module = load();
  uint64_t args[] = {0, 0, 0};
  for (size_t count : {0, 1, 3}) {
    Status status = device_->launch({.module = module.get(),
                                     .kernel = kToyScale,
                                     .args = std::span(args, count)});
    EXPECT_EQ(status.code(), StatusCode::InvalidArgument) << count;
  }
  EXPECT_EQ(driver_.numCalls("cuLaunchKernel"), 0);
}

TEST_F(CudaDeviceTest, AGridOfMoreRowsThanTheGpuCountsIsRefused) {
  auto module = load();
  uint64_t args[] = {0, 0, 0};
  Status status = device_->launch({.module = module.get(),
                                   .kernel = kToyGrid,
                                   .gridX = 1,
                                   .gridY = 65536,
                                   .args = args});
  EXPECT_EQ(status.code(), StatusCode::InvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("1 x 65536 items"));
}

TEST_F(CudaDeviceTest, AKernelsTimeIsTheGpus) {
  auto module = load();
  auto at = device_->allocate(8);
  ASSERT_TRUE(at);
  uint64_t args[] = {static_cast<uint64_t>(*at), 1};
  auto seconds = device_->launchTimed(
      {.module = module.get(), .kernel = kToyScale, .args = args});
  ASSERT_TRUE(seconds) << seconds.error().message();
  EXPECT_DOUBLE_EQ(*seconds, 0.0025); // what the scripted driver says
}

TEST_F(CudaDeviceTest, AFailedCaptureEndsTheCapture) {
  auto module = load();
  uint64_t args[] = {0, 0};
  KernelCall calls[] = {
      {.module = module.get(), .kernel = kToyScale, .args = args},
      {.module = module.get(), .kernel = 999, .args = args}};
  auto graph = device_->capture(calls);
  ASSERT_FALSE(graph);
  EXPECT_EQ(graph.error().code(), StatusCode::InvalidArgument);
  EXPECT_FALSE(driver_.isCapturing);
  EXPECT_EQ(driver_.alive["graph"], 0);
  EXPECT_TRUE(device_->capture(std::span(calls, 1)));
}

TEST_F(CudaDeviceTest, ANumberThatIsNotThereIsRefused) {
  EXPECT_THAT(openComplaint(9), HasSubstr("cuda:9: no such GPU; 1 is visible"));
}

} // namespace
} // namespace g4rt
