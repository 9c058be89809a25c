//===- NvidiaIntegers.cpp - 4- and 6-bit weights on tensor cores ----------===//
//
// A lane has, of 16 rows x 64 of the depth, a word of low bits for each k tile
// of 16: its nibbles r and r + 4 are the two numbers of register r of the mma's
// first operand (runtime/artifact/WeightFormat.cpp). So for each register
//
//   ((word >> 4r) & 0x000f000f) | 0x43004300    two bf16, 128 + q
//   - 136                                       two bf16, q - 8, exact
//
// a shift (none for r = 0), one lop3, one subtraction for two weights. Codes of
// 6 bits have a word of high bits for two k tiles besides, whose pairs of bits
// f and f + 8 belong to register r of tile t, f = r + 4 * (t % 2):
//
//   | ((high >> (2f - 4)) & 0x00300030)         two bf16, 128 + q
//   - 160                                       two bf16, q - 32, exact
//
// which is a shift and a lop3 more. The k tiles of a group are summed from zero
// by mma; the sum times the group's scale, in f32, is added to the total.
// Scales are not multiplied into the weights: that would cost as much as the
// subtraction, and round. With loads, mma and loop 2.1 instructions a weight of
// 4 bits: test/codegen/gpu/dot-int4.mlir counts.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/NvidiaLowering.h"

#include <array>

namespace g4 {

using namespace mlir;

constexpr int64_t kTileCols = 16, kUnitCols = 64;
// 128.0 as bf16, twice: its last seven bits count ones.
constexpr int64_t kBase = 0x43004300, kNibbles = 0x000f000f,
                  kHighBits = 0x00300030;
constexpr float kBaseNumber = 128;

// Written out: two immediates do not fit one instruction of two operands, and
// the assembler takes two instructions where it has the choice.
Value NvidiaLowering::andOr(Value x, Value mask, Value bits) {
  bool isConstant = bits.getDefiningOp<arith::ConstantOp>() != nullptr;
  return LLVM::InlineAsmOp::create(
             b, loc, x.getType(), ValueRange{x, mask, bits}, kAndOrAssembly,
             isConstant ? "=r,r,n,n" : "=r,r,n,r", /*has_side_effects=*/false,
             /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr(), ArrayAttr())
      .getResult(0);
}

/// `word` with pair `field` of `high` in bits 4 and 5 of both halves.
Value NvidiaLowering::withHighBits(Value word, Value high, int64_t field) {
  auto constant = [&](int64_t bits) -> Value {
    return arith::ConstantIntOp::create(b, loc, bits, 32);
  };
  int64_t right = 2 * field - 4;
  if (right > 0)
    high = arith::ShRUIOp::create(b, loc, high, constant(right));
  else if (right < 0)
    high = arith::ShLIOp::create(b, loc, high, constant(-right));
  return andOr(high, constant(kHighBits), word);
}

/// The four registers of the fragment that is k tile `tile` of a unit.
NvidiaLowering::Registers
NvidiaLowering::fragmentOfUnit(const IntegerUnit &unit, int64_t tile) {
  auto constant = [&](int64_t bits) -> Value {
    return arith::ConstantIntOp::create(b, loc, bits, 32);
  };
  auto pair = VectorType::get({2}, b.getBF16Type());
  APFloat zero(kBaseNumber + float(unit.format->zeroCode));
  bool losesInfo = false;
  zero.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &losesInfo);
  Value offset =
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(pair, zero));
  Value word = wordOf(unit.words, tile);
  Registers fragment;
  for (int64_t r = 0; r < 4; ++r) {
    Value x = word;
    if (r != 0)
      x = arith::ShRUIOp::create(b, loc, x, constant(4 * r));
    x = andOr(x, constant(kNibbles), constant(kBase));
    if (unit.format->hasHighBits())
      x = withHighBits(x, wordOf(unit.highs, tile / 2), r + 4 * (tile % 2));
    x = LLVM::BitcastOp::create(b, loc, pair, x);
    x = arith::SubFOp::create(b, loc, x, offset);
    fragment.push_back(LLVM::BitcastOp::create(b, loc, b.getI32Type(), x));
  }
  return fragment;
}

