// The NVIDIA back end on kernels that ask too much of a target, and what it
// says of those that do not.

#include "codegen/cuda/CudaBackend.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/Parser/Parser.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// Moves a tile of `rows` rows of 128 columns from `from` to `to`, all of it in
/// registers at once, with `scratch` floats of shared memory.
std::string moveKernel(const std::string &name, int rows, int scratch) {
  std::string n = std::to_string(rows);
  std::string tile = "tensor<" + n + "x128xf32, #warp>";
  std::string shared =
      "memref<" + std::to_string(scratch) + "xf32, #g4t.scratch>";
  return "g4t.kernel @" + name +
         "(%from: memref<?x128xf32>, %to: memref<?x128xf32>) grid(%i, %j) "
         "threads 32 {\n"
         "  %c0 = arith.constant 0 : index\n"
         "  %s = g4t.scratch : " +
         shared +
         "\n"
         "  %0 = g4t.load %from[%c0, %c0] : memref<?x128xf32> -> " +
         tile +
         "\n"
         "  g4t.barrier\n"
         "  g4t.store %0, %to[%c0, %c0] : " +
         tile +
         ", memref<?x128xf32>\n"
         "  g4t.return\n}\n";
}

class CudaBackendTest : public testing::TestWithParam<const char *> {
protected:
  const NvidiaTarget &target() { return *findNvidiaTarget(GetParam()); }

  llvm::Expected<KernelCode> emit(const std::string &kernels) {
    auto module = parseSourceString<ModuleOp>(
        "#warp = #g4t.blocked<1, 32, vec = 4>\n" + kernels, context_.get());
    EXPECT_TRUE(module);
    return createCudaBackend(target())->emit(*module);
  }

  std::unique_ptr<MLIRContext> context_ = makeKernelContext();
};

TEST_P(CudaBackendTest, TheCodeSaysWhatEachKernelNeeds) {
  auto code = emit(moveKernel("a", 1, 32) + moveKernel("b", 16, 512));
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  ASSERT_EQ(code->kernels.size(), 2u);
  EXPECT_EQ(code->kernels[0].symbol, "a");
  EXPECT_EQ(code->kernels[0].scratchBytes, 128);
  EXPECT_EQ(code->kernels[1].scratchBytes, 2048);
  EXPECT_EQ(code->kernels[1].threads, 32);
  if (!canAssemblePtx()) {
    EXPECT_EQ(code->format, "ptx");
    EXPECT_EQ(code->kernels[0].registers, 0);
    return;
  }
  EXPECT_EQ(code->format, "cubin");
  EXPECT_THAT(code->binary, StartsWith("\x7f"
                                       "ELF"));
  EXPECT_THAT(code->assembly, HasSubstr(".entry a("));
  EXPECT_GT(code->kernels[1].registers, code->kernels[0].registers);
  EXPECT_EQ(code->kernels[1].spillBytes, 0);
}

TEST_P(CudaBackendTest, TheSameKernelsGiveTheSameBytes) {
  std::string kernels = moveKernel("a", 1, 32) + moveKernel("b", 16, 512);
  auto first = emit(kernels), second = emit(kernels);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->binary, second->binary);
  EXPECT_EQ(first->log, second->log);
}

TEST_P(CudaBackendTest, AKernelWithMoreSharedMemoryThanABlockHasIsRefused) {
  int floats = target().scratchBytes / 4;
  auto fits = emit(moveKernel("all", 1, floats));
  EXPECT_TRUE(bool(fits)) << llvm::toString(fits.takeError());
  auto code = emit(moveKernel("greedy", 1, floats + 32));
  ASSERT_FALSE(bool(code));
  std::string bytes = std::to_string(target().scratchBytes);
  EXPECT_EQ(llvm::toString(code.takeError()),
            "@greedy: " + std::to_string(target().scratchBytes + 128) +
                " bytes of shared memory, a block has at most " + bytes +
                " on " + GetParam());
}

TEST_P(CudaBackendTest, AKernelThatSpillsIsAWarningThatNamesIt) {
  if (!canAssemblePtx())
    GTEST_SKIP() << "this build has no assembler";
  auto code = emit(moveKernel("lean", 16, 32) + moveKernel("wide", 96, 32));
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  EXPECT_EQ(code->kernels[0].spillBytes, 0);
  EXPECT_GT(code->kernels[1].spillBytes, 0);
  EXPECT_THAT(code->warnings, ElementsAre(HasSubstr("@wide: ")));
}

TEST_P(CudaBackendTest, PtxIsOfTheLowestVersionThatTheTargetTakes) {
  std::map<std::string, std::string> versions = {{"sm80", "7.0"},
                                                 {"sm89", "7.8"},
                                                 {"sm90", "7.8"},
                                                 {"sm100", "8.6"},
                                                 {"sm120", "8.7"}};
  auto code = emit(moveKernel("a", 1, 32));
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  const std::string &ptx =
      code->format == "ptx" ? code->binary : code->assembly;
  EXPECT_THAT(ptx, HasSubstr(".version " + versions[GetParam()] + "\n"));
  EXPECT_THAT(ptx, HasSubstr(std::string(".target ") + target().chip + "\n"));
}

INSTANTIATE_TEST_SUITE_P(Targets, CudaBackendTest,
                         testing::Values("sm80", "sm89", "sm90", "sm100",
                                         "sm120"));

} // namespace
} // namespace g4
