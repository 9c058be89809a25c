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

#include "codegen/gpu/NvidiaLowering.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

// Tiles of 16 x 16 that a warp loads before it uses the first: 4 KB in flight a
// warp.
constexpr int64_t kTilesAtOnce = 8;
// Registers a lane of units of 16 x 64 that are loaded at once: 4 units of
// 4-bit weights, 2.3 KB, or 2 of 6 bits.
constexpr int64_t kUnitRegisters = 24;
constexpr int64_t kTile = 16, kTileElements = kTile * kTile;
constexpr int64_t kBlock = tile::DotPackedOp::kBlock;
constexpr int64_t kTilesOfBlock = kBlock / kTile;
constexpr int64_t kMaxTokens = 8;

/// A sliced dot's numbers.
struct NvidiaLowering::SlicedDot {
  int64_t tokens, channels;      // rows and columns of the result
  int64_t depthTiles;            // of the weight
  Value warp, lane;              // of the thread
  int64_t aPitch;                // elements of a row of a
  artifact::PackedMatrix matrix; // the weight
  Value a{};                     // the lane's part of block 0
  Value weight{};                // of plain numbers: the lane's part of tile 0
  /// Of units: pointers to the lane's parts of unit 0.
  UnitPlaces units{};
  SlicedSums sums{};

  int64_t weightTiles() const { return channels / kTile; }
  bool isInUnits() const { return !matrix.format->isPlain(); }
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
          weight.push_back(wordOf(tile, r));
        auto c = ArrayRef<Value>(result).slice(4 * n, 4);
        Registers d =
            mma(weight, ArrayRef<Value>(tokens).slice(2 * i, 2), Registers(c));
        std::copy(d.begin(), d.end(), result.begin() + 4 * n);
      }
  }
  return result;
}

/// The same for weights in units, of which one is a block.
NvidiaLowering::Registers NvidiaLowering::addUnits(const SlicedDot &dot,
                                                   Value block,
                                                   int64_t numBlocks,
                                                   ValueRange sums) {
  SmallVector<IntegerUnit> units;
  for (int64_t q = 0; q < numBlocks; ++q)
    for (int64_t n = 0; n < dot.weightTiles(); ++n) {
      int64_t number = n * dot.depthTiles / kTilesOfBlock + q;
      Value place =
          mulIndex(addIndex(block, index(number)), dot.matrix.unitBytes());
      units.push_back(loadUnit(
          *dot.matrix.format, dot.units, [&](Value first, int64_t numWords) {
            return loadWeight(address(first, place, b.getI8Type()), numWords);
          }));
    }
  SmallVector<Registers> result;
  for (int64_t n = 0; n < dot.weightTiles(); ++n)
    result.emplace_back(sums.slice(4 * n, 4));
  for (int64_t q = 0; q < numBlocks; ++q) {
    Registers tokens = tokenFragments(dot, addIndex(block, index(q)));
    for (int64_t n = 0; n < dot.weightTiles(); ++n)
      addUnit(units[q * dot.weightTiles() + n], tokens, result[n]);
  }
  Registers flat;
  for (const Registers &numbers : result)
    flat.append(numbers);
  return flat;
}

/// Blocks of the depth that are loaded at once. Units are loaded a whole slice
/// at once where that is not too many.
static int64_t blocksAtOnce(int64_t perSlice, int64_t weightTiles,
                            const artifact::PackedMatrix &matrix) {
  const artifact::WeightFormat &format = *matrix.format;
  if (format.isPlain())
    return std::max<int64_t>(kTilesAtOnce / kTilesOfBlock / weightTiles, 1);
  int64_t registers = kBlock * format.bits / 64 + format.groupsOf(kBlock);
  int64_t most = std::max<int64_t>(kUnitRegisters / registers / weightTiles, 1);
  return llvm::divideCeil(perSlice, llvm::divideCeil(perSlice, most));
}

// Lane l has channels l/4 and l/4 + 8 of tokens 2*(l%4) and the next.
void NvidiaLowering::storeSums(const SlicedDot &dot, ValueRange sums) {
  Type f32 = b.getF32Type();
  Value channel = div(dot.lane, 4), token = mulIndex(rem(dot.lane, 4), 2);
  Value row = addIndex(mulIndex(dot.warp, dot.tokens), token);
  Value place = addIndex(mulIndex(row, dot.sums.pitch()), channel);
  for (int64_t h = 0; h < 2; ++h) {
    Value exists;
    if (dot.tokens < kMaxTokens)
      exists =
          arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                addIndex(token, index(h)), index(dot.tokens));
    guarded(exists, [&] {
      for (int64_t n = 0; n < dot.weightTiles(); ++n)
        for (int64_t half = 0; half < 2; ++half) {
          int64_t offset = h * dot.sums.pitch() + n * kTile + 8 * half;
          storeVector(
              sums[4 * n + 2 * half + h],
              address(dot.sums.pointer, addIndex(place, index(offset)), f32),
              4);
        }
    });
  }
}

// The lane's 16 bytes of the first tile, or its parts of the first unit.
void NvidiaLowering::setWeight(SlicedDot &dot, tile::DotPackedOp op) {
  Value panel = firstPanel(op), memory = pointerOf(op.getW());
  if (!dot.isInUnits()) {
    Value first = mulIndex(panel, dot.depthTiles * kTileElements);
    dot.weight = address(memory, addIndex(first, mulIndex(dot.lane, 8)),
                         b.getBF16Type());
    return;
  }
  Value first =
      address(memory, mulIndex(panel, dot.matrix.panelBytes()), b.getI8Type());
  UnitPlaces places = placesInUnit(dot.matrix, dot.lane);
  for (Value UnitPlaces::*part :
       {&UnitPlaces::words, &UnitPlaces::highs, &UnitPlaces::scales})
    if (places.*part)
      dot.units.*part = address(first, places.*part, b.getI8Type());
}

LogicalResult NvidiaLowering::emitDotPacked(tile::DotPackedOp op) {
  if (op.getSlices() == 0)
    return TileLowering::emitDotPacked(op);
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout) || failed(checkSliced(op)))
    return failure();
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t depth = op.getDepth();
  auto aType = cast<MemRefType>(op.getA().getType());
  Type bf16 = b.getBF16Type();
  SlicedDot dot{.tokens = op.getAcc().getType().getDimSize(0),
                .channels = op.getAcc().getType().getDimSize(1),
                .depthTiles = (type.getShape().back() + kTile - 1) / kTile,
                .warp = div(threadId(), warpSize()),
                .lane = rem(threadId(), warpSize()),
                .aPitch = aType.getShape().back(),
                .matrix = type.getMatrix()};
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
  dot.sums = slicedSums(op);
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  auto body = [&](Value block, int64_t count, ValueRange sums) {
    return dot.isInUnits() ? addUnits(dot, block, count, sums)
                           : addBlocks(dot, block, count, sums);
  };
  int64_t perSlice = tile::DotPackedOp::blocksOfSlice(depth, op.getSlices());
  storeSums(dot,
            overSlice(op, dot.warp,
                      blocksAtOnce(perSlice, dot.weightTiles(), dot.matrix),
                      Registers(4 * dot.weightTiles(), zero), body));
  emitBarrier();
  setRegisters(op.getResult(),
               addSlices(dot.sums, *layout, registersOf(op.getAcc())));
  return success();
}

} // namespace g4
