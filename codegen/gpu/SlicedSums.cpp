//===- SlicedSums.cpp - What sliced dots of all vendors share -------------===//
//
// dot_packed with slices: where a warp's slice of the depth begins and ends,
// and how the slices' sums, which lie in scratch, come to the result.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuLowering.h"

#include "llvm/Support/MathExtras.h"

namespace g4 {

using namespace mlir;

using Registers = SmallVector<Value>;

constexpr int64_t kTile = 16, kMaxTokens = 8;

LogicalResult GpuLowering::checkSliced(tile::DotPackedOp op) {
  int64_t numWarps = numThreads() / warpSize();
  auto type = cast<quant::WeightType>(op.getW().getType());
  auto acc = op.getAcc().getType();
  auto a = cast<MemRefType>(op.getA().getType());
  if (!type.getMatrix().packing->isForMma || type.getElementType().isF32() ||
      !tile::isScratch(a) || a.getShape().back() % 8 != 0 ||
      acc.getDimSize(0) > kMaxTokens || acc.getDimSize(1) % kTile != 0 ||
      int64_t(op.getSlices()) != numWarps)
    return op.emitOpError(
               "a sliced dot takes at most 8 rows in scratch, bf16 "
               "or i4 weights with layout mma 16 and a slice for each of ")
           << numWarps << " warps";
  return success();
}

Value GpuLowering::firstPanel(tile::DotPackedOp op) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  Registers at = scalars(op.getWIndices());
  int64_t rank = type.getRank(), rows = type.getDimSize(rank - 2);
  Value panel = divIndex(at[rank - 2], kTile);
  if (rank == 3)
    panel = addIndex(panel, mulIndex(at[0], llvm::divideCeil(rows, kTile)));
  return panel;
}

GpuLowering::SlicedSums GpuLowering::slicedSums(tile::DotPackedOp op) {
  auto acc = op.getAcc().getType();
  int64_t depth = op.getDepth(), slices = op.getSlices();
  SlicedSums sums{.tokens = acc.getDimSize(0),
                  .channels = acc.getDimSize(1),
                  .numSlices = tile::DotPackedOp::usedSlices(depth, slices)};
  int64_t numSums = slices * sums.tokens * sums.pitch();
  sums.pointer = scratchPointer(reserveScratch(4 * numSums));
  return sums;
}

Registers GpuLowering::overSlice(tile::DotPackedOp op, Value slice,
                                 int64_t atOnce, Registers sums,
                                 SliceBody body) {
  int64_t numBlocks = op.getDepth() / tile::DotPackedOp::kBlock;
  int64_t perSlice =
      tile::DotPackedOp::blocksOfSlice(op.getDepth(), op.getSlices());
  Value begin = mulIndex(slice, perSlice);
  Value end = arith::MinSIOp::create(b, loc, addIndex(begin, index(perSlice)),
                                     index(numBlocks));
  auto loop = [&](Value from, Value to, int64_t step) {
    auto op = scf::ForOp::create(b, loc, from, to, index(step), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    scf::YieldOp::create(
        b, loc, body(op.getInductionVar(), step, op.getRegionIterArgs()));
    sums = Registers(op.getResults());
  };
  if (atOnce == 1) {
    loop(begin, end, 1);
    return sums;
  }
  // begin + (end - begin) / step * step; a slice behind the last is empty.
  Value count = arith::MaxSIOp::create(
      b, loc, arith::SubIOp::create(b, loc, end, begin), index(0));
  Value middle = addIndex(begin, mulIndex(divIndex(count, atOnce), atOnce));
  loop(begin, middle, atOnce);
  loop(middle, end, 1);
  return sums;
}

Registers GpuLowering::addSlices(const SlicedSums &sums,
                                 const RegisterLayout &layout,
                                 const Registers &acc) {
  Type f32 = b.getF32Type();
  Registers result;
  for (int64_t i = 0; i < layout.rowRegisters(); ++i)
    for (int64_t j = 0; j < layout.colRegisters(); ++j) {
      Value total = acc[i * layout.colRegisters() + j];
      Value row = layout.rowOf(i, threadId(), b, loc);
      Value place = addIndex(mulIndex(row, sums.pitch()),
                             layout.colOf(j, threadId(), b, loc));
      int64_t alignment = layout.lengthOf(j) % 4 == 0 ? 16 : 4;
      for (int64_t s = 0; s < sums.numSlices; ++s) {
        int64_t offset = s * sums.tokens * sums.pitch();
        Value part = loadVector(
            address(sums.pointer, addIndex(place, index(offset)), f32),
            layout.vectorType(j), alignment);
        total = arith::AddFOp::create(b, loc, total, part);
      }
      result.push_back(total);
    }
  return result;
}

} // namespace g4
