//===- TileDotInt4.cpp - Dots with 4-bit weights --------------------------===//
//
// As TileDot.cpp, for weights in groups of 32 columns with a scale. Lanes are
// columns of the result; of each group
//
//   part  = the chain of fused multiply-adds over rising k from zero, x[k] with
//           q - 8, of a pair the odd k first
//   total = part * scale + total, one fused multiply-add
//
// x is bf16, so a product is exact and has 12 bits. A step is a unit of 64
// columns; a word of a lane has the 8 nibbles of 8 columns, which pair by pair
// are taken out where they are used: no weight is stored unpacked.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/PackedInt4.h"

namespace g4 {

using namespace mlir;
using namespace artifact;

// Words of a lane in a group, pairs in a word.
constexpr int64_t kGroupWords = kInt4Group / 8;
constexpr int64_t kWordPairs = 4;

/// Where the words of each register's columns begin, in bytes, at k = 0.
TileLowering::Registers
TileLowering::int4Pointers(tile::DotPackedOp op, const RegisterLayout &layout) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t rank = type.getRank();
  PackedInt4 matrix{type.getDimSize(rank - 2), type.getDimSize(rank - 1),
                    Int4Order::Panel};
  Registers at = scalars(op.getWIndices());
  Value base = mulIndex(divIndex(at[rank - 1], kInt4UnitCols), kInt4UnitBytes);
  if (rank == 3)
    base = addIndex(base, mulIndex(at[0], matrix.numBytes()));
  Registers pointers;
  for (int64_t j = 0; j < layout.colRegisters(); ++j) {
    Value n = addIndex(at[rank - 2], layout.colOf(j, threadId(), b, loc));
    Value panel = mulIndex(divIndex(n, kInt4UnitRows), matrix.panelBytes());
    Value lane = mulIndex(remIndex(n, kInt4UnitRows), 4);
    pointers.push_back(address(pointerOf(op.getW()),
                               addIndex(addIndex(base, panel), lane),
                               b.getI8Type()));
  }
  return pointers;
}

// Where a nibble lies in the low 16 bits of a float's mantissa it needs no
// shift: with the exponent for which its last bit counts 1, the float is 2^(23
// - 4r) + q.
TileLowering::Registers TileLowering::unpackInt4Pair(Value words, int64_t r) {
  auto type = cast<VectorType>(words.getType());
  auto floats = VectorType::get(type.getShape(), b.getF32Type());
  auto exponent = static_cast<uint32_t>(23 - 4 * r);
  Value offset = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(
          floats, APFloat(static_cast<float>((1 << exponent) + kInt4Zero))));
  Value odd = arith::ShRUIOp::create(b, loc, words, splatWord(words, 16));
  Registers pair;
  for (Value q : {words, odd}) {
    q = arith::AndIOp::create(b, loc, q, splatWord(words, 15u << 4 * r));
    q = arith::OrIOp::create(b, loc, q,
                             splatWord(words, (127 + exponent) << 23));
    q = LLVM::BitcastOp::create(b, loc, floats, q);
    pair.push_back(arith::SubFOp::create(b, loc, q, offset));
  }
  return pair;
}

Value TileLowering::addInt4Pair(Value x, const Registers &w, Value sum) {
  auto [even, odd] = widenPairs(x);
  sum = math::FmaOp::create(b, loc, odd, w[1], sum);
  return math::FmaOp::create(b, loc, even, w[0], sum);
}

/// The group's accumulators behind word `word` of unit `unit`.
TileLowering::Registers TileLowering::int4Word(const PackedStep &s, Value unit,
                                               Value word, ValueRange acc) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  Value at = addIndex(mulIndex(unit, kInt4UnitBytes),
                      mulIndex(word, 4 * kInt4UnitRows));
  Registers result(acc), words;
  for (auto [j, column] : llvm::enumerate(s.columns)) {
    int64_t length = s.layout.lengthOf(j);
    Value pointer = address(column, at, i8);
    words.push_back(loadVector(pointer, VectorType::get({length}, i32),
                               weightAlignment(4 * length)));
    prefetchWeight(pointer);
  }
  Value firstPair =
      addIndex(mulIndex(unit, kInt4UnitCols / 2), mulIndex(word, kWordPairs));
  for (int64_t r = 0; r < kWordPairs; ++r) {
    SmallVector<Registers> weights;
    for (Value packed : words)
      weights.push_back(unpackInt4Pair(packed, r));
    for (size_t i = 0; i < s.rows.size(); ++i) {
      Value pair = addIndex(firstPair, index(r));
      Value x = loadVector(address(s.rows[i], pair, i32), i32, 4);
      for (size_t j = 0; j < weights.size(); ++j) {
        Value &sum = result[i * weights.size() + j];
        sum =
            addInt4Pair(splatVector(x, s.layout.lengthOf(j)), weights[j], sum);
      }
    }
  }
  return result;
}

/// Sums of one group of a unit, without its scale.
TileLowering::Registers TileLowering::int4Group(const PackedStep &s, Value unit,
                                                int64_t group) {
  Registers zeros;
  for (size_t i = 0; i < s.rows.size(); ++i)
    for (size_t j = 0; j < s.columns.size(); ++j)
      zeros.push_back(zeroVector(s.layout.vectorType(j)));
  Value first = index(group * kGroupWords);
  auto loop =
      scf::ForOp::create(b, loc, index(0), index(kGroupWords), index(1), zeros);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value word = addIndex(first, loop.getInductionVar());
  scf::YieldOp::create(b, loc,
                       int4Word(s, unit, word, loop.getRegionIterArgs()));
  return Registers(loop.getResults());
}

TileLowering::Registers TileLowering::stepInt4(const PackedStep &s, Value unit,
                                               ValueRange acc) {
  Registers result(acc);
  Registers parts[] = {int4Group(s, unit, 0), int4Group(s, unit, 1)};
  Value at = addIndex(mulIndex(unit, kInt4UnitBytes), index(kInt4ScalesAt));
  for (auto [j, column] : llvm::enumerate(s.columns)) {
    int64_t length = s.layout.lengthOf(j);
    Value words = loadVector(address(column, at, b.getI8Type()),
                             VectorType::get({length}, b.getI32Type()),
                             weightAlignment(4 * length));
    auto [first, second] = widenPairs(words);
    for (size_t i = 0; i < s.rows.size(); ++i) {
      size_t place = i * s.columns.size() + j;
      Value &sum = result[place];
      sum = math::FmaOp::create(b, loc, parts[0][place], first, sum);
      sum = math::FmaOp::create(b, loc, parts[1][place], second, sum);
    }
  }
  return result;
}

LogicalResult TileLowering::emitDotInt4(tile::DotPackedOp op,
                                        const RegisterLayout &layout) {
  PackedStep step{layout, rowPointers(op.getA(), op.getAIndices(), layout),
                  int4Pointers(op, layout), kInt4UnitRows};
  int64_t numUnits = (op.getDepth() + kInt4UnitCols - 1) / kInt4UnitCols;
  return emitSteps(
      op.getAcc(), op.getResult(), numUnits,
      [&](Value unit, ValueRange acc) { return stepInt4(step, unit, acc); });
}

} // namespace g4
