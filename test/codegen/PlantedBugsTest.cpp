// The emulator must see what it is for: each kernel here has one mistake.

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "test/codegen/KernelCase.h"

namespace g4 {
namespace {

using namespace mlir;
using testing::HasSubstr;

/// The staged norm+linear kernel, changed by `plant` after it is built.
std::string problemWith(std::function<void(tile::KernelOp kernel)> plant) {
  constexpr int64_t kRows = 16, kCols = 192, kOut = 64;
  auto spec = [](MLIRContext *context) {
    Builder b(context);
    auto format = quant::FormatAttr::get(context, b.getBF16Type(), 0, Type());
    return LinearSpec{
        .weight = quant::WeightType::get(context, {kOut, kCols}, format,
                                         quant::LayoutAttr::get(context, 0, 1)),
        .inputCols = kCols,
        .outputCols = kOut,
        .hasNorm = true,
        .epsilon = 1e-6};
  };
  auto context = makeKernelContext();
  CaseNumbers numbers(21);
  KernelCase kernel{
      .name = "planted",
      .build =
          [&](OpBuilder &b) {
            MLIRContext *c = b.getContext();
            auto built = buildLinear(
                b, b.getUnknownLoc(), "planted", spec(c),
                {.tile = {.layout = tile::BlockedAttr::get(c, 1, 64, 1),
                          .threads = 64,
                          .colBlock = 64},
                 .rowTile = 16,
                 .colTile = 32,
                 .stages = 3,
                 .depthTile = 32,
                 .accumulator = tile::MmaAttr::get(c, 1, 2)});
            plant(built);
            return built;
          },
      .params = {numbers.uniform(kRows * kCols, -1, 1),
                 numbers.weight(spec(context.get()).weight, 0.3),
                 CaseNumbers::zeros(kRows * kOut), CaseNumbers::number(kRows),
                 numbers.uniform(kCols, 0.5, 1.5)},
      .grid = {1, 2}};
  std::string problem;
  runEmulated(kernel, GpuVendor::Nvidia, 32, 1, &problem);
  return problem;
}

TEST(PlantedBugs, TheKernelAloneIsClean) {
  EXPECT_EQ(problemWith([](tile::KernelOp) {}), "");
}

TEST(PlantedBugs, AMissingBarrierIsARace) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    SmallVector<tile::BarrierOp> barriers;
    kernel.walk([&](tile::BarrierOp op) { barriers.push_back(op); });
    for (tile::BarrierOp op : barriers)
      op.erase();
  });
  EXPECT_THAT(problem, HasSubstr("no barrier followed"));
}

TEST(PlantedBugs, AMissingWaitReadsACopyUnderWay) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    SmallVector<tile::WaitAsyncOp> waits;
    kernel.walk([&](tile::WaitAsyncOp op) { waits.push_back(op); });
    for (tile::WaitAsyncOp op : waits)
      op.erase();
  });
  EXPECT_THAT(problem, HasSubstr("async copy is under way"));
}

TEST(PlantedBugs, AWaitOneStageEarlyReadsACopyUnderWay) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    kernel.walk(
        [](tile::WaitAsyncOp op) { op.setPending(op.getPending() + 1); });
  });
  EXPECT_THAT(problem, HasSubstr("async copy is under way"));
}

TEST(PlantedBugs, ScratchThatNobodyWroteIsPoison) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    SmallVector<tile::StoreOp> stores;
    kernel.walk([&](tile::StoreOp op) {
      if (tile::isScratch(cast<MemRefType>(op.getDest().getType())))
        stores.push_back(op);
    });
    for (tile::StoreOp op : stores)
      op.erase();
  });
  EXPECT_THAT(problem, HasSubstr("nobody wrote it"));
}

TEST(PlantedBugs, AMisalignedCopyIsSeen) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    kernel.walk([](tile::CopyAsyncOp op) {
      OpBuilder b(op);
      Value one = arith::ConstantIndexOp::create(b, op.getLoc(), 1);
      Value shifted =
          arith::AddIOp::create(b, op.getLoc(), op.getDestIndices()[1], one);
      op.getDestIndicesMutable()[1].set(shifted);
    });
  });
  EXPECT_THAT(problem, HasSubstr("not aligned to 16 bytes"));
}

TEST(PlantedBugs, ARowBehindTheBuffersIsSeen) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    kernel.walk([](tile::StoreOp op) {
      if (tile::isScratch(cast<MemRefType>(op.getDest().getType())))
        return;
      OpBuilder b(op);
      Value far = arith::ConstantIndexOp::create(b, op.getLoc(), 1 << 20);
      Value shifted =
          arith::AddIOp::create(b, op.getLoc(), op.getIndices()[1], far);
      op.getIndicesMutable()[1].set(shifted);
      op.getColBoundMutable().clear();
    });
  });
  EXPECT_THAT(problem, HasSubstr("outside of all buffers"));
}

TEST(PlantedBugs, ABarrierThatSomeNeverReachIsADeadlock) {
  std::string problem = problemWith([](tile::KernelOp kernel) {
    tile::BarrierOp first;
    kernel.walk([&](tile::BarrierOp op) { first = first ? first : op; });
    OpBuilder b(first);
    auto single = tile::SingleOp::create(b, first.getLoc());
    Block &body = single.getBody().emplaceBlock();
    first->moveBefore(&body, body.end());
  });
  EXPECT_THAT(problem, HasSubstr("waits for threads that never come"));
}

} // namespace
} // namespace g4
