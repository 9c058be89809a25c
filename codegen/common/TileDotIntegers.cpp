//===- TileDotIntegers.cpp - Dots of integer weights and integer rows -----===//
//
// x comes as QuantizedRow.h has it, w with codes of 4 or 6 bits. The columns
// that share the scales of both, 32 or 16, are a chunk: its products are summed
// as integers, exactly and so in any order and width, and
//
//   total = f32(sum) * (scale of x * scale of w) + total
//
// once a chunk, in rising order of k. A word of 8 columns of w becomes two
// vectors of bytes, which instructions for bytes multiply by 4 codes of x in
// every lane. In a chunk a register's columns are taken one after the other, so
// that few sums are under way.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/ScaledDot.h"
#include "dialects/tile/QuantizedRow.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using tile::QuantizedRow;

static Attribute withoutUnrolling(MLIRContext *context) {
  auto yes = BoolAttr::get(context, true);
  auto unroll = LLVM::LoopUnrollAttr::get(context, yes, {}, {}, {}, {}, {}, {});
  return LLVM::LoopAnnotationAttr::get(context, {}, {}, {}, unroll, {}, {}, {},
                                       {}, {}, {}, {}, {}, {}, {}, {});
}

/// Without a loop LLVM would take row by row, and the bytes of all words would
/// have to stay in registers.
static bool takesWordsInLoop(bool hasFewRegisters, size_t numRows,
                             const artifact::WeightFormat &format) {
  return hasFewRegisters && numRows > 1 && !format.hasHighBits();
}

/// Columns of a unit that share the scales of x and of w.
struct TileLowering::IntegerChunk {
  Value unit;
  /// Of the first column, in the unit.
  int64_t firstCol, numCols;
  /// Of each row of x: the group that holds the chunk.
  Registers groups;

  int64_t colInGroup() const { return firstCol % QuantizedRow::kGroup; }
  /// Where the sum of the chunk's codes lies.
  int64_t sumAt() const {
    int64_t half = numCols == QuantizedRow::kGroup
                       ? 0
                       : 1 + colInGroup() / QuantizedRow::kHalf;
    return QuantizedRow::kSumsAt + half * 4;
  }
};

/// Codes of a word as unsigned bytes: of its even nibbles, and of its odd ones.
TileLowering::Registers
TileLowering::bytesOfWord(const ScaledDot &s, const ScaledWord &w, size_t j) {
  Registers vectors = loadWord(s, w, j);
  auto shifted = [&](Value word, int64_t left) -> Value {
    if (left == 0)
      return word;
    Value bits = splatWord(word, uint32_t(left > 0 ? left : -left));
    if (left > 0)
      return arith::ShLIOp::create(b, loc, word, bits);
    return arith::ShRUIOp::create(b, loc, word, bits);
  };
  auto masked = [&](Value word, int64_t left, uint32_t mask) -> Value {
    return arith::AndIOp::create(b, loc, shifted(word, left),
                                 splatWord(word, mask));
  };
  Value even = masked(vectors[0], 0, 0x0f0f0f0f);
  Value odd = masked(vectors[0], -4, 0x0f0f0f0f);
  if (!s.format().hasHighBits())
    return {even, odd};
  // A byte has the 2 high bits of the even nibble at 0, of the odd one at 2,
  // those of the second word of two 4 further.
  auto withHigh = [&](Value low, int64_t at) -> Value {
    return arith::OrIOp::create(
        b, loc, low, masked(vectors[1], 4 - at - 4 * w.parity, 0x30303030));
  };
  return {withHigh(even, 0), withHigh(odd, 2)};
}

/// The products after a word of the chunk, for each row.
TileLowering::Registers
TileLowering::addWord(const ScaledDot &s, const IntegerChunk &chunk, size_t j,
                      Value word, int64_t parity, ValueRange products) {
  Registers result(products);
  Type i32 = b.getI32Type();
  Value wordOfUnit = addIndex(index(chunk.firstCol / kWordCols), word);
  Registers bytes = bytesOfWord(
      s, {.unit = chunk.unit, .word = wordOfUnit, .parity = parity}, j);
  Value place = addIndex(mulIndex(word, kWordCols), index(chunk.colInGroup()));
  for (size_t i = 0; i < s.rows.size(); ++i) {
    Value codes = address(chunk.groups[i], place, b.getI8Type());
    for (auto [half, w] : llvm::enumerate(bytes)) {
      Value x = loadVector(addBytes(codes, 4 * int64_t(half)), i32, 4);
      result[i] =
          addProducts(result[i], w, splatVector(x, s.layout.lengthOf(j)));
    }
  }
  return result;
}

