#include "runtime/device/cuda/CudaModule.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedDriver.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt::cuda {
namespace {

using artifact::CodeFormat;
using testing::AllOf;
using testing::HasSubstr;

class CudaModuleTest : public testing::Test {
protected:
  CudaModuleTest() {
    model_.code().format = CodeFormat::cubin;
    Result<Gpu> gpu = findGpu(script_.table(), 0);
    if (gpu)
      gpu_ = *gpu;
  }
  Result<std::unique_ptr<CudaModule>> load() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    return CudaModule::load(
        driver_, gpu_,
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
  }
  std::string complaint() {
    auto module = load();
    return module ? "none" : module.error().toString();
  }

  ScriptedDriver script_;
  Driver driver_{script_.table()};
  Gpu gpu_;
  ToyModel model_;
  std::string code_ = toyCode();
};

TEST_F(CudaModuleTest, KnowsHowToLaunchItsKernels) {
  model_.code().kernels[kToyGrid]->threads = 128;
  auto module = load();
  ASSERT_TRUE(module) << module.error().message();
  ASSERT_EQ((*module)->kernels.size(), 9u);
  const CudaKernel &grid = (*module)->kernels[kToyGrid];
  EXPECT_EQ(grid.threads, 128u);
  EXPECT_EQ(grid.scratchBytes, 64u);
  EXPECT_EQ(grid.numParams, 3u);
}

TEST_F(CudaModuleTest, IsUnloadedWithItsOwner) {
  auto module = load();
  ASSERT_TRUE(module);
  EXPECT_EQ(script_.alive["module"], 1);
  module->reset();
  EXPECT_EQ(script_.alive["module"], 0);
}

TEST_F(CudaModuleTest, AKernelThatIsMissingUnloadsTheModule) {
  model_.code().kernels[2]->symbol = "toyMissing";
  EXPECT_THAT(complaint(), AllOf(HasSubstr("DataLoss: loading GPU code: kernel "
                                           "toyMissing: cuModuleGetFunction: "
                                           "CUDA_ERROR_NOT_FOUND")));
  EXPECT_EQ(script_.alive["module"], 0);
}

TEST_F(CudaModuleTest, TheDriversLogIsQuoted) {
  model_.code().format = CodeFormat::ptx;
  code_ = ".version 8.0\nnonsense";
  script_.loadLog = "ptxas fatal : nonsense\nin line 2\n";
  EXPECT_THAT(complaint(),
              AllOf(HasSubstr("DataLoss: loading GPU code: cuModuleLoadDataEx: "
                              "CUDA_ERROR_INVALID_IMAGE"),
                    HasSubstr("; the driver's log: ptxas fatal : nonsense in "
                              "line 2")));
}

TEST_F(CudaModuleTest, CodeForANewerDriverNamesBothVersions) {
  model_.code().format = CodeFormat::ptx;
  code_ = ".version 8.7\n";
  script_.version = 12020;
  EXPECT_EQ(complaint(), "DataLoss: loading GPU code: the driver is for CUDA "
                         "12.2, the code needs one for CUDA 12.8 or newer");
  EXPECT_EQ(script_.numCalls("cuModuleLoadDataEx"), 0);
}

TEST_F(CudaModuleTest, CodeOfAnotherFormatIsRefused) {
  for (CodeFormat format : {CodeFormat::elf_shared_object, CodeFormat::hsaco}) {
    model_.code().format = format;
    EXPECT_THAT(complaint(), HasSubstr("neither a cubin nor PTX"));
  }
}

TEST_F(CudaModuleTest, ACubinThatIsCutOffNeverReachesTheDriver) {
  for (size_t length : {size_t{0}, size_t{10}, size_t{63}, size_t{64},
                        code_.size() / 2, code_.size() - 1}) {
    code_ = toyCode().substr(0, length);
    EXPECT_THAT(complaint(), HasSubstr("DataLoss: loading GPU code: "))
        << length;
  }
  EXPECT_EQ(script_.numCalls("cuModuleLoadDataEx"), 0);
}

TEST_F(CudaModuleTest, AKernelOfMoreThreadsThanItsRegistersAllowIsRefused) {
  script_.maxThreadsOfAKernel = 256;
  model_.code().kernels[0]->threads = 512;
  EXPECT_THAT(complaint(),
              HasSubstr("kernel toyEmbed: loading GPU code: it needs 512 "
                        "threads in a block, the GPU has 256"));
}

TEST_F(CudaModuleTest, AKernelOfMoreScratchThanTheGpuHasIsRefused) {
  model_.code().kernels[0]->scratch_bytes = (227 << 10) + 1;
  EXPECT_THAT(complaint(), HasSubstr("it needs 232449 bytes of shared memory"));
  model_.code().kernels[0]->scratch_bytes = ~0u;
  EXPECT_THAT(complaint(), HasSubstr("it needs 4294967295 bytes"));
  model_.code().kernels[0]->scratch_bytes = 227 << 10;
  EXPECT_EQ(complaint(), "none");
}

TEST_F(CudaModuleTest, ALostGpuIsNotCalledBadCode) {
  script_.fail("cuModuleLoadDataEx", kIllegalAddress);
  EXPECT_THAT(complaint(), HasSubstr("Unavailable: the GPU is lost"));
}

} // namespace
} // namespace g4rt::cuda
