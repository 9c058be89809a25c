//===- NvidiaSlicedDot.cpp - A few rows against a weight in global memory -===//
//
// dot_packed with slices: each warp reads one contiguous slice of the depth of
// 16 or 32 rows of the weight, straight from global memory in the order of the
// mma's first operand; nobody else reads those bytes, so they need no shared
// memory. The tokens, at most 8, are the second operand; columns without a
// token repeat the last one and their results are not used. Bound by the read
// of the weight: the loads of kTilesAtOnce tiles are under way before the first
// mma.
// The inner loop in PTX for sm90 reads 64 weights a lane with 8 loads, 8 mma, 2
// ldmatrix (4 with 16 rows a block) and 5 to count and branch: 0.36 (0.39)
// instructions a weight.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/Int4Units.h"
#include "codegen/gpu/NvidiaLowering.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

// Tiles of 16 x 16 that a warp loads before it uses the first: 4 KB in flight a
// warp.
constexpr int64_t kTilesAtOnce = 8;
// Units of 16 x 64 of 4-bit weights, 6 registers a lane: 2.3 KB.
constexpr int64_t kUnitsAtOnce = 4;
constexpr int64_t kTile = 16, kTileElements = kTile * kTile;
constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
constexpr int64_t kTilesOfBlock = kBlock / kTile;
constexpr int64_t kMaxTokens = 8;

/// A sliced dot's numbers.
struct NvidiaLowering::SlicedDot {
  int64_t tokens, channels;    // rows and columns of the result
  int64_t numBlocks, perSlice; // of the depth
  int64_t numSlices;           // that are not empty
  int64_t depthTiles;          // of the weight
  Value warp, lane;            // of the thread
  int64_t aPitch;              // elements of a row of a
  Value weight{}, a{};         // the lane's parts of tile 0 and of block 0
  Value sums{};                // scratch [slices, tokens, pitch]
  Value scales{};              // of 4-bit weights, as `weight`; else null
  artifact::NumberType scaleType{};

  int64_t weightTiles() const { return channels / kTile; }
  // Lanes write 4 rows of 8 neighbours at once: rows 4 words apart in banks.
  int64_t sumsPitch() const { return channels + 4; }
};

/// Four words of each tile of `numBlocks` blocks: [block][channels][depth].
NvidiaLowering::Registers NvidiaLowering::weightTiles(const SlicedDot &dot,
                                                      Value block,
                                                      int64_t numBlocks) {
  Registers tiles;
  Value first = mulIndex(block, kTilesOfBlock);
  for (int64_t q = 0; q < numBlocks; ++q)
    for (int64_t n = 0; n < dot.weightTiles(); ++n)
      for (int64_t i = 0; i < kTilesOfBlock; ++i) {
        int64_t number = n * dot.depthTiles + q * kTilesOfBlock + i;
        Value place = mulIndex(addIndex(first, index(number)), kTileElements);
        tiles.push_back(
            loadWeight(address(dot.weight, place, b.getBF16Type()), 4));
      }
  return tiles;
}

// Nobody writes a weight: the read may go through the read-only path.
Value NvidiaLowering::loadWeight(Value pointer, int64_t numWords) {
  return LLVM::LoadOp::create(
      b, loc, VectorType::get({numWords}, b.getI32Type()), pointer,
      /*alignment=*/4 * numWords, /*isVolatile=*/false,
      /*isNonTemporal=*/false, /*isInvariant=*/true);
}

/// The two words of each of the block's 4 fragments of tokens.
NvidiaLowering::Registers NvidiaLowering::tokenFragments(const SlicedDot &dot,
                                                         Value block) {
  Registers words;
  Value place = mulIndex(block, dot.tokens * dot.aPitch);
  for (int64_t half = 0; half < 2; ++half)
    words.append(
        loadMatrix(address(dot.a, addIndex(place, index(2 * kTile * half)),
                           b.getBF16Type()),
                   4));
  return words;
}

NvidiaLowering::Registers NvidiaLowering::addBlocks(const SlicedDot &dot,
                                                    Value block,
                                                    int64_t numBlocks,
                                                    ValueRange sums) {
  Registers result(sums);
  Registers tiles = weightTiles(dot, block, numBlocks);
  for (int64_t q = 0; q < numBlocks; ++q) {
    Registers tokens = tokenFragments(dot, addIndex(block, index(q)));
    for (int64_t i = 0; i < kTilesOfBlock; ++i)
      for (int64_t n = 0; n < dot.weightTiles(); ++n) {
        Value tile = tiles[(q * dot.weightTiles() + n) * kTilesOfBlock + i];
        Registers weight;
        for (int64_t r = 0; r < 4; ++r)
          weight.push_back(
              vector::ExtractOp::create(b, loc, tile, ArrayRef<int64_t>{r}));
        auto c = ArrayRef<Value>(result).slice(4 * n, 4);
        Registers d =
            mma(weight, ArrayRef<Value>(tokens).slice(2 * i, 2), Registers(c));
        std::copy(d.begin(), d.end(), result.begin() + 4 * n);
      }
  }
  return result;
}

