//===- NvidiaLowering.cpp - Tensor cores and async copies of NVIDIA -------===//
//
// dot with accumulators in mma fragments, both operands bf16 in scratch.
//
// Orders nk and kn: a is rows [m][k], b rows [n][k], or [k][n] that are
// transposed as they are read. Per 16 of the depth: ldmatrix.x4 for each 16
// rows of a and each 16 columns of b (x2 for the last 8), one mma.m16n8k16 for
// each pair.
//
// Order fragments: b, a weight, is the first operand of the mma and lies as its
// lanes hold it: one 16-byte load a lane for 16 x 16 of it, of neighbouring
// addresses. a, the tokens, is the second: ldmatrix.x4 for 8 rows and 32 of the
// depth.
//
// Async copies are cp.async of 16 bytes.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/NvidiaLowering.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include <array>
#include <optional>

namespace g4 {

using namespace mlir;

constexpr int64_t kMmaDepth = 16;

void NvidiaLowering::emitCommitAsync() {
  NVVM::CpAsyncCommitGroupOp::create(b, loc);
}

void NvidiaLowering::emitWaitAsync(int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(b, loc, pending);
}

// LLVM 22 drops the order of an atomicrmw for NVPTX.
Value NvidiaLowering::emitIncrement(Value counter) {
  return LLVM::InlineAsmOp::create(
             b, loc, TypeRange(b.getI32Type()), ValueRange(counter),
             "atom.add.acq_rel.gpu.global.u32 $0, [$1], 1;", "=r,l,~{memory}",
             /*has_side_effects=*/true, /*is_align_stack=*/false,
             LLVM::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr())
      .getResult(0);
}

void NvidiaLowering::emitCopyPiece(Value from, Value to, Value exists) {
  Value size;
  if (exists) {
    auto constant = [&](int64_t value) {
      return arith::ConstantIntOp::create(b, loc, value, 32).getResult();
    };
    // Of a row that does not exist nothing is read, the rest is zeros.
    size = arith::SelectOp::create(b, loc, exists, constant(16), constant(0));
  }
  NVVM::CpAsyncOp::create(b, loc, to, from, b.getI32IntegerAttr(16),
                          NVVM::LoadCacheModifierKindAttr::get(
                              b.getContext(), NVVM::LoadCacheModifierKind::CG),
                          size);
}

/// `num` 8x8 matrices; this lane's pointer is one of their rows.
NvidiaLowering::Registers NvidiaLowering::loadMatrix(Value pointer, int num,
                                                     bool transposed) {
  MLIRContext *context = b.getContext();
  Type i32 = b.getI32Type();
  Type result =
      LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(num, i32));
  Value loaded = NVVM::LdMatrixOp::create(
      b, loc, result, pointer, num,
      transposed ? NVVM::MMALayout::col : NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  Registers parts;
  for (int64_t i = 0; i < num; ++i)
    parts.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, i));
  return parts;
}

NvidiaLowering::Registers
NvidiaLowering::mma(ArrayRef<Value> a, ArrayRef<Value> bb, ArrayRef<Value> c) {
  Type f32 = b.getF32Type();
  Type result =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  using Types = NVVM::MMATypes;
  Value d = NVVM::MmaOp::create(
      b, loc, result, a, bb, c, ArrayRef<int64_t>{16, 8, kMmaDepth},
      std::nullopt, std::nullopt,
      std::array<Types, 2>{Types::bf16, Types::bf16},
      std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                     NVVM::MMALayout::col});
  Registers numbers;
  for (int64_t i = 0; i < 4; ++i)
    numbers.push_back(LLVM::ExtractValueOp::create(b, loc, d, i));
  return numbers;
}

