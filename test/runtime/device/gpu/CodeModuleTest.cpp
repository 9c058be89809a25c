#include "runtime/device/gpu/CodeModule.h"

#include <gmock/gmock.h>

#include "test/support/ScriptedVendors.h"
#include "test/support/TempFolder.h"
#include "test/support/ToyModel.h"

namespace g4rt::gpu {
namespace {

using artifact::CodeFormat;
using testing::HasSubstr;

class CodeModuleTest : public ScriptedVendorTest {
protected:
  CodeModuleTest() {
    model_.code().format = GetParam().format;
    Result<Gpu> gpu = findGpu(table_, GetParam().look(script_), 0);
    EXPECT_TRUE(gpu) << gpu.error().message();
    if (gpu)
      gpu_ = *gpu;
    platform_ = GetParam().platform(script_, gpu_);
  }
  Result<std::unique_ptr<CodeModule>> load() {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(artifact::CodeObject::Pack(builder, &model_.code()));
    return CodeModule::load(
        driver_, gpu_, *platform_,
        *flatbuffers::GetRoot<artifact::CodeObject>(builder.GetBufferPointer()),
        bytesOf(code_));
  }
  std::string complaint() {
    auto module = load();
    return module ? "none" : module.error().toString();
  }
  std::string loadSymbol() { return symbol(&DriverTable::moduleLoadData); }

  Gpu gpu_;
  std::unique_ptr<Platform> platform_;
  ToyModel model_;
  std::string code_ = toyCode();
};

TEST_P(CodeModuleTest, KnowsHowToLaunchItsKernels) {
  model_.code().kernels[kToyGrid]->threads = 128;
  auto module = load();
  ASSERT_TRUE(module) << module.error().message();
  ASSERT_EQ((*module)->kernels.size(), 9u);
  const GpuKernel &grid = (*module)->kernels[kToyGrid];
  EXPECT_EQ(grid.threads, 128u);
  EXPECT_EQ(grid.scratchBytes, 64u);
  EXPECT_EQ(grid.numParams, 3u);
}

TEST_P(CodeModuleTest, IsUnloadedWithItsOwner) {
  auto module = load();
  ASSERT_TRUE(module);
  EXPECT_EQ(script_.alive["module"], 1);
  module->reset();
  EXPECT_EQ(script_.alive["module"], 0);
}

TEST_P(CodeModuleTest, AKernelThatIsMissingUnloadsTheModule) {
  model_.code().kernels[2]->symbol = "toyMissing";
  EXPECT_THAT(complaint(),
              HasSubstr("DataLoss: loading GPU code: kernel toyMissing: " +
                        symbol(&DriverTable::moduleGetFunction) + ": " +
                        errorName(kNotFound)));
  EXPECT_EQ(script_.alive["module"], 0);
}

TEST_P(CodeModuleTest, ADriverThatRefusesCodeIsQuoted) {
  script_.fail(loadSymbol(), kInvalidImage);
  EXPECT_THAT(complaint(),
              HasSubstr("DataLoss: loading GPU code: " + loadSymbol() + ": " +
                        errorName(kInvalidImage)));
}

TEST_P(CodeModuleTest, CodeOfAnotherFormatIsRefused) {
  model_.code().format = CodeFormat::elf_shared_object;
  EXPECT_THAT(complaint(), HasSubstr("DataLoss: loading GPU code: it is n"));
  EXPECT_EQ(script_.numCalls(loadSymbol()), 0);
}

TEST_P(CodeModuleTest, CodeThatIsCutOffNeverReachesTheDriver) {
  for (size_t length : {size_t{0}, size_t{10}, size_t{63}, size_t{64},
                        code_.size() / 2, code_.size() - 1}) {
    code_ = toyCode().substr(0, length);
    EXPECT_THAT(complaint(), HasSubstr("DataLoss: loading GPU code: "))
        << length;
  }
  EXPECT_EQ(script_.numCalls(loadSymbol()), 0);
}

TEST_P(CodeModuleTest, AKernelOfMoreThreadsThanItsRegistersAllowIsRefused) {
  script_.maxThreadsOfAKernel = 256;
  model_.code().kernels[0]->threads = 512;
  EXPECT_THAT(complaint(),
              HasSubstr("kernel toyEmbed: loading GPU code: it needs 512 "
                        "threads in a block, the GPU has 256"));
}

TEST_P(CodeModuleTest, AKernelOfMoreScratchThanTheGpuHasIsRefused) {
  auto most = static_cast<uint32_t>(gpu_.maxScratchBytes);
  model_.code().kernels[0]->scratch_bytes = most + 1;
  EXPECT_THAT(complaint(), HasSubstr("it needs " + std::to_string(most + 1) +
                                     " bytes of shared memory"));
  model_.code().kernels[0]->scratch_bytes = ~0u;
  EXPECT_THAT(complaint(), HasSubstr("it needs 4294967295 bytes"));
  model_.code().kernels[0]->scratch_bytes = most;
  EXPECT_EQ(complaint(), "none");
}

TEST_P(CodeModuleTest, ALostGpuIsNotCalledBadCode) {
  script_.fail(loadSymbol(), kIllegalAddress);
  EXPECT_THAT(complaint(), HasSubstr("Unavailable: the GPU is lost"));
}

G4_EACH_VENDOR(CodeModuleTest);

} // namespace
} // namespace g4rt::gpu
