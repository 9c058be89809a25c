// What is counted of a kernel, on LLVM IR that one can count by hand.

#include "codegen/gpu/CountWork.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/Support/SourceMgr.h"

namespace g4 {
namespace {

using testing::ElementsAre;

/// The work of the function @k of `text`, on a GPU with warps of 32.
CountedWork count(const std::string &text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic error;
  auto module = llvm::parseAssemblyString(text, error, context);
  EXPECT_TRUE(module) << error.getMessage().str();
  std::vector<KernelCode::Entry> kernels(1);
  kernels[0].symbol = "k";
  if (module)
    countWork(*module, /*warpSize=*/32, kernels);
  EXPECT_TRUE(kernels[0].work);
  return kernels[0].work.value_or(CountedWork());
}

/// Squares 4 floats of %a a round, into shared memory.
std::string squares(const std::string &bound) {
  return "@s = external addrspace(3) global [512 x float]\n"
         "define void @k(ptr addrspace(1) %a, ptr addrspace(1) %b, i64 %n) {\n"
         "entry:\n"
         "  br label %loop\n"
         "loop:\n"
         "  %i = phi i64 [0, %entry], [%next, %loop]\n"
         "  %p = getelementptr <4 x float>, ptr addrspace(1) %a, i64 %i\n"
         "  %x = load <4 x float>, ptr addrspace(1) %p\n"
         "  %y = fmul <4 x float> %x, %x\n"
         "  store <4 x float> %y, ptr addrspace(3) @s\n"
         "  %next = add i64 %i, 1\n"
         "  %more = icmp ult i64 %next, " +
         bound +
         "\n"
         "  br i1 %more, label %loop, label %done\n"
         "done:\n"
         "  ret void\n"
         "}\n";
}

TEST(CountWorkTest, ALoopIsCountedAsOftenAsItRuns) {
  CountedWork work = count(squares("8"));
  // An address, a load, 4 products, a store, an addition, a comparison and a
  // branch: 10 a round, and the return.
  EXPECT_EQ(work.once.instructions, 8 * 10 + 1);
  EXPECT_EQ(work.once.integers, 8 * 3);
  EXPECT_THAT(work.once.loadedBytes, ElementsAre(8 * 16, 0, 0));
  EXPECT_EQ(work.once.sharedBytes, 8 * 16);
  EXPECT_EQ(work.once.bytesInFlight, 16);
  EXPECT_EQ(work.round.instructions, 0);
}

TEST(CountWorkTest, OfALoopThatDependsOnDataARoundIsCountedApart) {
  CountedWork work = count(squares("%n"));
  EXPECT_EQ(work.once.instructions, 1);
  EXPECT_THAT(work.once.loadedBytes, ElementsAre(0, 0, 0));
  EXPECT_EQ(work.round.instructions, 10);
  EXPECT_THAT(work.round.loadedBytes, ElementsAre(16, 0, 0));
}

/// Each warp squares its 6 of 44 floats, or begins behind them.
std::string slices(int from) {
  return "declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
         "declare i32 @llvm.umin.i32(i32, i32)\n"
         "define void @k(ptr addrspace(1) %a) {\n"
         "entry:\n"
         "  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
         "  %warp = lshr i32 %t, 5\n"
         "  %slice = mul nuw nsw i32 %warp, 6\n"
         "  %begin = add nuw nsw i32 %slice, " +
         std::to_string(from) +
         "\n"
         "  %far = add nuw nsw i32 %slice, 6\n"
         "  %end = call i32 @llvm.umin.i32(i32 %far, i32 44)\n"
         "  %any = icmp ult i32 %begin, %end\n"
         "  br i1 %any, label %loop, label %done\n"
         "loop:\n"
         "  %i = phi i32 [%begin, %entry], [%next, %loop]\n"
         "  %p = getelementptr float, ptr addrspace(1) %a, i32 %i\n"
         "  %x = load float, ptr addrspace(1) %p\n"
         "  %y = fmul float %x, %x\n"
         "  store float %y, ptr addrspace(1) %p\n"
         "  %next = add nuw nsw i32 %i, 1\n"
         "  %more = icmp ult i32 %next, %end\n"
         "  br i1 %more, label %loop, label %done\n"
         "done:\n"
         "  ret void\n"
         "}\n";
}

TEST(CountWorkTest, ASliceOfAWarpIsThatOfTheFirst) {
  EXPECT_THAT(count(slices(0)).once.loadedBytes, ElementsAre(6 * 4));
  EXPECT_THAT(count(slices(4)).once.loadedBytes, ElementsAre(2 * 4));
  // Its loop behind the slice has no round.
  EXPECT_THAT(count(slices(6)).once.loadedBytes, ElementsAre(0));
  EXPECT_EQ(count(slices(0)).round.instructions, 0);
}

// Of the 5 units of the first warp's slice 3 are taken at a time by this loop,
// the others by a second, as LLVM writes it: the number of units is frozen.
TEST(CountWorkTest, ALoopWhoseCountIsFrozenRunsAsOftenAsThatSays) {
  CountedWork work =
      count("declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
            "declare i32 @llvm.umin.i32(i32, i32)\n"
            "define void @k(ptr addrspace(1) %a) {\n"
            "entry:\n"
            "  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
            "  %warp = lshr i32 %t, 5\n"
            "  %begin = mul nuw nsw i32 %warp, 5\n"
            "  %last = call i32 @llvm.umin.i32(i32 %begin, i32 28)\n"
            "  %end = add nuw nsw i32 %last, 5\n"
            "  %left = sub nsw i32 %end, %begin\n"
            "  %count = freeze i32 %left\n"
            "  %odd = urem i32 %count, 3\n"
            "  %even = sub nuw nsw i32 %count, %odd\n"
            "  %middle = add nuw nsw i32 %even, %begin\n"
            "  br label %loop\n"
            "loop:\n"
            "  %i = phi i32 [%begin, %entry], [%next, %loop]\n"
            "  %p = getelementptr <3 x float>, ptr addrspace(1) %a, i32 %i\n"
            "  %x = load <3 x float>, ptr addrspace(1) %p\n"
            "  store <3 x float> %x, ptr addrspace(1) %p\n"
            "  %next = add nuw nsw i32 %i, 3\n"
            "  %more = icmp ult i32 %next, %middle\n"
            "  br i1 %more, label %loop, label %done\n"
            "done:\n"
            "  ret void\n"
            "}\n");
  EXPECT_THAT(work.once.loadedBytes, ElementsAre(1 * 3 * 4));
  EXPECT_EQ(work.round.instructions, 0);
}

TEST(CountWorkTest, OfABranchTheLongerWayIsTaken) {
  CountedWork work = count("define void @k(i32 %n, ptr addrspace(1) %a) {\n"
                           "entry:\n"
                           "  %none = icmp eq i32 %n, 0\n"
                           "  br i1 %none, label %done, label %some\n"
                           "some:\n"
                           "  %d = sitofp i32 %n to float\n"
                           "  store float %d, ptr addrspace(1) %a\n"
                           "  br label %done\n"
                           "done:\n"
                           "  ret void\n"
                           "}\n");
  EXPECT_EQ(work.once.instructions, 2 + 2 + 1);
  EXPECT_EQ(work.once.specials, 1);
  EXPECT_EQ(work.once.storedBytes, 4);
}

TEST(CountWorkTest, AMatrixInstructionIsSharedByTheLanesOfItsWarp) {
  const char *types = "(<2 x half>, <2 x half>, <2 x half>, <2 x half>, "
                      "<2 x half>, <2 x half>, float, float, float, float)";
  std::string name = "@llvm.nvvm.mma.m16n8k16.row.col.f32.f32";
  CountedWork work = count(
      "declare {float, float, float, float} " + name + types +
      "\n"
      "declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)\n"
      "define void @k(<2 x half> %x, float %c) {\n"
      "  %d = call {float, float, float, float} " +
      name +
      "(<2 x half> %x, <2 x half> %x, <2 x half> %x, <2 x half> %x, "
      "<2 x half> %x, <2 x half> %x, float %c, float %c, float %c, float %c)\n"
      "  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)\n"
      "  ret void\n"
      "}\n");
  EXPECT_EQ(work.once.matrixProducts, 16 * 8 * 16 / 32);
  EXPECT_EQ(work.once.barriers, 1);
  EXPECT_EQ(work.once.instructions, 3);
}

TEST(CountWorkTest, CopiesAreUnderWayWhileOthersAreWaitedFor) {
  std::string copy = "@llvm.nvvm.cp.async.cg.shared.global.16";
  std::string group = "  call void " + copy +
                      "(ptr addrspace(3) @s, ptr addrspace(1) %a)\n"
                      "  call void @llvm.nvvm.cp.async.commit.group()\n";
  CountedWork work =
      count("@s = external addrspace(3) global [512 x float]\n"
            "declare void " +
            copy +
            "(ptr addrspace(3), ptr addrspace(1))\n"
            "declare void @llvm.nvvm.cp.async.commit.group()\n"
            "declare void @llvm.nvvm.cp.async.wait.group(i32 immarg)\n"
            "define void @k(ptr addrspace(1) %a) {\n" +
            group + group + group +
            "  call void @llvm.nvvm.cp.async.wait.group(i32 1)\n"
            "  ret void\n"
            "}\n");
  EXPECT_THAT(work.once.loadedBytes, ElementsAre(3 * 16));
  EXPECT_EQ(work.once.sharedBytes, 3 * 16);
  EXPECT_EQ(work.once.bytesInFlight, 2 * 16);
}

} // namespace
} // namespace g4