/// The two registers of a fragment, rows l/4 and l/4 + 8.
NvidiaLowering::Registers NvidiaLowering::multiply(ArrayRef<Value> a,
                                                   ArrayRef<Value> bb,
                                                   Value top, Value bottom) {
  SmallVector<Value> c;
  for (Value half : {top, bottom})
    for (int64_t i = 0; i < 2; ++i)
      c.push_back(
          vector::ExtractOp::create(b, loc, half, ArrayRef<int64_t>{i}));
  Registers d = mma(a, bb, c);
  Registers halves;
  for (int64_t half = 0; half < 2; ++half)
    halves.push_back(vector::FromElementsOp::create(
        b, loc, cast<VectorType>(top.getType()),
        ValueRange{d[2 * half], d[2 * half + 1]}));
  return halves;
}

static LogicalResult checkMma(tile::DotOp op, const RegisterLayout &layout) {
  // i8: units of weights with scales.
  auto fits = [](Value operand, bool mayBeUnits = false) {
    auto type = cast<MemRefType>(operand.getType());
    Type element = type.getElementType();
    return (element.isBF16() || (mayBeUnits && element.isInteger(8))) &&
           tile::isScratch(type);
  };
  bool transposed = op.getOrder() == tile::OperandOrder::Fragments;
  int64_t depth = transposed ? 2 * kMmaDepth : kMmaDepth;
  if (!fits(op.getA()) || !fits(op.getB(), transposed) ||
      &layout.intrinsic() != findMatrixIntrinsic(kMma16x8x16) ||
      layout.isTransposed() != transposed || op.getDepth() % depth != 0 ||
      op.getDepthBound())
    return op.emitOpError("an mma dot takes bf16 operands in scratch, b as "
                          "fragments where acc is transposed, and a depth that "
                          "is a multiple of 16 or 32, without a bound");
  return success();
}

NvidiaLowering::MmaPlace
NvidiaLowering::placeOfThread(const RegisterLayout &layout) {
  Value lane = rem(threadId(), warpSize());
  Value warp = div(threadId(), warpSize());
  return {.lane = lane,
          .warpRow = rem(div(warp, layout.gridCols()), layout.gridRows()),
          .warpCol = rem(warp, layout.gridCols())};
}

// Lane l names row l%rows of the fragment and the part l/rows of its depth.
NvidiaLowering::Registers
NvidiaLowering::fragmentOfA(tile::DotOp op, const MmaPlace &place,
                            int64_t number, int64_t rows, Value depth) {
  Value row = addIndex(mulIndex(addIndex(place.warpRow, index(number)), rows),
                       rem(place.lane, rows));
  Value col = addIndex(depth, mulIndex(div(place.lane, rows), 8));
  return loadMatrix(matrixRow(op.getA(), op.getAIndices(), row, col), 4);
}

// Two fragments at a time. Lane l names row l%8 of the half l/8%2 of the depth
// of fragment l/16; in order kn that is a row of the depth.
SmallVector<NvidiaLowering::Registers>
NvidiaLowering::fragmentsOfB(tile::DotOp op, const MmaPlace &place,
                             const RegisterLayout &layout, Value depth) {
  bool transposed = op.getOrder() == tile::OperandOrder::KN;
  Value lane = rem(place.lane, 8), half = rem(div(place.lane, 8), 2);
  Value second = mulIndex(div(place.lane, 16), layout.gridCols());
  SmallVector<Registers> fragments;
  for (int64_t c = 0, left = layout.colRegisters(); left > 0;
       c += 2, left -= 2) {
    Value number = addIndex(place.warpCol, index(c * layout.gridCols()));
    if (left > 1)
      number = addIndex(number, second);
    Value column = mulIndex(number, 8), start = mulIndex(half, 8);
    Value row = transposed ? addIndex(depth, addIndex(start, lane))
                           : addIndex(column, lane);
    Value col = transposed ? column : addIndex(depth, start);
    Registers loaded =
        loadMatrix(matrixRow(op.getB(), op.getBIndices(), row, col),
                   left > 1 ? 4 : 2, transposed);
    for (size_t i = 0; i < loaded.size(); i += 2)
      fragments.push_back({loaded[i], loaded[i + 1]});
  }
  return fragments;
}

