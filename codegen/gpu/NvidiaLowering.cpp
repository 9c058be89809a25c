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

  SmallVector<Value> loadMatrix(Value pointer, int num);
  Value matrixRow(Value memory, ValueRange at, Value row, Value col);
  Registers multiply(ArrayRef<Value> a, ArrayRef<Value> bb, Value top,
                     Value bottom);
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
SmallVector<Value> NvidiaLowering::loadMatrix(Value pointer, int num) {
  MLIRContext *context = b.getContext();
  Type i32 = b.getI32Type();
  Type result =
      LLVM::LLVMStructType::getLiteral(context, SmallVector<Type>(num, i32));
  Value loaded = NVVM::LdMatrixOp::create(
      b, loc, result, pointer, num, NVVM::MMALayout::row,
      NVVM::LdStMatrixShapeAttr::get(context, 8, 8),
      NVVM::LdStMatrixEltType::B16);
  SmallVector<Value> parts;
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

LogicalResult NvidiaLowering::emitDot(tile::DotOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  if (!layout->isMma())
    return TileLowering::emitDot(op);
  auto aType = cast<MemRefType>(op.getA().getType());
  auto bType = cast<MemRefType>(op.getB().getType());
  if (!aType.getElementType().isBF16() || !bType.getElementType().isBF16() ||
      op.getOrder() != tile::OperandOrder::NK || !tile::isScratch(aType) ||
      !tile::isScratch(bType) || op.getDepth() % kMmaDepth != 0)
    return op.emitOpError("an mma dot takes bf16 operands in scratch, b in "
                          "order nk, and a depth that is a multiple of 16");
  auto rem = [&](Value x, int64_t y) -> Value {
    return arith::RemUIOp::create(b, loc, x, index(y));
  };
  auto div = [&](Value x, int64_t y) -> Value {
    return arith::DivUIOp::create(b, loc, x, index(y));
  };
  Value lane = rem(threadId(), warpSize());
  Value warp = div(threadId(), warpSize());
  Value warpRow = rem(div(warp, layout->gridCols()), layout->gridRows());
  Value warpCol = rem(warp, layout->gridCols());
  int64_t rowFragments = layout->rowRegisters() / 2;
  int64_t colFragments = layout->colRegisters();
  auto step = [&](Value i, ValueRange acc) {
    Registers result(acc);
    Value depth = mulIndex(i, kMmaDepth);
    // Lane l gives row l%16 and the half l/16 of the depth of a; row l%8 and
    // half l/8%2 of b.
    SmallVector<SmallVector<Value>> as, bs;
    for (int64_t f = 0; f < rowFragments; ++f) {
      Value row = addIndex(
          mulIndex(addIndex(warpRow, index(f * layout->gridRows())), 16),
          rem(lane, 16));
      Value col = addIndex(depth, mulIndex(div(lane, 16), 8));
      as.push_back(
          loadMatrix(matrixRow(op.getA(), op.getAIndices(), row, col), 4));
    }
    for (int64_t f = 0; f < colFragments; ++f) {
      Value row = addIndex(
          mulIndex(addIndex(warpCol, index(f * layout->gridCols())), 8),
          rem(lane, 8));
      Value col = addIndex(depth, mulIndex(rem(div(lane, 8), 2), 8));
      bs.push_back(
          loadMatrix(matrixRow(op.getB(), op.getBIndices(), row, col), 2));
    }
    for (int64_t r = 0; r < rowFragments; ++r)
      for (int64_t c = 0; c < colFragments; ++c) {
        Value &top = result[2 * r * colFragments + c];
        Value &bottom = result[(2 * r + 1) * colFragments + c];
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
