//===- AmdSlicedDot.cpp - A few rows against a weight in global memory ----===//
//
// dot_packed with slices, as NvidiaSlicedDot.cpp describes it: each warp reads
// one slice of the depth of 32 rows of the weight (16 where it has no pair of
// panels: then the instruction's other rows repeat them), the tokens, at most
// 8, are columns of the second operand.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AmdWeightDot.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

using Registers = SmallVector<Value>;

// Words of a weight that a lane loads at once, and blocks of them. With more,
// of gfx11, whose lanes hold each row twice, registers run out.
constexpr int64_t kWordsAtOnce = 64, kMaxBlocksAtOnce = 2;

struct AmdLowering::SlicedDot {
  WeightDot weight;
  Value panels{}, tokens{}; // at block 0: of the weight, the lane's row of a
  int64_t numPairs;         // of panels
  int64_t blockPitch;       // bytes from a block of a to the next
  SlicedSums sums;
};

/// Two accumulators, one a run, for each pair of panels.
Registers AmdLowering::addBlocks(const SlicedDot &dot, Value block,
                                 int64_t numBlocks, ValueRange sums) {
  Registers result(sums);
  const WeightDot &weight = dot.weight;
  SmallVector<WeightBlock> blocks;
  Value first =
      address(dot.panels, mulIndex(block, weight.blockBytes()), b.getI8Type());
  for (int64_t q = 0; q < numBlocks; ++q)
    for (int64_t n = 0; n < dot.numPairs; ++n)
      blocks.push_back(
          loadBlock(weight, addBytes(first, n * kRuns * weight.panelBytes +
                                                q * weight.blockBytes())));
  for (int64_t q = 0; q < numBlocks; ++q) {
    keepLoadsApart();
    Value row =
        address(dot.tokens, mulIndex(addIndex(block, index(q)), dot.blockPitch),
                b.getI8Type());
    Registers tokens = tokenOperands(weight, row);
    for (int64_t n = 0; n < dot.numPairs; ++n)
      addBlock(weight, blocks[q * dot.numPairs + n], tokens,
               MutableArrayRef<Value>(result).slice(kRuns * n, kRuns));
  }
  return result;
}

/// The warp's sums to scratch; what stands for no token or no row is left out.
void AmdLowering::storeSums(const SlicedDot &dot, ValueRange sums) {
  const SlicedSums &to = dot.sums;
  FragmentLayout layout = dot.weight.m.weightSums();
  int64_t perRun = dot.weight.m.c.numElements();
  bool hasPairs = to.channels >= 2 * kWeightTile;
  Value token = laneOffset(layout, &MatrixPlace::row);
  Value channel = laneOffset(layout, &MatrixPlace::col);
  Value row = addIndex(mulIndex(warp(), to.tokens), token);
  Value place = addIndex(mulIndex(row, to.pitch()), channel);
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, token,
                                       index(to.tokens));
  if (!hasPairs)
    exists = arith::AndIOp::create(
        b, loc, exists,
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, channel,
                              index(kWeightTile)));
  guarded(exists, [&] {
    for (auto [i, sum] : llvm::enumerate(sums)) {
      int64_t run = int64_t(i) % kRuns, pair = int64_t(i) / kRuns;
      for (int64_t e = 0; e < perRun; ++e) {
        int64_t offset = layout.at(run * perRun + e, 0).col;
        if (!hasPairs && offset >= kWeightTile)
          continue;
        Value number =
            vector::ExtractOp::create(b, loc, sum, ArrayRef<int64_t>{e});
        offset += pair * kRuns * kWeightTile;
        storeVector(
            number,
            address(to.pointer, addIndex(place, index(offset)), b.getF32Type()),
            4);
      }
    }
  });
}

LogicalResult AmdLowering::emitDotPacked(tile::DotPackedOp op) {
  if (op.getSlices() == 0)
    return TileLowering::emitDotPacked(op);
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout) || failed(checkSliced(op)))
    return failure();
  const MatrixIntrinsic &m = *findMatrixIntrinsic(op.getIntrinsic());
  if (m.numLanes() != warpSize())
    return op.emitOpError() << m.name << " needs warps of " << m.numLanes();
  artifact::PackedMatrix matrix =
      cast<quant::WeightType>(op.getW().getType()).getMatrix();
  auto acc = op.getAcc().getType();
  int64_t tokens = acc.getDimSize(0), channels = acc.getDimSize(1);
  int64_t pitch = cast<MemRefType>(op.getA().getType()).getShape().back() * 2;
  int64_t numPairs = std::max<int64_t>(channels / (2 * kWeightTile), 1);
  SlicedDot dot{.weight = weightDot(m, matrix, matrix.panelBytes(),
                                    channels >= 2 * kWeightTile),
                .numPairs = numPairs,
                .blockPitch = tokens * pitch,
                .sums = slicedSums(op)};
  dot.weight.isInvariant = true;
  keepLoadsApart();
  dot.panels =
      address(pointerOf(op.getW()),
              mulIndex(firstPanel(op), matrix.panelBytes()), b.getI8Type());
  // Columns of the instruction without a token repeat the last one.
  Value last = index(tokens - 1);
  if (op.getRowBound())
    last = arith::SubIOp::create(b, loc, scalar(op.getRowBound()), index(1));
  Value token =
      arith::MinSIOp::create(b, loc, laneOffset(m.b, &MatrixPlace::col), last);
  dot.tokens =
      address(pointerOf(op.getA()), mulIndex(token, pitch), b.getI8Type());
  Value zero = zeroVector(VectorType::get({m.c.numElements()}, b.getF32Type()));
  int64_t tiles = dot.weight.isInt4 ? 1 : kBlockCols / kWeightTile;
  int64_t words = numPairs * tiles * dot.weight.pieces * kPieceOfLane / 4;
  int64_t atOnce =
      std::clamp<int64_t>(kWordsAtOnce / words, 1, kMaxBlocksAtOnce);
  storeSums(dot,
            overSlice(op, warp(), atOnce, Registers(kRuns * numPairs, zero),
                      [&](Value block, int64_t count, ValueRange sums) {
                        return addBlocks(dot, block, count, sums);
                      }));
  emitBarrier();
  setRegisters(op.getResult(),
               addSlices(dot.sums, *layout, registersOf(op.getAcc())));
  return success();
}

} // namespace g4