LogicalResult NvidiaLowering::emitRowsDot(tile::DotOp op,
                                          const RegisterLayout &layout) {
  MmaPlace place = placeOfThread(layout);
  int64_t rows = layout.rowRegisters() / 2, cols = layout.colRegisters();
  auto step = [&](Value i, ValueRange acc) {
    Registers result(acc);
    Value depth = mulIndex(i, kMmaDepth);
    SmallVector<Registers> as;
    for (int64_t r = 0; r < rows; ++r)
      as.push_back(fragmentOfA(op, place, r * layout.gridRows(), 16, depth));
    SmallVector<Registers> bs = fragmentsOfB(op, place, layout, depth);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        Value &top = result[2 * r * cols + c];
        Value &bottom = result[(2 * r + 1) * cols + c];
        Registers halves = multiply(as[r], bs[c], top, bottom);
        top = halves[0];
        bottom = halves[1];
      }
    return result;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / kMmaDepth,
                   step);
}

NvidiaLowering::Registers NvidiaLowering::weightsOfB(tile::DotOp op,
                                                     const MmaPlace &place,
                                                     int64_t number,
                                                     Value depth) {
  Value row = addIndex(place.warpCol, index(number));
  Value col = addIndex(mulIndex(depth, 16), mulIndex(place.lane, 8));
  Value pointer = matrixRow(op.getB(), op.getBIndices(), row, col);
  auto words = VectorType::get({4}, b.getI32Type());
  Value loaded = loadVector(pointer, words, 16);
  Registers parts;
  for (int64_t i = 0; i < 4; ++i)
    parts.push_back(wordOf(loaded, i));
  return parts;
}

// Registers [2t + h][2n + half] of the tile are c[2 * half + h] of weight tile
// n with token tile t.
LogicalResult NvidiaLowering::emitFragmentsDot(tile::DotOp op,
                                               const RegisterLayout &layout) {
  MmaPlace place = placeOfThread(layout);
  int64_t tokens = layout.rowRegisters() / 2;
  int64_t cols = layout.colRegisters(), weights = cols / 2;
  auto type = layout.vectorType(0);
  auto multiplyOne = [&](Registers &sums, int64_t t, int64_t n,
                         ArrayRef<Value> weight, ArrayRef<Value> token) {
    Registers c;
    auto place = [&](int64_t i) -> Value & {
      return sums[(2 * t + i % 2) * cols + 2 * n + i / 2];
    };
    for (int64_t i = 0; i < 4; ++i)
      c.push_back(
          vector::ExtractOp::create(b, loc, place(i), ArrayRef<int64_t>{0}));
    Registers d = mma(weight, token, c);
    for (int64_t i = 0; i < 4; ++i)
      place(i) = vector::FromElementsOp::create(b, loc, type, d[i]);
  };
  auto step = [&](Value i, ValueRange acc) {
    Registers sums(acc);
    Value depth = mulIndex(i, 2 * kMmaDepth);
    SmallVector<Registers> xs;
    for (int64_t t = 0; t < tokens; ++t)
      xs.push_back(fragmentOfA(op, place, t * layout.gridRows(), 8, depth));
    for (int64_t half = 0; half < 2; ++half)
      for (int64_t n = 0; n < weights; ++n) {
        Registers weight = weightsOfB(op, place, n * layout.gridCols(),
                                      addIndex(depth, index(16 * half)));
        for (int64_t t = 0; t < tokens; ++t)
          multiplyOne(sums, t, n, weight,
                      ArrayRef<Value>(xs[t]).slice(2 * half, 2));
      }
    return sums;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / (2 * kMmaDepth),
                   step);
}

LogicalResult NvidiaLowering::emitDot(tile::DotOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  if (!layout->isMma())
    return TileLowering::emitDot(op);
  if (failed(checkMma(op, *layout)))
    return failure();
  if (cast<MemRefType>(op.getB().getType()).getElementType().isInteger(8))
    return emitUnitsDot(op, *layout);
  return layout->isTransposed() ? emitFragmentsDot(op, *layout)
                                : emitRowsDot(op, *layout);
}

} // namespace g4
