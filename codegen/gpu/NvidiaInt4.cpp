//===- NvidiaInt4.cpp - 4-bit weights on tensor cores of NVIDIA -----------===//
//
// A lane has, of 16 rows x 64 of the depth, a word for each k tile of 16: its
// nibbles r and r + 4 are the two numbers of register r of the mma's first
// operand (runtime/artifact/WeightFormat.cpp). So for each register
//
//   ((word >> 4r) & 0x000f000f) | 0x43004300    two bf16, 128 + q
//   - 136                                       two bf16, q - 8, exact
//
// a shift (none for r = 0), one lop3, one subtraction for two weights. The
// 2 k tiles of a group are summed from zero by mma; the sum times the group's
// scale, in f32, is added to the total. Scales are not multiplied into the
// weights: that would cost as much as the subtraction, and round. With loads,
// mma and loop 2.1 instructions a weight: test/codegen/gpu/dot-int4.mlir
// counts.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/Int4Units.h"
#include "codegen/gpu/NvidiaLowering.h"

namespace g4 {

using namespace mlir;

constexpr int64_t kGroups = kInt4UnitCols / kInt4Group;
constexpr int64_t kTilesOfGroup = kInt4Group / 16;
// 128.0 as bf16, twice: its last four bits count ones.
constexpr int64_t kBase = 0x43004300, kNibbles = 0x000f000f;

// Written out: two immediates do not fit one instruction, and the assembler
// takes two where it has the choice.
Value NvidiaLowering::andOr(Value x, Value mask, Value bits) {
  return LLVM::InlineAsmOp::create(
             b, loc, x.getType(), ValueRange{x, mask, bits}, kAndOrAssembly,
             "=r,r,n,n", /*has_side_effects=*/false, /*is_align_stack=*/false,
             LLVM::tailcallkind::TailCallKind::None, LLVM::AsmDialectAttr(),
             ArrayAttr())
      .getResult(0);
}

/// The four registers of the fragment that a word holds.
NvidiaLowering::Registers NvidiaLowering::int4Fragment(Value word) {
  auto constant = [&](int64_t bits) -> Value {
    return arith::ConstantIntOp::create(b, loc, bits, 32);
  };
  auto pair = VectorType::get({2}, b.getBF16Type());
  APFloat zero(APFloat::BFloat());
  (void)zero.convertFromAPInt(APInt(32, 128 + kInt4Zero), /*IsSigned=*/false,
                              APFloat::rmNearestTiesToEven);
  Value offset =
      arith::ConstantOp::create(b, loc, DenseElementsAttr::get(pair, zero));
  Registers fragment;
  for (int64_t r = 0; r < 4; ++r) {
    Value x = word;
    if (r != 0)
      x = arith::ShRUIOp::create(b, loc, x, constant(4 * r));
    x = andOr(x, constant(kNibbles), constant(kBase));
    x = LLVM::BitcastOp::create(b, loc, pair, x);
    x = arith::SubFOp::create(b, loc, x, offset);
    fragment.push_back(LLVM::BitcastOp::create(b, loc, b.getI32Type(), x));
  }
  return fragment;
}

NvidiaLowering::Registers
NvidiaLowering::scalesOfWord(Value word, artifact::NumberType type) {
  auto bits = [&](int64_t value) -> Value {
    return arith::ConstantIntOp::create(b, loc, value, 32);
  };
  Type f32 = b.getF32Type();
  Registers scales;
  if (type == artifact::NumberType::BF16) {
    for (Value half :
         {Value(arith::ShLIOp::create(b, loc, word, bits(16))),
          Value(arith::AndIOp::create(b, loc, word, bits(0xffff0000)))})
      scales.push_back(LLVM::BitcastOp::create(b, loc, f32, half));
    return scales;
  }
  for (Value half :
       {word, Value(arith::ShRUIOp::create(b, loc, word, bits(16)))}) {
    half = arith::TruncIOp::create(b, loc, b.getI16Type(), half);
    half = LLVM::BitcastOp::create(b, loc, b.getF16Type(), half);
    scales.push_back(arith::ExtFOp::create(b, loc, f32, half));
  }
  return scales;
}

/// Adds the unit's product with each of `tokens`, two words for each of 4 k
/// tiles of 8 tokens, to `sums`, four numbers each.
void NvidiaLowering::addInt4Unit(const Int4Unit &unit,
                                 ArrayRef<Registers> tokens,
                                 MutableArrayRef<Registers> sums) {
  auto wordOf = [&](Value words, int64_t i) -> Value {
    return vector::ExtractOp::create(b, loc, words, ArrayRef<int64_t>{i});
  };
  Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0));
  for (int64_t g = 0; g < kGroups; ++g) {
    SmallVector<Registers> parts(tokens.size(), Registers(4, zero));
    for (int64_t i = g * kTilesOfGroup; i < (g + 1) * kTilesOfGroup; ++i) {
      Registers weight = int4Fragment(wordOf(unit.words, i));
      for (auto [part, token] : llvm::zip(parts, tokens))
        part = mma(weight, ArrayRef<Value>(token).slice(2 * i, 2), part);
    }
    // Rows i and i + 8.
    Registers halves = scalesOfWord(wordOf(unit.scales, g), unit.scaleType);
    for (auto [part, sum] : llvm::zip(parts, sums))
      for (int64_t c = 0; c < 4; ++c)
        sum[c] = math::FmaOp::create(b, loc, part[c], halves[c / 2], sum[c]);
  }
}

/// The lane's part of unit `unit` of the depth, of 16 rows of b.
NvidiaLowering::Int4Unit NvidiaLowering::int4UnitOfB(tile::DotOp op,
                                                     const MmaPlace &place,
                                                     int64_t number,
                                                     Value unit) {
  Value row = addIndex(place.warpCol, index(number));
  Value first = mulIndex(unit, kInt4UnitBytes);
  auto load = [&](Value col, int64_t numWords) {
    return loadVector(matrixRow(op.getB(), op.getBIndices(), row, col),
                      VectorType::get({numWords}, b.getI32Type()),
                      4 * numWords);
  };
  Value scales = addIndex(addIndex(first, index(kInt4ScalesAt)),
                          mulIndex(div(place.lane, 4), 8));
  return {.words = load(addIndex(first, mulIndex(place.lane, 16)), 4),
          .scales = load(scales, 2),
          .scaleType = op.getFormat()->getDescription()->scale};
}

// As emitFragmentsDot(), a unit of the depth a step.
LogicalResult NvidiaLowering::emitInt4Dot(tile::DotOp op,
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
    Value depth = mulIndex(unit, kInt4UnitCols);
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
      addInt4Unit(int4UnitOfB(op, place, n * layout.gridCols(), unit), xs,
                  numbers);
      for (int64_t t = 0; t < tokens; ++t)
        for (int64_t i = 0; i < 4; ++i)
          sumOf(t, n, i) =
              vector::FromElementsOp::create(b, loc, type, numbers[t][i]);
    }
    return sums;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / kInt4UnitCols,
                   step);
}

} // namespace g4