/// For each row the sums of x's codes times those of register j's columns; they
/// begin with `starts`, products, if there are any.
TileLowering::Registers TileLowering::sumsOfChunk(const ScaledDot &s,
                                                  const IntegerChunk &chunk,
                                                  size_t j, ValueRange starts) {
  int64_t numWords = chunk.numCols / kWordCols;
  int64_t largest = (int64_t{1} << s.format().bits) - 1;
  int64_t wordsAtOnce = productsAtOnce(largest) / 2;
  Registers products(starts), sums;
  products.resize(s.rows.size());
  auto fold = [&] {
    for (auto [i, product] : llvm::enumerate(products)) {
      Value words = foldProducts(product);
      if (sums.size() == i)
        sums.push_back(words);
      else
        sums[i] = arith::AddIOp::create(b, loc, sums[i], words);
    }
    products.assign(s.rows.size(), Value());
  };
  if (takesWordsInLoop(hasFewRegisters(), s.rows.size(), s.format()) &&
      numWords <= wordsAtOnce) {
    products.assign(s.rows.size(), noProducts());
    auto loop = scf::ForOp::create(b, loc, index(0), index(numWords), index(1),
                                   products);
    loop->setAttr("llvm.loop_annotation", withoutUnrolling(b.getContext()));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      scf::YieldOp::create(b, loc,
                           addWord(s, chunk, j, loop.getInductionVar(),
                                   /*parity=*/0, loop.getRegionIterArgs()));
    }
    products = Registers(loop.getResults());
    fold();
    return sums;
  }
  for (int64_t word = 0; word < numWords; ++word) {
    if (word != 0 && word % wordsAtOnce == 0)
      fold();
    products = addWord(s, chunk, j, index(word), word % 2, products);
  }
  fold();
  return sums;
}

/// What a row of x has for a chunk, in every lane: its scale, the sum of its
/// codes, and that times minus the weight's zero, which is also the products
/// that a sum may begin with, or null.
struct TileLowering::ChunkRow {
  Value scale, codes, minusZeros, start;
};

TileLowering::ChunkRow TileLowering::loadChunkRow(const ScaledDot &s,
                                                  const IntegerChunk &chunk,
                                                  Value group, int64_t length) {
  auto load = [&](int64_t at, Type type) {
    return splatVector(loadVector(addBytes(group, at), type, 4), length);
  };
  ChunkRow row{.scale = load(QuantizedRow::kScaleAt, b.getF32Type()),
               .codes = load(chunk.sumAt(), b.getI32Type()),
               .minusZeros = {},
               .start = {}};
  if (s.format().zeroCode == 0)
    return row;
  Value sum = loadVector(addBytes(group, chunk.sumAt()), b.getI32Type(), 4);
  Value factor = arith::ConstantIntOp::create(b, loc, -s.format().zeroCode, 32);
  row.minusZeros =
      splatVector(arith::MulIOp::create(b, loc, sum, factor), length);
  row.start = productsFrom(row.minusZeros);
  return row;
}

/// total + f32(integers) * (scale of x * scale of w).
Value TileLowering::addScaled(Value total, Value integers, Value scaleOfRow,
                              Value scaleOfWeight) {
  Value factor = arith::MulFOp::create(b, loc, scaleOfRow, scaleOfWeight);
  Value number = arith::SIToFPOp::create(b, loc, total.getType(), integers);
  return math::FmaOp::create(b, loc, number, factor, total);
}

/// The accumulators after a chunk. What belongs to rows of x is loaded for
/// each chunk, and so lives in registers for no longer; not across a loop.
TileLowering::Registers TileLowering::stepChunk(const ScaledDot &s,
                                                const IntegerChunk &chunk,
                                                ValueRange acc) {
  Registers result(acc);
  const artifact::WeightFormat &format = s.format();
  bool hasLoop = takesWordsInLoop(hasFewRegisters(), s.rows.size(), format);
  int64_t groupOfWeight = chunk.firstCol / format.group;
  SmallVector<ChunkRow> rows;
  auto loadRows = [&] {
    for (Value group : chunk.groups)
      rows.push_back(loadChunkRow(s, chunk, group, s.layout.lengthOf(0)));
  };
  if (!hasLoop)
    loadRows();
  for (size_t j = 0; j < s.codes.size(); ++j) {
    Registers starts;
    for (const ChunkRow &row : rows)
      if (row.start)
        starts.push_back(row.start);
    Registers sums = sumsOfChunk(s, chunk, j, starts);
    if (rows.empty())
      loadRows();
    Value scales = scalesOfUnit(s, chunk.unit, j)[groupOfWeight];
    Value minima;
    if (format.hasMinimum)
      minima = minimaOfUnit(s, chunk.unit, j)[groupOfWeight];
    for (auto [i, row] : llvm::enumerate(rows)) {
      Value &total = result[i * s.codes.size() + j];
      Value sum = sums[i];
      if (row.minusZeros && starts.empty())
        sum = arith::AddIOp::create(b, loc, sum, row.minusZeros);
      total = addScaled(total, sum, row.scale, scales);
      if (minima)
        total = addScaled(total, row.codes, row.scale, minima);
      if (hasLoop)
        total = madeHere(total);
    }
  }
  return result;
}

/// The accumulators after a unit.
TileLowering::Registers TileLowering::stepIntegers(const ScaledDot &s,
                                                   Value unit, ValueRange acc) {
  prefetchRest(s, unit);
  Registers result(acc);
  int64_t numCols = std::min(s.format().group, QuantizedRow::kGroup);
  Value firstGroup = mulIndex(unit, QuantizedRow::wordsOf(s.unitCols()));
  for (int64_t col = 0; col < s.unitCols(); col += numCols) {
    IntegerChunk chunk{unit, col, numCols, /*groups=*/{}};
    int64_t place = 4 * QuantizedRow::wordsOf(col);
    for (Value row : s.rows)
      chunk.groups.push_back(
          addBytes(address(row, firstGroup, b.getI32Type()), place));
    result = stepChunk(s, chunk, result);
  }
  return result;
}

} // namespace g4
