// What only this device does; GpuDeviceTest has what all GPUs do.

#include "runtime/device/cuda/CudaDevice.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt {
namespace {

using artifact::CodeFormat;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CudaDeviceTest : public testing::Test {
protected:
  CudaDeviceTest() {
    model_.code().format = CodeFormat::cubin;
    auto device = createCudaDevice(0, driver_.table());
    EXPECT_TRUE(device) << device.error().message();
    if (device)
      device_ = *std::move(device);
  }
  std::string openComplaint() {
    auto device = createCudaDevice(0, driver_.table());
    return device ? "none" : device.error().toString();
  }
  std::string loadComplaint() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    auto module = device_->loadCode(
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
    return module ? "none" : module.error().toString();
  }

  ScriptedDriver driver_;
  ToyModel model_;
  std::string code_ = toyCode();
  std::unique_ptr<Device> device_;
};

TEST_F(CudaDeviceTest, SaysWhatCodeItRuns) {
  EXPECT_EQ(device_->kind(), artifact::DeviceKind::cuda);
  EXPECT_THAT(device_->name(), StartsWith("cuda:0 Toy GPU (GPU-5a5a5a5a-"));
  EXPECT_EQ(device_->targetName(), "sm90");
  EXPECT_TRUE(device_->hasFeature("sm_90"));
  EXPECT_FALSE(device_->hasFeature("sm_80"));
}

TEST_F(CudaDeviceTest, GivesBackAContextThatCannotBeUsed) {
  device_.reset();
  for (const char *symbol : {"cuDevicePrimaryCtxRetain", "cuCtxSetCurrent"}) {
    driver_.fail(symbol, gpu::kInvalidValue);
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

TEST_F(CudaDeviceTest, TheDriversLogIsQuoted) {
  model_.code().format = CodeFormat::ptx;
  code_ = ".version 8.0\nnonsense";
  driver_.loadLog = "ptxas fatal : nonsense\nin line 2\n";
  EXPECT_THAT(loadComplaint(),
              AllOf(HasSubstr("DataLoss: loading GPU code: cuModuleLoadDataEx: "
                              "CUDA_ERROR_INVALID_IMAGE"),
                    HasSubstr("; the driver's log: ptxas fatal : nonsense in "
                              "line 2")));
}

TEST_F(CudaDeviceTest, CodeForANewerDriverNamesBothVersions) {
  model_.code().format = CodeFormat::ptx;
  code_ = ".version 8.7\n";
  driver_.version = 12020;
  EXPECT_EQ(loadComplaint(),
            "DataLoss: loading GPU code: the driver is for CUDA "
            "12.2, the code needs one for CUDA 12.8 or newer");
  EXPECT_EQ(driver_.numCalls("cuModuleLoadDataEx"), 0);
}

TEST_F(CudaDeviceTest, ADriverThatForgetsItsVersionLoadsNoCode) {
  driver_.fail("cuDriverGetVersion", gpu::kInvalidValue);
  EXPECT_THAT(loadComplaint(), HasSubstr("cuDriverGetVersion"));
}

TEST_F(CudaDeviceTest, CodeOfAmdIsRefused) {
  model_.code().format = CodeFormat::hsaco;
  EXPECT_THAT(loadComplaint(), HasSubstr("it is neither a cubin nor PTX"));
}

TEST_F(CudaDeviceTest, ScratchMemoryThatIsNotAllowedIsRefused) {
  driver_.fail("cuFuncSetAttribute", gpu::kInvalidValue);
  EXPECT_THAT(loadComplaint(), HasSubstr("kernel toyGrid: cuFuncSetAttribute"));
}

} // namespace
} // namespace g4rt
