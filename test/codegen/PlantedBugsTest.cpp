// The emulator must see what it is for: each kernel here has one mistake.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include "test/codegen/AttentionCase.h"
#include "test/codegen/TensorCoreCase.h"

namespace g4 {
namespace {

using namespace mlir;
using testing::HasSubstr;

/// Moves `op` before `place`, and what it needs of the same block before it.
void moveWithOperands(Operation *op, Operation *place) {
  op->moveBefore(place);
  for (Value operand : op->getOperands())
    if (Operation *from = operand.getDefiningOp();
        from && from->getBlock() == place->getBlock())
      moveWithOperands(from, op);
}

/// The norm+linear kernel for tiles of `rowTile` rows, changed by `plant` after
/// it is built.
std::string problemWith(std::function<void(tile::KernelOp kernel)> plant,
                        int64_t rowTile = 32) {
  KernelCase kernel = tensorCoreCase({16, 768, 64, true}, {rowTile});
  kernel.build = [plant, build = kernel.build](OpBuilder &b) {
    tile::KernelOp built = build(b);
    plant(built);
    return built;
  };
  std::string problem;
  runEmulated(kernel, GpuVendor::Nvidia, 32, 1, &problem);
  return problem;
}

/// How far its numbers are off when the lowered code is changed, which the
/// emulator finds nothing wrong with.
double errorWith(std::function<void(gpu::GPUModuleOp)> changeCode,
                 int64_t rowTile) {
  KernelCase kernel = tensorCoreCase({16, 768, 64, true}, {rowTile});
  kernel.changeCode = changeCode;
  return largestError(runInterpreted(kernel, Precision::F64),
                      runEmulated(kernel, GpuVendor::Nvidia, 32, 1));
}

TEST(PlantedBugs, TheKernelAloneIsClean) {
  for (int64_t rowTile : {8, 32})
    EXPECT_EQ(problemWith([](tile::KernelOp) {}, rowTile), "");
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

/// The first register of the first operand comes from the neighbouring lane.
void takeNeighboursRegister(gpu::GPUModuleOp module) {
  module.walk([](NVVM::MmaOp op) {
    OpBuilder b(op);
    auto number = [&](int64_t value) {
      return arith::ConstantIntOp::create(b, op.getLoc(), value, 32);
    };
    auto other =
        gpu::ShuffleOp::create(b, op.getLoc(), op.getOperandA()[0], number(1),
                               number(32), gpu::ShuffleMode::XOR);
    op.getOperandAMutable()[0].set(other.getShuffleResult());
  });
}

TEST(PlantedBugs, AWrongLaneOfAnMmaFragmentGivesWrongNumbers) {
  constexpr double kTolerance = 1e-2; // of bf16 products
  for (int64_t rowTile : {8, 32}) {
    EXPECT_LE(errorWith({}, rowTile), kTolerance);
    EXPECT_GT(errorWith(takeNeighboursRegister, rowTile), 10 * kTolerance);
  }
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

// Threads of g4t.for_each that count in one row of scratch instead of their
// own.
TEST(PlantedBugs, ThreadsThatCountInOnePlaceAreARace) {
  constexpr int64_t kRows = 20, kExperts = 8, kPitch = 9;
  auto build = [](OpBuilder &b) {
    auto layout = tile::BlockedAttr::get(b.getContext(), 1, 128, 1);
    tile::KernelOp kernel = buildGroupByExpert(b, b.getUnknownLoc(), "group",
                                               kExperts, 1, 4, {layout, 128});
    kernel.walk([](arith::ConstantIndexOp op) {
      if (op.value() == kPitch)
        op->setAttr("value", IntegerAttr::get(op.getType(), 0));
    });
    return kernel;
  };
  KernelCase kernel{.name = "group",
                    .build = build,
                    .params = {CaseNumbers::zeros(kRows, Element::I32),
                               CaseNumbers::number(kRows)},
                    .grid = {1, 1}};
  for (int64_t output = 0; output < 6; ++output)
    kernel.params.push_back(CaseNumbers::zeros(kRows, Element::I32));
  std::string problem;
  runEmulated(kernel, GpuVendor::Nvidia, 32, 1, &problem);
  EXPECT_THAT(problem, HasSubstr("no barrier followed"));
}

//===----------------------------------------------------------------------===//
// Attention: blocks in order, the ring, the edge of a tile
//===----------------------------------------------------------------------===//

constexpr int kAttentionOutput = 10;

/// Decode over a ring that has gone round; the window ends within a page.
AttentionStep ringStep() {
  return {{{300, 1}, {130, 1}}, 4, 2, 64, 32, 60, true, 4};
}

/// On NVIDIA's matrix instruction and on two of AMD's, of 64 and 32 lanes.
class PlantedAttentionBugs : public testing::TestWithParam<const char *> {
protected:
  using Plant = std::function<void(tile::KernelOp kernel)>;
  using CodePlant = std::function<void(gpu::GPUModuleOp module)>;
  std::pair<std::string, double> attentionWith(Plant plant,
                                               CodePlant plantInCode = {});
};

/// What the emulator says of attention, changed by `plant` after it is built,
/// and how far its result is from plain loops.
std::pair<std::string, double>
PlantedAttentionBugs::attentionWith(Plant plant, CodePlant plantInCode) {
  const MatrixIntrinsic *intrinsic = findMatrixIntrinsic(GetParam());
  bool isNvidia = intrinsic->name == StringRef(kMma16x8x16);
  GpuAttentionChoice twoItemsARow{.queryTile = 1,
                                  .splits = 2,
                                  .partialTiles = 2,
                                  .intrinsic = intrinsic,
                                  .copiesAsync = isNvidia};
  AttentionStep step = ringStep();
  KernelCase kernel = makeChunkedCase(step, twoItemsARow, 3);
  kernel.build = [build = kernel.build, plant](OpBuilder &b) {
    tile::KernelOp built = build(b);
    plant(built);
    return built;
  };
  kernel.changeCode = plantInCode;
  std::string problem;
  CaseResult result = runEmulated(kernel, *intrinsic, 1, &problem);
  step.keysAsRows = true;
  return {problem, largestError({plainAttention(step, kernel)},
                                {result[kAttentionOutput]})};
}

INSTANTIATE_TEST_SUITE_P(Intrinsics, PlantedAttentionBugs,
                         testing::Values(kMma16x8x16, "mfma_16x16x16",
                                         "wmma_16x16x16_gfx12"));

TEST_P(PlantedAttentionBugs, AttentionAloneIsClean) {
  auto [problem, error] = attentionWith([](tile::KernelOp) {});
  EXPECT_EQ(problem, "");
  EXPECT_LE(error, 1e-2);
}

// As LLVM 22 would print an atomicrmw of NVIDIA's.
TEST_P(PlantedAttentionBugs, AnUnorderedCounterIsSeen) {
  auto [problem, error] = attentionWith(
      [](tile::KernelOp) {},
      [](gpu::GPUModuleOp module) {
        module.walk([](LLVM::InlineAsmOp op) {
          op.setAsmString("atom.add.relaxed.gpu.global.u32 $0, [$1], 1;");
        });
        module.walk([](LLVM::AtomicRMWOp op) {
          op.setOrdering(LLVM::AtomicOrdering::monotonic);
        });
      });
  EXPECT_THAT(problem, HasSubstr("no arrival orders them"));
}

TEST_P(PlantedAttentionBugs, AResultStoredBehindTheArrivalIsSeen) {
  auto [problem, error] = attentionWith([](tile::KernelOp kernel) {
    kernel.walk([](tile::ArriveOp op) {
      op->moveBefore(&op->getBlock()->front());
      for (Value operand : op->getOperands())
        if (Operation *from = operand.getDefiningOp();
            from && from->getBlock() == op->getBlock())
          moveWithOperands(from, op);
    });
  });
  EXPECT_THAT(problem, HasSubstr("no arrival orders them"));
}

// The window begins one slot of the ring too early.
TEST_P(PlantedAttentionBugs, ARingSlotOffByOneAtTheWindowEdgeIsSeen) {
  auto [problem, error] = attentionWith([](tile::KernelOp kernel) {
    kernel.walk([](arith::ConstantIndexOp op) {
      if (op.value() == ringStep().window - 1)
        op->setAttr("value", IntegerAttr::get(op.getType(), ringStep().window));
    });
  });
  EXPECT_GT(error, 1e-2);
}

TEST_P(PlantedAttentionBugs, AMissingMaskAtATileEdgeIsSeen) {
  auto [problem, error] = attentionWith([](tile::KernelOp kernel) {
    kernel.walk([](arith::SelectOp op) {
      bool isMask = isa<RankedTensorType>(op.getCondition().getType());
      if (isMask && op.getCondition().getDefiningOp<arith::AndIOp>())
        op.replaceAllUsesWith(op.getTrueValue());
    });
  });
  EXPECT_GT(error, 1e-2);
}

} // namespace
} // namespace g4
