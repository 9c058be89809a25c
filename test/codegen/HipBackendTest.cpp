// The AMD back end: what its code objects say of kernels, and what it refuses.

#include "codegen/hip/HipBackend.h"

#include "codegen/hip/CodeObjectNotes.h"

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

/// Moves 4 KB times `rows`, all of it in registers at once, with `scratch`
/// floats of LDS.
std::string moveKernel(const std::string &name, int rows, int scratch) {
  std::string tile = "tensor<" + std::to_string(rows) + "x256xf32, #wave>";
  return "g4t.kernel @" + name +
         "(%from: memref<?x256xf32>, %to: memref<?x256xf32>) grid(%i, %j) "
         "threads 64 {\n"
         "  %c0 = arith.constant 0 : index\n"
         "  %s = g4t.scratch : memref<" +
         std::to_string(scratch) +
         "xf32, #g4t.scratch>\n"
         "  %0 = g4t.load %from[%c0, %c0] : memref<?x256xf32> -> " +
         tile +
         "\n"
         "  g4t.barrier\n"
         "  g4t.store %0, %to[%c0, %c0] : " +
         tile +
         ", memref<?x256xf32>\n"
         "  g4t.return\n}\n";
}

class HipBackendTest : public testing::TestWithParam<AmdTarget> {
protected:
  llvm::Expected<KernelCode> emit(const std::string &kernels) {
    auto module = parseSourceString<ModuleOp>(
        "#wave = #g4t.blocked<1, 64, vec = 4>\n" + kernels, context_.get());
    EXPECT_TRUE(module);
    return createHipBackend(GetParam())->emit(*module);
  }
  std::unique_ptr<MLIRContext> context_ = makeKernelContext();
};

TEST_P(HipBackendTest, TheCodeSaysWhatEachKernelNeeds) {
  auto code = emit(moveKernel("a", 1, 32) + moveKernel("b", 16, 512));
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  EXPECT_EQ(code->format, "hsaco");
  EXPECT_THAT(code->binary, StartsWith("\x7f"
                                       "ELF"));
  ASSERT_EQ(code->kernels.size(), 2u);
  EXPECT_EQ(code->kernels[0].symbol, "a");
  EXPECT_EQ(code->kernels[0].scratchBytes, 128);
  EXPECT_EQ(code->kernels[1].scratchBytes, 2048);
  EXPECT_EQ(code->kernels[1].threads, 64);
  // 16 rows of 256 floats over 64 lanes are 64 registers.
  EXPECT_GE(code->kernels[1].registers, 64);
  EXPECT_EQ(code->kernels[1].spillBytes, 0);
  EXPECT_THAT(code->warnings, testing::IsEmpty());
  auto notes = readCodeObjectNotes(code->binary);
  ASSERT_TRUE(bool(notes)) << llvm::toString(notes.takeError());
  EXPECT_EQ(notes->kernels["b"].wavefront, GetParam().warpSize);
  EXPECT_EQ(notes->kernels["b"].ldsBytes, 0);
  EXPECT_EQ(notes->kernels["b"].vgprs, code->kernels[1].registers);
  EXPECT_GT(notes->kernels["b"].sgprs, 0);
  EXPECT_THAT(code->log, HasSubstr("\nb: "));
}

TEST_P(HipBackendTest, TheSameKernelsGiveTheSameBytes) {
  std::string kernels = moveKernel("a", 1, 32) + moveKernel("b", 16, 512);
  auto first = emit(kernels), second = emit(kernels);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->binary, second->binary);
  EXPECT_EQ(first->log, second->log);
}

TEST_P(HipBackendTest, AKernelWithMoreLdsThanAWorkgroupHasIsRefused) {
  int floats = static_cast<int>(GetParam().scratchBytes / 4);
  auto fits = emit(moveKernel("all", 1, floats));
  EXPECT_TRUE(bool(fits)) << llvm::toString(fits.takeError());
  auto code = emit(moveKernel("greedy", 1, floats + 32));
  ASSERT_FALSE(bool(code));
  EXPECT_THAT(
      llvm::toString(code.takeError()),
      HasSubstr("@greedy: " + std::to_string(GetParam().scratchBytes + 128)));
}

TEST_P(HipBackendTest, AKernelThatSpillsIsAWarningThatNamesIt) {
  if (GetParam().warpSize == 64)
    GTEST_SKIP() << "has 512 registers, which take long to fill";
  auto code = emit(moveKernel("lean", 8, 32) + moveKernel("wide", 80, 32));
  ASSERT_TRUE(bool(code)) << llvm::toString(code.takeError());
  EXPECT_EQ(code->kernels[0].spillBytes, 0);
  EXPECT_GT(code->kernels[1].spillBytes, 0);
  EXPECT_THAT(code->warnings, ElementsAre(HasSubstr("@wide: ")));
}

TEST(CodeObjectNotes, OtherBytesAreErrors) {
  for (std::string bytes : {"", "no ELF",
                            "\x7f"
                            "ELF but short"}) {
    auto notes = readCodeObjectNotes(bytes);
    EXPECT_FALSE(bool(notes));
    llvm::consumeError(notes.takeError());
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, HipBackendTest,
                         testing::ValuesIn(allAmdTargets()),
                         [](const auto &info) { return info.param.name; });

} // namespace
} // namespace g4
