// Where lanes hold the numbers of a matrix instruction, against the formulas of
// the manufacturers' documents, and what the emulator makes of planted mistakes
// in them.

#include "codegen/gpu/LaneMoves.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <functional>
#include <set>

#include "test/codegen/TensorCoreCase.h"

namespace g4 {
namespace {

using namespace mlir;
using Formula = std::function<MatrixPlace(int64_t element, int64_t lane)>;

/// Of operands a and b as [rows or cols, depth], and of c.
struct Formulas {
  const char *name;
  Formula operand, sums;
};

// PTX ISA 8.0, 9.7.13.4.8; AMD CDNA2 ISA 7.1, CDNA3 ISA 7.1.4 and CDNA4 ISA
// 7.1.4 (dense matrices of 16-bit inputs, 16 x 16 outputs); RDNA3 ISA 7.9;
// RDNA4 ISA 7.12.
const Formulas kFormulas[] = {
    {"mfma_16x16x16",
     [](int64_t e, int64_t l) { return MatrixPlace{l % 16, 4 * (l / 16) + e}; },
     [](int64_t e, int64_t l) {
       return MatrixPlace{4 * (l / 16) + e, l % 16};
     }},
    {"mfma_16x16x32",
     [](int64_t e, int64_t l) { return MatrixPlace{l % 16, 8 * (l / 16) + e}; },
     [](int64_t e, int64_t l) {
       return MatrixPlace{4 * (l / 16) + e, l % 16};
     }},
    {"wmma_16x16x16_gfx11",
     [](int64_t e, int64_t l) { return MatrixPlace{l % 16, e}; },
     [](int64_t e, int64_t l) { return MatrixPlace{2 * e + l / 16, l % 16}; }},
    {"wmma_16x16x16_gfx12",
     [](int64_t e, int64_t l) {
       return MatrixPlace{l % 16, 8 * (e / 4) + 4 * (l / 16) + e % 4};
     },
     [](int64_t e, int64_t l) {
       return MatrixPlace{8 * (l / 16) + e, l % 16};
     }}};

void expectLayout(const FragmentLayout &layout, const Formula &formula) {
  for (int64_t lane = 0; lane < layout.numLanes(); ++lane)
    for (int64_t e = 0; e < layout.numElements(); ++e)
      EXPECT_EQ(layout.at(e, lane), formula(e, lane))
          << "element " << e << " of lane " << lane;
}

TEST(MatrixIntrinsics, LanesHoldWhatTheDocumentsSay) {
  for (const Formulas &formulas : kFormulas) {
    SCOPED_TRACE(formulas.name);
    const MatrixIntrinsic *m = findMatrixIntrinsic(formulas.name);
    ASSERT_TRUE(m);
    expectLayout(m->a, formulas.operand);
    expectLayout(m->b.transposed(), formulas.operand);
    expectLayout(m->c, formulas.sums);
  }
  const MatrixIntrinsic &mma = *findMatrixIntrinsic(kMma16x8x16);
  expectLayout(mma.a, [](int64_t e, int64_t l) {
    return MatrixPlace{l / 4 + 8 * (e / 2 % 2),
                       2 * (l % 4) + e % 2 + e / 4 * 8};
  });
  expectLayout(mma.b, [](int64_t e, int64_t l) {
    return MatrixPlace{2 * (l % 4) + e % 2 + e / 2 * 8, l / 4};
  });
  expectLayout(mma.c, [](int64_t e, int64_t l) {
    return MatrixPlace{l / 4 + 8 * (e / 2), 2 * (l % 4) + e % 2};
  });
}

/// How many lanes and elements are at each place: the same number everywhere.
int64_t timesHeld(const FragmentLayout &layout, int64_t rows, int64_t cols) {
  std::vector<int64_t> times(rows * cols);
  for (int64_t lane = 0; lane < layout.numLanes(); ++lane)
    for (int64_t e = 0; e < layout.numElements(); ++e) {
      MatrixPlace place = layout.at(e, lane);
      EXPECT_LT(place.row, rows);
      EXPECT_LT(place.col, cols);
      ++times[place.row * cols + place.col];
    }
  EXPECT_THAT(times, testing::Each(times[0]));
  return times[0];
}

TEST(MatrixIntrinsics, EveryPlaceIsHeldAndSumsOnce) {
  for (const MatrixIntrinsic &m : matrixIntrinsics()) {
    SCOPED_TRACE(m.name);
    EXPECT_GE(timesHeld(m.a, m.rows, m.depth), 1);
    EXPECT_GE(timesHeld(m.b, m.depth, m.cols), 1);
    EXPECT_EQ(timesHeld(m.c, m.rows, m.cols), 1);
    EXPECT_EQ(timesHeld(m.weightSums(), m.cols, m.rows * m.weightPanels()), 1);
    EXPECT_EQ(findMatrixIntrinsic(m.name), &m);
  }
}

// Whoever packs weights for matrix instructions reads the packing's order, not
// the table: they say the same.
TEST(MatrixIntrinsics, PackedWeightsLieAsTheFirstOperandOfNvidias) {
  const FragmentLayout &layout = findMatrixIntrinsic(kMma16x8x16)->a;
  const artifact::Packing &packing =
      *artifact::findFormat("bf16")->findPacking("mma16x16");
  for (int64_t lane = 0; lane < layout.numLanes(); ++lane)
    for (int64_t e = 0; e < layout.numElements(); ++e) {
      MatrixPlace place = layout.at(e, lane);
      EXPECT_EQ(packing.codes.placeOf(place.row, place.col),
                lane * layout.numElements() + e);
    }
}

TEST(MatrixIntrinsics, OnlyKnownNamesAreFound) {
  EXPECT_FALSE(findMatrixIntrinsic("mfma_32x32x8"));
  EXPECT_FALSE(findMatrixIntrinsic(""));
}

//===----------------------------------------------------------------------===//
// Planted bugs
//===----------------------------------------------------------------------===//

struct Outcome {
  std::string problem;
  double error = 0;
};

/// A linear by `name` in tiles of `rowTile` rows, its code changed by `plant`.
Outcome runWith(const char *name, int64_t rowTile,
                std::function<void(gpu::GPUModuleOp)> plant,
                bool hasNorm = false) {
  TensorCoreChoice choice{rowTile, false, 64 * 1024, name};
  KernelCase kernel = tensorCoreCase({16, 192, 64, hasNorm}, choice);
  kernel.changeCode = plant;
  Outcome outcome;
  CaseResult result =
      runEmulated(kernel, *findMatrixIntrinsic(name), 1, &outcome.problem);
  outcome.error =
      largestError({runInterpreted(kernel, Precision::F64)[2]}, {result[2]});
  return outcome;
}

/// The operations of a whole wavefront in a module.
std::vector<LLVM::CallIntrinsicOp> matrixCalls(gpu::GPUModuleOp module) {
  std::vector<LLVM::CallIntrinsicOp> calls;
  module.walk([&](LLVM::CallIntrinsicOp op) { calls.push_back(op); });
  return calls;
}

TEST(PlantedAmdBugs, TheKernelsAloneAreClean) {
  for (const MatrixIntrinsic &m : matrixIntrinsics().subspan(1))
    for (int64_t rowTile : {8, 32}) {
      Outcome outcome = runWith(m.name, rowTile, {});
      EXPECT_EQ(outcome.problem, "") << m.name;
      EXPECT_LE(outcome.error, 1e-5) << m.name;
    }
}

// CDNA3 ISA 4.4.5 and RDNA3 ISA 7.6: which lane each reads.
TEST(LaneMoves, DppReadsTheLanesThatTheDocumentsSay) {
  for (int64_t lane = 0; lane < 64; ++lane) {
    EXPECT_EQ(dppSource(lane, kQuadXor1), lane ^ 1);
    EXPECT_EQ(dppSource(lane, kQuadXor2), lane ^ 2);
    EXPECT_EQ(dppSource(lane, kQuadXor3), lane ^ 3);
    EXPECT_EQ(dppSource(lane, kRowHalfMirror), lane / 8 * 8 + 7 - lane % 8);
    EXPECT_EQ(dppSource(lane, kRowRor + 8), lane / 16 * 16 + (lane + 8) % 16);
    EXPECT_EQ(dppSource(lane, kRowRor + 1), lane / 16 * 16 + (lane + 15) % 16);
    EXPECT_EQ(dppSource(lane, kRowXmask + 5), lane ^ 5);
    EXPECT_EQ(dppSource(lane, 0x130), -1); // wave_shl: not used
  }
}

// A rotation by one lane stays in its row of 16, so it is no butterfly.
TEST(PlantedAmdBugs, ARotationForAButterflyGivesWrongNumbers) {
  auto rotate = [](gpu::GPUModuleOp module) {
    for (LLVM::CallIntrinsicOp call : matrixCalls(module))
      if (call.getIntrin() == "llvm.amdgcn.update.dpp") {
        OpBuilder b(call);
        call->setOperand(
            2, arith::ConstantIntOp::create(b, call.getLoc(), kRowRor + 1, 32));
      }
  };
  for (const char *name : {"mfma_16x16x16", "wmma_16x16x16_gfx12"})
    EXPECT_GT(runWith(name, 8, rotate, /*hasNorm=*/true).error, 1e-2) << name;
}

// Two neighbouring numbers of the first operand change places.
TEST(PlantedAmdBugs, AWrongLaneOfAnOperandGivesWrongNumbers) {
  auto swapFirst = [](gpu::GPUModuleOp module) {
    for (LLVM::CallIntrinsicOp call : matrixCalls(module)) {
      OpBuilder b(call);
      Value a = call.getArgs()[0];
      if (!isa<VectorType>(a.getType()))
        continue;
      SmallVector<int64_t> order;
      for (int64_t i = 0; i < cast<VectorType>(a.getType()).getNumElements();
           ++i)
        order.push_back(i ^ 1);
      Value swapped = vector::ShuffleOp::create(b, call.getLoc(), a, a, order);
      call->setOperand(0, swapped);
    }
  };
  for (const MatrixIntrinsic &m : matrixIntrinsics().subspan(1))
    EXPECT_GT(runWith(m.name, 8, swapFirst).error, 1e-2) << m.name;
}

// What has to reach the other row of 16 lanes stays in its own.
TEST(PlantedAmdBugs, AMoveThatEndsAtARowsBoundaryGivesWrongNumbers) {
  auto stay = [](gpu::GPUModuleOp module) {
    for (LLVM::CallIntrinsicOp call : matrixCalls(module)) {
      bool isSwizzle = call.getIntrin() == "llvm.amdgcn.ds.swizzle";
      if (!isSwizzle && call.getIntrin() != "llvm.amdgcn.permlanex16")
        continue;
      OpBuilder b(call);
      Location loc = call.getLoc();
      auto number = [&](int64_t value, int bits) -> Value {
        return arith::ConstantIntOp::create(b, loc, value, bits);
      };
      Value word = call.getArgs()[isSwizzle ? 0 : 1];
      SmallVector<Value> operands = {word,
                                     word,
                                     number(kRowRor + 8, 32),
                                     number(0xf, 32),
                                     number(0xf, 32),
                                     number(1, 1)};
      auto moved = LLVM::CallIntrinsicOp::create(
          b, loc, b.getI32Type(), b.getStringAttr("llvm.amdgcn.update.dpp"),
          operands);
      call.getResult(0).replaceAllUsesWith(moved.getResult(0));
      call.erase();
    }
  };
  for (const char *name : {"mfma_16x16x16", "wmma_16x16x16_gfx12"})
    EXPECT_GT(runWith(name, 8, stay, /*hasNorm=*/true).error, 1e-2) << name;
}

// A wavefront of 64 lanes whose upper half takes itself for the lower one.
TEST(PlantedAmdBugs, CodeForThirtyTwoLanesGivesWrongNumbers) {
  auto halve = [](gpu::GPUModuleOp module) {
    module.walk([](arith::RemUIOp op) {
      auto lanes = op.getRhs().getDefiningOp<arith::ConstantIndexOp>();
      if (!lanes || lanes.value() != 64 ||
          !op.getLhs().getDefiningOp<gpu::ThreadIdOp>())
        return;
      OpBuilder b(op);
      op.getRhsMutable().set(
          arith::ConstantIndexOp::create(b, op.getLoc(), 32));
    });
  };
  for (const char *name : {"mfma_16x16x16", "mfma_16x16x32"})
    EXPECT_GT(runWith(name, 8, halve).error, 1e-2) << name;
}

TEST(PlantedAmdBugs, Gfx11sFormOnGfx12IsRefused) {
  TensorCoreChoice choice{8, false, 64 * 1024, "wmma_16x16x16_gfx11"};
  KernelCase kernel = tensorCoreCase({16, 192, 64}, choice);
  std::string problem;
  runEmulated(kernel, *findMatrixIntrinsic("wmma_16x16x16_gfx12"), 1, &problem);
  EXPECT_THAT(problem,
              testing::HasSubstr("is no instruction of the emulated machine, "
                                 "which has wmma_16x16x16_gfx12"));
}

// Who comes first reads what nobody has written yet, who comes later what
// another wrote.
TEST(PlantedAmdBugs, AMissingBarrierIsARace) {
  auto erase = [](gpu::GPUModuleOp module) {
    SmallVector<gpu::BarrierOp> barriers;
    module.walk([&](gpu::BarrierOp op) { barriers.push_back(op); });
    for (gpu::BarrierOp op : barriers)
      op.erase();
  };
  for (const MatrixIntrinsic &m : matrixIntrinsics().subspan(1))
    EXPECT_THAT(runWith(m.name, 32, erase).problem,
                testing::AnyOf(testing::HasSubstr("nobody wrote it"),
                               testing::HasSubstr("no barrier followed")))
        << m.name;
}

// On gfx11 both halves of a wavefront must hold the operands; gfx12's do not.
TEST(PlantedAmdBugs, HalvesOfAWavefrontThatDifferAreSeenOnGfx11) {
  auto breakHalves = [](gpu::GPUModuleOp module) {
    Value thread;
    module.walk([&](gpu::ThreadIdOp op) { thread = op; });
    for (LLVM::CallIntrinsicOp call : matrixCalls(module)) {
      OpBuilder b(call);
      Location loc = call.getLoc();
      Value a = call.getArgs()[0];
      if (!isa<VectorType>(a.getType()))
        continue;
      Value word = arith::IndexCastOp::create(b, loc, b.getI16Type(), thread);
      Value changed = LLVM::InsertElementOp::create(
          b, loc, a, word, arith::ConstantIntOp::create(b, loc, 0, 32));
      call->setOperand(0, changed);
    }
  };
  EXPECT_THAT(runWith("wmma_16x16x16_gfx11", 8, breakHalves).problem,
              testing::HasSubstr("lanes hold different numbers"));
}

} // namespace
} // namespace g4
