// What only this device does; GpuDeviceTest has what all GPUs do.

#include "runtime/device/hip/HipDevice.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using artifact::CodeFormat;
using testing::HasSubstr;
using testing::StartsWith;

class HipDeviceTest : public testing::Test {
protected:
  HipDeviceTest() {
    model_.code().format = CodeFormat::hsaco;
    auto device = createHipDevice(0, driver_.hipTable());
    EXPECT_TRUE(device) << device.error().message();
    if (device)
      device_ = *std::move(device);
  }
  Result<std::unique_ptr<KernelModule>> load() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    return device_->loadCode(
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
  }

  ScriptedDriver driver_;
  ToyModel model_;
  std::string code_ = toyCode();
  std::unique_ptr<Device> device_;
};

TEST_F(HipDeviceTest, SaysWhatCodeItRuns) {
  EXPECT_EQ(device_->kind(), artifact::DeviceKind::hip);
  EXPECT_THAT(device_->name(), StartsWith("hip:0 Toy GPU (GPU-ZZZZ"));
  EXPECT_EQ(device_->targetName(), "gfx942");
  EXPECT_TRUE(device_->hasFeature("gfx942"));
  EXPECT_FALSE(device_->hasFeature("gfx90a"));
}

TEST_F(HipDeviceTest, CodeOfNvidiaIsRefused) {
  for (CodeFormat format : {CodeFormat::cubin, CodeFormat::ptx}) {
    model_.code().format = format;
    auto module = load();
    ASSERT_FALSE(module);
    EXPECT_EQ(module.error().message(),
              "loading GPU code: it is no AMD code object");
  }
}

TEST_F(HipDeviceTest, AGpuThatCannotBeSetIsSaidSo) {
  driver_.fail("hipSetDevice", gpu::kInvalidValue);
  auto other = createHipDevice(0, driver_.hipTable());
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(),
              HasSubstr("opening the GPU: hipSetDevice: hipErrorInvalidValue"));
}

// A grid is counted in threads there, by 32 bits.
TEST_F(HipDeviceTest, ARowOfTheGridWithTooManyThreadsIsRefused) {
  model_.code().kernels[kToyGrid]->threads = 1024;
  auto module = load();
  ASSERT_TRUE(module) << module.error().message();
  uint64_t args[] = {0, 0, 0};
  Status status = device_->launch({.module = module->get(),
                                   .kernel = kToyGrid,
                                   .gridX = 1 << 22,
                                   .args = args});
  EXPECT_EQ(status.toString(),
            "InvalidArgument: launch: 4194304 blocks of 1024 threads in a row "
            "of the grid, the GPU has 4294967295 threads there");
  EXPECT_EQ(driver_.numCalls("hipModuleLaunchKernel"), 0);
}

} // namespace
} // namespace g4rt
