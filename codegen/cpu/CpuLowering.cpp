//===- CpuLowering.cpp - A g4t.kernel as a function for a CPU core --------===//
//
// One thread has the whole work item: a tile is rows of 16-float vectors, which
// LLVM splits where the machine's are shorter.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuLowering.h"

#include "codegen/common/TileLowering.h"

namespace g4 {

using namespace mlir;

namespace {

// How far ahead of the dot weights are asked for: at 20 GB/s a core and 100 ns
// of latency, 2 KiB are under way.
constexpr int64_t kPrefetchBytes = 2048;

class CpuLowering : public TileLowering {
public:
  CpuLowering(OpBuilder &b, Location loc, const CpuTarget &target,
              Value scratch)
      : TileLowering(b, loc, /*warpSize=*/1), target_(target),
        scratch_(scratch) {}

private:
  Value scratchPointer(int64_t offset) override {
    return LLVM::GEPOp::create(b, loc, scratch_.getType(), b.getI8Type(),
                               scratch_,
                               ArrayRef<LLVM::GEPArg>{int32_t(offset)});
  }
  Value dotPairs(Value x, Value w, Value sum) override;
  void prefetchWeight(Value pointer) override;
  LogicalResult emitCopyAsync(tile::CopyAsyncOp op) override;

  const CpuTarget &target_;
  Value scratch_;
};

} // namespace

void CpuLowering::prefetchWeight(Value pointer) {
  Value ahead =
      LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                          ArrayRef<LLVM::GEPArg>{int32_t(kPrefetchBytes)});
  LLVM::Prefetch::create(b, loc, ahead, /*rw=*/0, /*hint=*/3, /*cache=*/1);
}

// vdpbf16ps: 16 lanes, two products each.
Value CpuLowering::dotPairs(Value x, Value w, Value sum) {
  if (!target_.hasBf16Dot)
    return TileLowering::dotPairs(x, w, sum);
  auto pairs = VectorType::get({2 * kCpuVectorLength}, b.getBF16Type());
  return LLVM::CallIntrinsicOp::create(
             b, loc, sum.getType(),
             b.getStringAttr("llvm.x86.avx512bf16.dpbf16ps.512"),
             ValueRange{sum, LLVM::BitcastOp::create(b, loc, pairs, x),
                        LLVM::BitcastOp::create(b, loc, pairs, w)})
      .getResult(0);
}

LogicalResult CpuLowering::emitCopyAsync(tile::CopyAsyncOp op) {
  return op.emitOpError("a CPU kernel reads weights in place");
}

FailureOr<CpuFunction> lowerKernelToCpu(tile::KernelOp kernel,
                                        const CpuTarget &target, OpBuilder &b) {
  Location loc = kernel.getLoc();
  if (kernel.getThreads() != 1)
    return kernel.emitOpError("a CPU kernel has one thread, got ")
           << kernel.getThreads();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type i64 = b.getI64Type();
  auto function =
      func::FuncOp::create(b, loc, kernel.getSymName(),
                           b.getFunctionType({pointer, i64, i64, pointer}, {}));
  Block *entry = function.addEntryBlock();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(entry);
  CpuLowering lowering(b, loc, target, entry->getArgument(3));
  auto toIndex = [&](Value number) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
  };
  for (BlockArgument param : kernel.getParams()) {
    Value slot = LLVM::GEPOp::create(
        b, loc, pointer, i64, entry->getArgument(0),
        ArrayRef<LLVM::GEPArg>{int32_t(param.getArgNumber())});
    if (param.getType().isIndex())
      lowering.bindScalar(param,
                          toIndex(LLVM::LoadOp::create(b, loc, i64, slot)));
    else
      lowering.bindPointer(param, LLVM::LoadOp::create(b, loc, pointer, slot));
  }
  lowering.bindScalar(kernel.getGridX(), toIndex(entry->getArgument(1)));
  lowering.bindScalar(kernel.getGridY(), toIndex(entry->getArgument(2)));
  if (failed(lowering.lowerBody(kernel)))
    return failure();
  func::ReturnOp::create(b, loc);
  return CpuFunction{function, lowering.scratchBytes()};
}

} // namespace g4
