//===- NvidiaLowering.cpp - Tensor cores and async copies of NVIDIA -------===//
//
// dot with accumulators in mma fragments: both operands are bf16 in scratch, a
// as rows [m][k], b as rows [n][k] (order nk). Per 16 of the depth: ldmatrix.x4
// for each 16 rows of a, ldmatrix.x2 for each 8 rows of b, one mma.m16n8k16 for
// each pair. Layouts: PTX ISA, "Matrix Fragments for mma.m16n8k16".
//
// Async copies are cp.async of 16 bytes.
//
//===----------------------------------------------------------------------===//

#include "codegen/gpu/GpuLowering.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

#include <array>
#include <optional>

namespace g4 {

using namespace mlir;

namespace {

constexpr int64_t kMmaDepth = 16;

class NvidiaLowering final : public GpuLowering {
public:
  using GpuLowering::GpuLowering;

private:
  LogicalResult emitDot(tile::DotOp op) override;
  void emitCopyPiece(Value from, Value to, Value exists) override;
  void emitCommitAsync() override {
    NVVM::CpAsyncCommitGroupOp::create(b, loc);
  }
  void emitWaitAsync(int64_t pending) override {
    NVVM::CpAsyncWaitGroupOp::create(b, loc, pending);
  }

  /// A thread's lane, and its warp's place in the grid of warps.
  struct MmaPlace {
    Value lane, warpRow, warpCol;
  };
  static LogicalResult checkMma(tile::DotOp op);
  MmaPlace placeOfThread(const RegisterLayout &layout);
  // The fragment of 16 rows of a, or 8 of b, that is `number` of them behind
  // the warp's first, at this depth.
  Registers fragmentOfA(tile::DotOp op, const MmaPlace &place, int64_t number,
                        Value depth);
  Registers fragmentOfB(tile::DotOp op, const MmaPlace &place, int64_t number,
                        Value depth);
  Registers loadMatrix(Value pointer, int num);
  Value matrixRow(Value memory, ValueRange at, Value row, Value col);
  Registers multiply(ArrayRef<Value> a, ArrayRef<Value> bb, Value top,
                     Value bottom);
  Value rem(Value x, int64_t y) {
    return arith::RemUIOp::create(b, loc, x, index(y));
  }
  Value div(Value x, int64_t y) {
    return arith::DivUIOp::create(b, loc, x, index(y));
  }
};

} // namespace

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
NvidiaLowering::Registers NvidiaLowering::loadMatrix(Value pointer, int num) {
  MLIRContext *context = b.getContext();
  Type i32 = b.getI32Type();
  Type result =
      LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(num, i32));
  Value loaded = NVVM::LdMatrixOp::create(
      b, loc, result, pointer, num, NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  Registers parts;
  for (int64_t i = 0; i < num; ++i)
    parts.push_back(LLVM::ExtractValueOp::create(b, loc, loaded, i));
  return parts;
}

/// A pointer to [row, col] of the operand that begins at `at`.
Value NvidiaLowering::matrixRow(Value memory, ValueRange at, Value row,
                                Value col) {
  auto type = cast<MemRefType>(memory.getType());
  Registers place = scalars(at);
  place.end()[-2] = addIndex(place.end()[-2], row);
  place.back() = addIndex(place.back(), col);
  return address(pointerOf(memory), linearIndex(type, place),
                 type.getElementType());
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
  Registers halves;
  for (int64_t half = 0; half < 2; ++half) {
    SmallVector<Value> pair;
    for (int64_t i = 0; i < 2; ++i)
      pair.push_back(LLVM::ExtractValueOp::create(b, loc, d, 2 * half + i));
    halves.push_back(vector::FromElementsOp::create(
        b, loc, cast<VectorType>(top.getType()), pair));
  }
  return halves;
}

LogicalResult NvidiaLowering::checkMma(tile::DotOp op) {
  auto fits = [](Value operand) {
    auto type = cast<MemRefType>(operand.getType());
    return type.getElementType().isBF16() && tile::isScratch(type);
  };
  if (!fits(op.getA()) || !fits(op.getB()) ||
      op.getOrder() != tile::OperandOrder::NK || op.getDepth() % kMmaDepth != 0)
    return op.emitOpError("an mma dot takes bf16 operands in scratch, b in "
                          "order nk, and a depth that is a multiple of 16");
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

// Lane l names row l%16 of the fragment and the half l/16 of its depth.
NvidiaLowering::Registers NvidiaLowering::fragmentOfA(tile::DotOp op,
                                                      const MmaPlace &place,
                                                      int64_t number,
                                                      Value depth) {
  Value row = addIndex(mulIndex(addIndex(place.warpRow, index(number)), 16),
                       rem(place.lane, 16));
  Value col = addIndex(depth, mulIndex(div(place.lane, 16), 8));
  return loadMatrix(matrixRow(op.getA(), op.getAIndices(), row, col), 4);
}

// Lane l names row l%8 and the half l/8%2.
NvidiaLowering::Registers NvidiaLowering::fragmentOfB(tile::DotOp op,
                                                      const MmaPlace &place,
                                                      int64_t number,
                                                      Value depth) {
  Value row = addIndex(mulIndex(addIndex(place.warpCol, index(number)), 8),
                       rem(place.lane, 8));
  Value col = addIndex(depth, mulIndex(rem(div(place.lane, 8), 2), 8));
  return loadMatrix(matrixRow(op.getB(), op.getBIndices(), row, col), 2);
}

LogicalResult NvidiaLowering::emitDot(tile::DotOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  if (!layout->isMma())
    return TileLowering::emitDot(op);
  if (failed(checkMma(op)))
    return failure();
  MmaPlace place = placeOfThread(*layout);
  int64_t rows = layout->rowRegisters() / 2, cols = layout->colRegisters();
  auto step = [&](Value i, ValueRange acc) {
    Registers result(acc);
    Value depth = mulIndex(i, kMmaDepth);
    SmallVector<Registers> as, bs;
    for (int64_t r = 0; r < rows; ++r)
      as.push_back(fragmentOfA(op, place, r * layout->gridRows(), depth));
    for (int64_t c = 0; c < cols; ++c)
      bs.push_back(fragmentOfB(op, place, c * layout->gridCols(), depth));
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

std::unique_ptr<GpuLowering> makeGpuLowering(GpuVendor vendor, OpBuilder &b,
                                             Location loc, int64_t warpSize,
                                             int64_t numThreads, Value thread,
                                             Value scratch) {
  if (vendor == GpuVendor::Nvidia)
    return std::make_unique<NvidiaLowering>(b, loc, warpSize, numThreads,
                                            thread, scratch);
  return std::make_unique<GpuLowering>(b, loc, warpSize, numThreads, thread,
                                       scratch);
}

} // namespace g4