/// Adds the unit's product with each of `tokens`, two words for each of 4 k
/// tiles of 8 tokens, to `sums`, four numbers each.
void NvidiaLowering::addUnit(const IntegerUnit &unit,
                             ArrayRef<Registers> tokens,
                             MutableArrayRef<Registers> sums) {
  int64_t groups = unit.format->groupsOf(kUnitCols);
  int64_t tilesOfGroup = unit.format->group / kTileCols;
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  for (int64_t g = 0; g < groups; ++g) {
    SmallVector<Registers> parts(tokens.size(), Registers(4, zero));
    for (int64_t i = g * tilesOfGroup; i < (g + 1) * tilesOfGroup; ++i) {
      Registers weight = fragmentOfUnit(unit, i);
      for (auto [part, token] : llvm::zip(parts, tokens))
        part = mma(weight, ArrayRef<Value>(token).slice(2 * i, 2), part);
    }
    // Rows i and i + 8.
    Value scales = wordOf(unit.scales, g);
    std::array halves = {scaleOfWord(scales, 0, unit.format->scale),
                         scaleOfWord(scales, 1, unit.format->scale)};
    for (auto [part, sum] : llvm::zip(parts, sums))
      for (int64_t c = 0; c < 4; ++c)
        sum[c] = math::FmaOp::create(b, loc, part[c], halves[c / 2], sum[c]);
  }
}

NvidiaLowering::UnitPlaces
NvidiaLowering::placesInUnit(const artifact::PackedMatrix &matrix, Value lane) {
  UnitPlaces places;
  places.words = mulIndex(lane, 16);
  if (matrix.format->hasHighBits())
    places.highs = addIndex(index(matrix.lowBytes()), mulIndex(lane, 8));
  places.scales =
      addIndex(index(matrix.codeBytes()),
               mulIndex(div(lane, 4), 4 * matrix.format->groupsOf(kUnitCols)));
  return places;
}

NvidiaLowering::IntegerUnit
NvidiaLowering::loadUnit(const artifact::WeightFormat &format,
                         const UnitPlaces &places, const LoadWords &load) {
  IntegerUnit unit{.format = &format, .words = load(places.words, 4)};
  if (format.hasHighBits())
    unit.highs = load(places.highs, 2);
  unit.scales = load(places.scales, format.groupsOf(kUnitCols));
  return unit;
}

/// The lane's part of unit `unit` of the depth, of 16 rows of b.
NvidiaLowering::IntegerUnit NvidiaLowering::unitOfB(tile::DotOp op,
                                                    const MmaPlace &place,
                                                    int64_t number,
                                                    Value unit) {
  artifact::PackedMatrix matrix = op.getFragments();
  Value row = addIndex(place.warpCol, index(number));
  Value first = mulIndex(unit, matrix.unitBytes());
  return loadUnit(
      *matrix.format, placesInUnit(matrix, place.lane),
      [&](Value at, int64_t numWords) {
        return loadVector(
            matrixRow(op.getB(), op.getBIndices(), row, addIndex(first, at)),
            VectorType::get({numWords}, b.getI32Type()), 4 * numWords);
      });
}

// As emitFragmentsDot(), a unit of the depth a step.
LogicalResult NvidiaLowering::emitUnitsDot(tile::DotOp op,
                                           const RegisterLayout &layout) {
  MmaPlace place = placeOfThread(layout);
  int64_t tokens = layout.rowRegisters() / 2;
  int64_t cols = layout.colRegisters(), weights = cols / 2;
  auto type = layout.vectorType(0);
  auto step = [&](Value unit, ValueRange acc) {
    Registers sums(acc);
    // c[i] of weight tile n with token tile t.
    auto sumOf = [&](int64_t t, int64_t n, int64_t i) -> Value & {
      return sums[(2 * t + i % 2) * cols + 2 * n + i / 2];
    };
    Value depth = mulIndex(unit, kUnitCols);
    SmallVector<Registers> xs;
    for (int64_t t = 0; t < tokens; ++t) {
      int64_t number = t * layout.gridRows();
      xs.push_back(fragmentOfA(op, place, number, 8, depth));
      xs.back().append(
          fragmentOfA(op, place, number, 8, addIndex(depth, index(32))));
    }
    for (int64_t n = 0; n < weights; ++n) {
      SmallVector<Registers> numbers(tokens);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t i = 0; i < 4; ++i)
          numbers[t].push_back(vector::ExtractOp::create(b, loc, sumOf(t, n, i),
                                                         ArrayRef<int64_t>{0}));
      addUnit(unitOfB(op, place, n * layout.gridCols(), unit), xs, numbers);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t i = 0; i < 4; ++i)
          sumOf(t, n, i) =
              vector::FromElementsOp::create(b, loc, type, numbers[t][i]);
    }
    return sums;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / kUnitCols,
                   step);
}

} // namespace g4
