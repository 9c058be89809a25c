//===- CpuLowering.cpp - A g4t.kernel as a function for a CPU core --------===//
//
// One thread has the whole work item: a tile is rows of 16-float vectors, which
// LLVM splits where the machine's are shorter.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuLowering.h"

#include "codegen/common/TileLowering.h"

#include <bit>

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
    return addBytes(scratch_, offset);
  }
  Value dotPairs(Value x, Value w, Value sum) override;
  Registers unpackInt4Pair(Value words, int64_t r, int zero) override;
  Value addInt4Pair(Value x, const Registers &w, Value sum) override;
  void prefetchWeight(Value pointer) override;
  LogicalResult emitCopyAsync(tile::CopyAsyncOp op) override;
  Value call(StringRef intrinsic, Type result, ValueRange args);

  const CpuTarget &target_;
  Value scratch_;
};

} // namespace

void CpuLowering::prefetchWeight(Value pointer) {
  LLVM::Prefetch::create(b, loc, addBytes(pointer, kPrefetchBytes), /*rw=*/0,
                         /*hint=*/3, /*cache=*/1);
}

// vdpbf16ps: 16 lanes, two products each.
Value CpuLowering::dotPairs(Value x, Value w, Value sum) {
  if (!target_.hasBf16Dot)
    return TileLowering::dotPairs(x, w, sum);
  auto pairs = VectorType::get({2 * kCpuVectorLength}, b.getBF16Type());
  return call("llvm.x86.avx512bf16.dpbf16ps.512", sum.getType(),
              {sum, LLVM::BitcastOp::create(b, loc, pairs, x),
               LLVM::BitcastOp::create(b, loc, pairs, w)});
}

Value CpuLowering::call(StringRef intrinsic, Type result, ValueRange args) {
  return LLVM::CallIntrinsicOp::create(b, loc, result,
                                       b.getStringAttr(intrinsic), args)
      .getResult(0);
}

// A permutation of a register takes the low bits of each lane as its index: a
// table of 16 (twice of 16 for pairs of bf16, whose index has 5 bits) makes a
// number of a nibble in one instruction.
TileLowering::Registers CpuLowering::unpackInt4Pair(Value words, int64_t r,
                                                    int zero) {
  if (target_.numVectorRegisters < 32)
    return TileLowering::unpackInt4Pair(words, r, zero);
  auto type = cast<VectorType>(words.getType());
  auto shifted = [&](Value x, uint32_t bits) -> Value {
    return bits ? arith::ShRUIOp::create(b, loc, x, splatWord(words, bits)) : x;
  };
  SmallVector<float> table;
  for (int i = 0; i < 16; ++i)
    table.push_back(static_cast<float>(i - zero));
  if (target_.hasBf16Dot) {
    auto halves = VectorType::get({2 * kCpuVectorLength}, b.getI16Type());
    SmallVector<int16_t> bits;
    for (int i = 0; i < 32; ++i)
      bits.push_back(std::bit_cast<uint32_t>(table[i % 16]) >> 16);
    Value numbers = arith::ConstantOp::create(
        b, loc, DenseElementsAttr::get(halves, ArrayRef<int16_t>(bits)));
    Value index = LLVM::BitcastOp::create(b, loc, halves,
                                          shifted(words, uint32_t(4 * r)));
    Value pair =
        call("llvm.x86.avx512.permvar.hi.512", halves, {numbers, index});
    return {LLVM::BitcastOp::create(b, loc, type, pair)};
  }
  auto floats = VectorType::get({kCpuVectorLength}, b.getF32Type());
  Value numbers = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(floats, ArrayRef<float>(table)));
  Registers pair;
  for (int64_t nibble : {r, r + 4})
    pair.push_back(call("llvm.x86.avx512.permvar.sf.512", floats,
                        {numbers, shifted(words, uint32_t(4 * nibble))}));
  return pair;
}

Value CpuLowering::addInt4Pair(Value x, const Registers &w, Value sum) {
  if (target_.hasBf16Dot)
    return dotPairs(x, w[0], sum);
  return TileLowering::addInt4Pair(x, w, sum);
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
