//===- CpuLowering.cpp - A g4t.kernel as a function for a CPU core --------===//
//
// One thread has the whole work item: a tile is rows of 16-float vectors, which
// LLVM splits where the machine's are shorter.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CpuLowering.h"

#include "codegen/common/TileLowering.h"
#include "dialects/tile/QuantizedRow.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <bit>
#include <limits>

namespace g4 {

using namespace mlir;

namespace {

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
  VectorType productsType();
  Value noProducts() override;
  Value addProducts(Value products, Value w, Value x) override;
  Value productsFrom(Value words) override {
    return target_.hasByteDot ? words : Value();
  }
  Value foldProducts(Value products) override;
  int64_t productsAtOnce(int64_t largest) const override;
  bool hasFewRegisters() const override {
    return target_.numVectorRegisters < 32;
  }
  Value madeHere(Value x) override;
  void prefetchWeight(Value pointer, size_t numStreams,
                      size_t numRows) override;
  LogicalResult emitCopyAsync(tile::CopyAsyncOp op) override;
  Value call(StringRef intrinsic, Type result, ValueRange args);
  Value asBytes(Value words);
  Value inHalves(Type result, ValueRange args,
                 llvm::function_ref<Value(Registers)> make);
  Value inHalves(StringRef intrinsic, Type result, ValueRange args);
  Value addInOrder(Value x, Value y);
  Value assembly(StringRef text, StringRef constraints, ValueRange args,
                 bool stays);

  const CpuTarget &target_;
  Value scratch_;
};

} // namespace

void CpuLowering::prefetchWeight(Value pointer, size_t numStreams,
                                 size_t numRows) {
  if (int64_t bytes = target_.prefetch.bytesAhead(numStreams, numRows))
    LLVM::Prefetch::create(b, loc, addBytes(pointer, bytes), /*rw=*/0,
                           /*hint=*/target_.prefetch.intoL2 ? 2 : 3,
                           /*cache=*/1);
}

// LLVM moves what makes a number to where it is used. An empty piece of
// assembly that takes and gives it stays where it is.
Value CpuLowering::madeHere(Value x) {
  if (!hasFewRegisters())
    return x;
  return inHalves(x.getType(), x, [&](Registers halves) {
    return assembly("", "=x,0", halves, /*stays=*/true);
  });
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
  if (hasFewRegisters())
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

//===----------------------------------------------------------------------===//
// Products of bytes
//===----------------------------------------------------------------------===//

// vpdpbusd adds four products to a word. Without it vpmaddubsw adds two as an
// i16, which hold so many that vpmaddwd makes words of them once a chunk.

static VectorType vectorOf(Type element, int64_t length) {
  return VectorType::get({length}, element);
}

Value CpuLowering::asBytes(Value words) {
  int64_t length = cast<VectorType>(words.getType()).getDimSize(0);
  return LLVM::BitcastOp::create(b, loc, vectorOf(b.getI8Type(), 4 * length),
                                 words);
}

/// Assembly in AT&T's order, whose result has the type of its first operand.
/// Where it `stays`, it is not moved, either.
Value CpuLowering::assembly(StringRef text, StringRef constraints,
                            ValueRange args, bool stays) {
  return LLVM::InlineAsmOp::create(
             b, loc, args[0].getType(), args, text, constraints,
             /*has_side_effects=*/stays, /*is_align_stack=*/false,
             LLVM::tailcallkind::TailCallKind::None,
             LLVM::AsmDialectAttr::get(b.getContext(),
                                       LLVM::AsmDialect::AD_ATT),
             /*operand_attrs=*/ArrayAttr())
      .getResult(0);
}

/// What `make` gives for the lower and for the upper halves of vectors of 512
/// bits.
Value CpuLowering::inHalves(Type result, ValueRange args,
                            llvm::function_ref<Value(Registers)> make) {
  auto type = cast<VectorType>(result);
  Registers parts;
  for (int64_t which : {0, 1}) {
    Registers halves;
    for (Value arg : args) {
      int64_t length = cast<VectorType>(arg.getType()).getDimSize(0) / 2;
      halves.push_back(vector::ExtractStridedSliceOp::create(
          b, loc, arg, ArrayRef<int64_t>{which * length},
          ArrayRef<int64_t>{length}, ArrayRef<int64_t>{1}));
    }
    parts.push_back(make(halves));
  }
  return vector::ShuffleOp::create(
      b, loc, parts[0], parts[1],
      llvm::to_vector(llvm::seq<int64_t>(0, type.getDimSize(0))));
}

/// The intrinsic on both halves.
Value CpuLowering::inHalves(StringRef intrinsic, Type result, ValueRange args) {
  auto type = cast<VectorType>(result);
  auto half = vectorOf(type.getElementType(), type.getDimSize(0) / 2);
  return inHalves(result, args, [&](Registers halves) {
    return call(intrinsic, half, halves);
  });
}

VectorType CpuLowering::productsType() {
  return target_.hasByteDot ? vectorOf(b.getI32Type(), kCpuVectorLength)
                            : vectorOf(b.getI16Type(), 2 * kCpuVectorLength);
}

Value CpuLowering::noProducts() { return zeroVector(productsType()); }

Value CpuLowering::addProducts(Value products, Value w, Value x) {
  Value bytes[] = {asBytes(w), asBytes(x)};
  Type pairs = productsType();
  if (target_.hasByteDot)
    return call("llvm.x86.avx512.vpdpbusd.512", pairs,
                {products ? products : noProducts(), bytes[0], bytes[1]});
  Value sums = hasFewRegisters()
                   ? inHalves("llvm.x86.avx2.pmadd.ub.sw", pairs, bytes)
                   : call("llvm.x86.avx512.pmaddubs.w.512", pairs, bytes);
  if (!products)
    return sums;
  return hasFewRegisters() ? addInOrder(products, sums)
                           : call("llvm.sadd.sat", pairs, {products, sums});
}

// LLVM must keep the order of sums, and so the bytes of one word at a time in
// registers: it does not look into assembly, nor does it reorder sums that
// saturate, which these never do. But Zen 3 has two units for such sums, those
// of the products, and four for others: measured 0.50 and 0.25 cycles each.
Value CpuLowering::addInOrder(Value x, Value y) {
  return inHalves(x.getType(), {x, y}, [&](Registers halves) {
    return assembly("vpaddw $2, $1, $0", "=x,x,x", halves, /*stays=*/false);
  });
}

Value CpuLowering::foldProducts(Value products) {
  if (target_.hasByteDot)
    return products;
  auto words = vectorOf(b.getI32Type(), kCpuVectorLength);
  Value ones = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(cast<VectorType>(products.getType()),
                             APInt(16, 1)));
  Value args[] = {products, ones};
  return hasFewRegisters() ? inHalves("llvm.x86.avx2.pmadd.wd", words, args)
                           : call("llvm.x86.avx512.pmaddw.d.512", words, args);
}

int64_t CpuLowering::productsAtOnce(int64_t largest) const {
  constexpr int64_t kLargestI16 = 32767;
  return target_.hasByteDot
             ? std::numeric_limits<int64_t>::max()
             : kLargestI16 / (2 * tile::QuantizedRow::kLargest * largest);
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
