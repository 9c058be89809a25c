// What is read from the assembler's words about kernels.

#include "codegen/cuda/AssemblerLog.h"

#include "gtest/gtest.h"

namespace g4 {
namespace {

TEST(AssemblerLog, GivesEachKernelItsOwnNumbers) {
  auto found = parseAssemblerLog(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'small' for 'sm_90'\n"
      "ptxas info    : Function properties for small\n"
      "ptxas         .     0 bytes stack frame, 0 bytes spill stores, "
      "0 bytes spill loads\n"
      "ptxas info    : Used 40 registers, used 1 barriers, 512 bytes smem\n"
      "ptxas info    : Compiling entry function 'large' for 'sm_90'\n"
      "ptxas info    : Function properties for large\n"
      "ptxas         .     16 bytes stack frame, 24 bytes spill stores, "
      "32 bytes spill loads\n"
      "ptxas info    : Used 255 registers, used 0 barriers, 16 bytes "
      "cumulative stack size\n"
      "info    : 0 bytes gmem\n"
      "info    : Function properties for 'small':\n"
      "info    : used 40 registers, used 1 barriers, 0 stack, 512 bytes smem, "
      "544 bytes cmem[0], 0 bytes lmem\n"
      "info    : Function properties for 'large':\n"
      "info    : used 255 registers, used 0 barriers, 16 stack, 0 bytes smem, "
      "0 bytes lmem\n");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found["small"].registers, 40);
  EXPECT_EQ(found["small"].spillBytes, 0);
  EXPECT_EQ(found["small"].stackBytes, 0);
  EXPECT_EQ(found["large"].registers, 255);
  EXPECT_EQ(found["large"].spillBytes, 32);
  EXPECT_EQ(found["large"].stackBytes, 16);
}

TEST(AssemblerLog, LocalMemoryOfTheLinkedKernelCounts) {
  auto found = parseAssemblerLog(
      "info    : Function properties for 'k':\n"
      "info    : used 24 registers, 8 stack, 0 bytes smem, 64 bytes lmem\n");
  EXPECT_EQ(found["k"].registers, 24);
  EXPECT_EQ(found["k"].stackBytes, 64);
}

TEST(AssemblerLog, ALogOfOtherThingsHasNoKernels) {
  EXPECT_TRUE(parseAssemblerLog("").empty());
  EXPECT_TRUE(
      parseAssemblerLog("warning: 3 registers\n\n  bytes stack frame").empty());
}

TEST(AssemblerLog, NumbersThatAreMissingAreZero) {
  auto found = parseAssemblerLog("ptxas info    : Function properties for k\n"
                                 "  bytes stack frame, bytes spill stores\n"
                                 "Used registers\n");
  EXPECT_EQ(found["k"].registers, 0);
  EXPECT_EQ(found["k"].spillBytes, 0);
}

} // namespace
} // namespace g4