/// The same for weights of 4 bits, of which a block is one unit.
NvidiaLowering::Registers NvidiaLowering::addInt4Blocks(const SlicedDot &dot,
                                                        Value block,
                                                        int64_t numBlocks,
                                                        ValueRange sums) {
  SmallVector<Int4Unit> units;
  for (int64_t q = 0; q < numBlocks; ++q)
    for (int64_t n = 0; n < dot.weightTiles(); ++n) {
      int64_t number = n * dot.depthTiles / kTilesOfBlock + q;
      Value place = mulIndex(addIndex(block, index(number)), kInt4UnitBytes);
      units.push_back(
          {.words = loadWeight(address(dot.weight, place, b.getI8Type()), 4),
           .scales = loadWeight(address(dot.scales, place, b.getI8Type()), 2),
           .scaleType = dot.scaleType});
    }
  SmallVector<Registers> result;
  for (int64_t n = 0; n < dot.weightTiles(); ++n)
    result.emplace_back(sums.slice(4 * n, 4));
  for (int64_t q = 0; q < numBlocks; ++q) {
    Registers tokens = tokenFragments(dot, addIndex(block, index(q)));
    for (int64_t n = 0; n < dot.weightTiles(); ++n)
      addInt4Unit(units[q * dot.weightTiles() + n], tokens, result[n]);
  }
  Registers flat;
  for (const Registers &numbers : result)
    flat.append(numbers);
  return flat;
}

/// Blocks of the depth that are loaded at once. Units of 4-bit weights, 24
/// bytes a lane, are loaded a whole slice at once where that is not too many.
static int64_t blocksAtOnce(int64_t perSlice, int64_t weightTiles,
                            bool isInt4) {
  int64_t most = isInt4 ? kUnitsAtOnce : kTilesAtOnce / kTilesOfBlock;
  most = std::max<int64_t>(most / weightTiles, 1);
  return isInt4 ? llvm::divideCeil(perSlice, llvm::divideCeil(perSlice, most))
                : most;
}

/// The warp's slice: four numbers for each 16 channels.
NvidiaLowering::Registers NvidiaLowering::sumSlice(const SlicedDot &dot) {
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  Registers sums(4 * dot.weightTiles(), zero);
  Value begin = mulIndex(dot.warp, dot.perSlice);
  Value end = arith::MinSIOp::create(
      b, loc, addIndex(begin, index(dot.perSlice)), index(dot.numBlocks));
  auto loop = [&](Value from, Value to, int64_t step) {
    auto op = scf::ForOp::create(b, loc, from, to, index(step), sums);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    Value block = op.getInductionVar();
    ValueRange before = op.getRegionIterArgs();
    scf::YieldOp::create(b, loc,
                         dot.scales ? addInt4Blocks(dot, block, step, before)
                                    : addBlocks(dot, block, step, before));
    sums = Registers(op.getResults());
  };
  int64_t atOnce =
      blocksAtOnce(dot.perSlice, dot.weightTiles(), bool(dot.scales));
  if (atOnce == 1) {
    loop(begin, end, 1);
    return sums;
  }
  // begin + (end - begin) / step * step; a slice after the last is empty.
  Value count = arith::MaxSIOp::create(
      b, loc, arith::SubIOp::create(b, loc, end, begin), index(0));
  Value middle = addIndex(begin, mulIndex(div(count, atOnce), atOnce));
  loop(begin, middle, atOnce);
  loop(middle, end, 1);
  return sums;
}

// Lane l has channels l/4 and l/4 + 8 of tokens 2*(l%4) and the next.
void NvidiaLowering::storeSums(const SlicedDot &dot, ValueRange sums) {
  Type f32 = b.getF32Type();
  Value channel = div(dot.lane, 4), token = mulIndex(rem(dot.lane, 4), 2);
  Value row = addIndex(mulIndex(dot.warp, dot.tokens), token);
  Value place = addIndex(mulIndex(row, dot.sumsPitch()), channel);
  for (int64_t h = 0; h < 2; ++h) {
    Value exists;
    if (dot.tokens < kMaxTokens)
      exists =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                addIndex(token, index(h)), index(dot.tokens));
    guarded(exists, [&] {
      for (int64_t n = 0; n < dot.weightTiles(); ++n)
        for (int64_t half = 0; half < 2; ++half) {
          int64_t offset = h * dot.sumsPitch() + n * kTile + 8 * half;
          storeVector(sums[4 * n + 2 * half + h],
                      address(dot.sums, addIndex(place, index(offset)), f32),
                      4);
        }
    });
  }
}

