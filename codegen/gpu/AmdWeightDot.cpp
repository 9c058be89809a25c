//===- AmdWeightDot.cpp - Dots of packed weights by AMD's instructions ----===//
//
// Of weights of 4 bits, a word's nibbles r and r + 4 become two bf16:
//
//   ((word >> 4r) & 0x000f000f) | 0x43004300    128 + q, twice
//   each as f32 - 136, the upper halves together   q - 8, exact
//
// since no instruction before gfx950 subtracts bf16. Each group of 32 columns
// is summed from zero; the sum times the group's scale, in f32, is added to the
// total, as on NVIDIA.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/AmdWeightDot.h"

namespace g4 {

using namespace mlir;

using Registers = SmallVector<Value>;

constexpr int64_t kGroups = kInt4UnitCols / kInt4Group;

AmdLowering::WeightDot
AmdLowering::weightDot(const MatrixIntrinsic &m,
                       const artifact::PackedMatrix &matrix, int64_t panelBytes,
                       bool hasSecondPanel) {
  int64_t pieces = 4 / m.depthLanes();
  int64_t second = hasSecondPanel ? panelBytes : 0;
  // Row g of the instruction begins at piece 4g; its lanes share the pieces.
  SmallVector<int64_t> words, scales;
  int64_t piece = pieces * kPieceOfLane;
  for (const MatrixPlace &step : m.a.lanes) {
    if (step.col == 0) {
      words.push_back(step.row == 8 ? second : 4 * kPieceOfLane * step.row);
      continue;
    }
    words.push_back(piece);
    piece *= 2;
  }
  for (const MatrixPlace &step : m.c.lanes)
    scales.push_back(step.row == 8 ? second : 8 * step.row);
  return {.m = m,
          .isInt4 = !matrix.format->isPlain(),
          .scaleType = matrix.format->scale,
          .panelBytes = second,
          .pieces = pieces,
          .laneBytes = offsetOfBits(lane(), words, b, loc),
          .scaleBytes = addIndex(offsetOfBits(lane(), scales, b, loc),
                                 index(kInt4ScalesAt))};
}

/// `panel` points to the block of the first panel.
AmdLowering::WeightBlock AmdLowering::loadBlock(const WeightDot &dot,
                                                Value panel) {
  auto load = [&](Value base, int64_t offset, int64_t numWords) -> Value {
    auto type = VectorType::get({numWords}, b.getI32Type());
    return LLVM::LoadOp::create(b, loc, type, addBytes(base, offset),
                                /*alignment=*/4 * numWords,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                dot.isInvariant);
  };
  WeightBlock block;
  Value base = address(panel, dot.laneBytes, b.getI8Type());
  int64_t tiles = dot.isInt4 ? 1 : kBlockCols / kWeightTile;
  for (int64_t tile = 0; tile < tiles; ++tile)
    for (int64_t piece = 0; piece < dot.pieces; ++piece)
      block.words.push_back(
          load(base, tile * kTileBytes + piece * kPieceOfLane, 4));
  if (!dot.isInt4)
    return block;
  base = address(panel, dot.scaleBytes, b.getI8Type());
  for (int64_t e = 0; e < dot.m.c.numElements(); ++e) {
    int64_t row = dot.m.c.at(e, 0).row;
    block.scales.push_back(
        load(base, row / 8 * dot.panelBytes + row % 8 * 8, 2));
  }
  return block;
}

Value AmdLowering::int4Pair(Value word, int64_t number) {
  auto bits = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  auto less = [&](Value x) -> Value {
    Value zero =
        arith::ConstantOp::create(b, loc, b.getF32FloatAttr(128 + kInt4Zero));
    Value f32 = LLVM::BitcastOp::create(b, loc, b.getF32Type(), x);
    return LLVM::BitcastOp::create(b, loc, b.getI32Type(),
                                   arith::SubFOp::create(b, loc, f32, zero));
  };
  Value x = number == 0
                ? word
                : arith::ShRUIOp::create(b, loc, word, bits(4 * number));
  x = arith::OrIOp::create(b, loc,
                           arith::AndIOp::create(b, loc, x, bits(0x000f000f)),
                           bits(0x43004300));
  Value low = less(arith::ShLIOp::create(b, loc, x, bits(16)));
  Value high = less(arith::AndIOp::create(b, loc, x, bits(0xffff0000)));
  return arith::OrIOp::create(b, loc, high,
                              arith::ShRUIOp::create(b, loc, low, bits(16)));
}

/// The first operand at a step of the block's depth: rows 0-7 of both panels,
/// or, in the second run, 8-15.
Value AmdLowering::weightOperand(const WeightDot &dot, const WeightBlock &block,
                                 int64_t step, int64_t run) {
  Registers words;
  for (int64_t i = 0; i < dot.m.a.numElements() / 4; ++i) {
    int64_t tile = step * dot.m.depth / kWeightTile + i / dot.pieces;
    int64_t piece = i % dot.pieces;
    for (int64_t number : {run, run + 2})
      words.push_back(
          dot.isInt4 ? int4Pair(wordOf(block.words[piece], tile), number)
                     : wordOf(block.words[tile * dot.pieces + piece], number));
  }
  return operandOf(dot.m, words);
}

/// The scales of a group as a vector along the accumulators of a run.
Value AmdLowering::scalesOf(const WeightDot &dot, const WeightBlock &block,
                            int64_t group, int64_t run) {
  Registers scales;
  for (Value words : block.scales)
    scales.push_back(scaleOfWord(wordOf(words, group), run, dot.scaleType));
  auto count = static_cast<int64_t>(scales.size());
  return vector::FromElementsOp::create(
      b, loc, VectorType::get({count}, b.getF32Type()), scales);
}

/// The second operands of a block, one a step; `row` points to the block in the
/// lane's token.
Registers AmdLowering::tokenOperands(const WeightDot &dot, Value row) {
  // The lanes that share a token have its pieces as they have the weight's.
  SmallVector<int64_t> steps;
  int64_t bytes = dot.pieces * 4;
  for (const MatrixPlace &step : dot.m.b.lanes) {
    steps.push_back(step.row ? bytes : 0);
    if (step.row)
      bytes *= 2;
  }
  Value base = address(row, offsetOfBits(lane(), steps, b, loc), b.getI8Type());
  Registers operands;
  for (int64_t step = 0; step < dot.stepsOfBlock(); ++step) {
    Registers words;
    for (int64_t i = 0; i < dot.m.b.numElements() / 4; ++i) {
      int64_t tile = step * dot.m.depth / kWeightTile + i / dot.pieces;
      int64_t first = tile * 2 * kWeightTile + i % dot.pieces * 4;
      for (int64_t half : {int64_t{0}, kWeightTile})
        words.push_back(
            loadVector(addBytes(base, first + half), b.getI32Type(), 4));
    }
    operands.push_back(operandOf(dot.m, words));
  }
  return operands;
}

/// Adds the block times the tokens to the accumulators of both runs, which take
/// turns, so that a step's words are done with soon. Nor are those of the next
/// group taken apart before.
void AmdLowering::addBlock(const WeightDot &dot, const WeightBlock &block,
                           const Registers &tokens,
                           MutableArrayRef<Value> sums) {
  int64_t steps = dot.stepsOfBlock();
  int64_t groups = dot.isInt4 ? kGroups : steps, perGroup = steps / groups;
  for (int64_t group = 0; group < groups; ++group)
    for (int64_t run = 0; run < kRuns; ++run) {
      if (dot.isInt4 && group + run > 0)
        keepLoadsApart();
      auto type = cast<VectorType>(sums[run].getType());
      Value part = dot.isInt4 ? zeroVector(type) : sums[run];
      for (int64_t i = 0; i < perGroup; ++i) {
        int64_t step = group * perGroup + i;
        part = multiply(dot.m, weightOperand(dot, block, step, run),
                        tokens[step], part);
      }
      sums[run] =
          dot.isInt4
              ? math::FmaOp::create(b, loc, part,
                                    scalesOf(dot, block, group, run), sums[run])
                    .getResult()
              : part;
    }
}

LogicalResult AmdLowering::emitWeightDot(tile::DotOp op,
                                         const RegisterLayout &layout) {
  const MatrixIntrinsic &m = layout.intrinsic();
  auto bType = cast<MemRefType>(op.getB().getType());
  int64_t elementBytes = bType.getElementTypeBitWidth() / 8;
  WeightDot dot =
      weightDot(m, op.getFragments(), bType.getShape().back() * elementBytes,
                /*hasSecondPanel=*/true);
  Value warpRow =
      remIndex(divIndex(warp(), layout.gridCols()), layout.gridRows());
  Value warpCol = remIndex(warp(), layout.gridCols());
  Value token = laneOffset(m.b, &MatrixPlace::col);
  keepLoadsApart();
  auto tokensAt = [&](int64_t t, Value number) {
    Value row =
        mulIndex(addIndex(warpRow, index(t * layout.gridRows())), m.cols);
    return tokenOperands(dot, matrixRow(op.getA(), op.getAIndices(),
                                        addIndex(row, token),
                                        mulIndex(number, kBlockCols)));
  };
  int64_t perRun = m.c.numElements();
  auto step = [&](Value number, ValueRange acc) {
    Registers result(acc);
    SmallVector<Registers> tokens(layout.rowFragments());
    for (int64_t n = 0; n < layout.colFragments(); ++n) {
      Value panel =
          mulIndex(addIndex(warpCol, index(n * layout.gridCols())), kRuns);
      WeightBlock block = loadBlock(
          dot, matrixRow(op.getB(), op.getBIndices(), panel,
                         mulIndex(number, dot.blockBytes() / elementBytes)));
      for (int64_t t = 0; t < layout.rowFragments(); ++t) {
        if (n + t > 0)
          keepLoadsApart();
        if (n == 0)
          tokens[t] = tokensAt(t, number);
        SumsPlace first{t, n, 0, perRun}, second{t, n, perRun, perRun};
        Value sums[kRuns] = {gather(layout, result, first),
                             gather(layout, result, second)};
        addBlock(dot, block, tokens[t], sums);
        scatter(layout, result, first, sums[0]);
        scatter(layout, result, second, sums[1]);
      }
    }
    return result;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / kBlockCols,
                   step);
}

} // namespace g4