/// acc and the slices' sums in order, in the registers of the result.
NvidiaLowering::Registers
NvidiaLowering::addSlices(const SlicedDot &dot, const RegisterLayout &layout,
                          const Registers &acc) {
  Type f32 = b.getF32Type();
  Registers result;
  for (int64_t i = 0; i < layout.rowRegisters(); ++i)
    for (int64_t j = 0; j < layout.colRegisters(); ++j) {
      Value total = acc[i * layout.colRegisters() + j];
      Value row = layout.rowOf(i, threadId(), b, loc);
      Value place = addIndex(mulIndex(row, dot.sumsPitch()),
                             layout.colOf(j, threadId(), b, loc));
      int64_t alignment = layout.lengthOf(j) % 4 == 0 ? 16 : 4;
      for (int64_t s = 0; s < dot.numSlices; ++s) {
        int64_t offset = s * dot.tokens * dot.sumsPitch();
        Value part =
            loadVector(address(dot.sums, addIndex(place, index(offset)), f32),
                       layout.vectorType(j), alignment);
        total = arith::AddFOp::create(b, loc, total, part);
      }
      result.push_back(total);
    }
  return result;
}

static LogicalResult checkSliced(tile::DotPackedOp op, int64_t numWarps) {
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

// The lane's 16 bytes of the first tile, or unit and its scales.
void NvidiaLowering::setWeight(SlicedDot &dot, tile::DotPackedOp op) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  Registers at = scalars(op.getWIndices());
  int64_t rank = type.getRank(), rows = type.getDimSize(rank - 2);
  Value panel = div(at[rank - 2], kTile);
  if (rank == 3)
    panel = addIndex(panel, mulIndex(at[0], llvm::divideCeil(rows, kTile)));
  if (type.getDescription().isPlain()) {
    Value first = mulIndex(panel, dot.depthTiles * kTileElements);
    dot.weight =
        address(pointerOf(op.getW()), addIndex(first, mulIndex(dot.lane, 8)),
                b.getBF16Type());
    return;
  }
  Value first =
      address(pointerOf(op.getW()),
              mulIndex(panel, type.getMatrix().panelBytes()), b.getI8Type());
  dot.weight = address(first, mulIndex(dot.lane, 16), b.getI8Type());
  dot.scaleType = type.getDescription().scale;
  dot.scales = address(
      first, addIndex(index(kInt4ScalesAt), mulIndex(div(dot.lane, 4), 8)),
      b.getI8Type());
}

LogicalResult NvidiaLowering::emitDotPacked(tile::DotPackedOp op) {
  if (op.getSlices() == 0)
    return TileLowering::emitDotPacked(op);
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout) || failed(checkSliced(op, numThreads() / warpSize())))
    return failure();
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t depth = op.getDepth();
  auto aType = cast<MemRefType>(op.getA().getType());
  Type bf16 = b.getBF16Type();
  SlicedDot dot{
      .tokens = op.getAcc().getType().getDimSize(0),
      .channels = op.getAcc().getType().getDimSize(1),
      .numBlocks = depth / kBlock,
      .perSlice = tile::DotPackedOp::blocksOfSlice(depth, op.getSlices()),
      .numSlices = tile::DotPackedOp::usedSlices(depth, op.getSlices()),
      .depthTiles = (type.getShape().back() + kTile - 1) / kTile,
      .warp = div(threadId(), warpSize()),
      .lane = rem(threadId(), warpSize()),
      .aPitch = aType.getShape().back()};
  setWeight(dot, op);
  // The row that the lane names for ldmatrix, of the tokens that exist.
  Value token = rem(dot.lane, 8), last = index(dot.tokens - 1);
  if (op.getRowBound())
    last = arith::SubIOp::create(b, loc, scalar(op.getRowBound()), index(1));
  token = arith::MinSIOp::create(b, loc, token, last);
  dot.a = address(
      pointerOf(op.getA()),
      addIndex(mulIndex(token, dot.aPitch), mulIndex(div(dot.lane, 8), 8)),
      bf16);
  int64_t numSums = int64_t(op.getSlices()) * dot.tokens * dot.sumsPitch();
  dot.sums = scratchPointer(reserveScratch(4 * numSums));
  storeSums(dot, sumSlice(dot));
  emitBarrier();
  setRegisters(op.getResult(),
               addSlices(dot, *layout, registersOf(op.getAcc())));
  return success();
}

} // namespace g4
