//===- PlainIntrinsics.cpp - AVX-512 without the machine ------------------===//

#include "test/codegen/PlainIntrinsics.h"

#include "llvm/ADT/StringSwitch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace g4 {

using namespace mlir;

namespace {

/// Writes what one call does before it.
class PlainCall {
public:
  explicit PlainCall(LLVM::CallIntrinsicOp call)
      : b_(call), loc_(call.getLoc()), args_(call.getArgs()),
        result_(cast<VectorType>(call.getResult(0).getType())) {}

  Value dotBytes();
  Value addBytePairs();
  Value addWordPairs();
  Value permute();
  Value dotBf16();

private:
  static VectorType vectorOf(Type element, int64_t length) {
    return VectorType::get({length}, element);
  }
  int64_t lengthOf(Value vector) {
    return cast<VectorType>(vector.getType()).getDimSize(0);
  }
  template <typename Op>
  Value widened(Value vector) {
    return Op::create(b_, loc_, vectorOf(b_.getI32Type(), lengthOf(vector)),
                      vector);
  }
  /// Lanes first, first + stride, ..
  Value lanes(Value vector, int64_t first, int64_t stride) {
    SmallVector<int64_t> places;
    for (int64_t i = first; i < lengthOf(vector); i += stride)
      places.push_back(i);
    return vector::ShuffleOp::create(b_, loc_, vector, vector, places);
  }
  /// Sums of `count` neighbours.
  Value sums(Value vector, int64_t count) {
    Value sum = lanes(vector, 0, count);
    for (int64_t i = 1; i < count; ++i)
      sum = arith::AddIOp::create(b_, loc_, sum, lanes(vector, i, count));
    return sum;
  }
  Value byteProducts(Value w, Value x) {
    return arith::MulIOp::create(b_, loc_, widened<arith::ExtUIOp>(w),
                                 widened<arith::ExtSIOp>(x));
  }
  Value constant(int32_t value, int64_t length) {
    return arith::ConstantOp::create(
        b_, loc_,
        DenseElementsAttr::get(vectorOf(b_.getI32Type(), length), value));
  }

  OpBuilder b_;
  Location loc_;
  OperandRange args_;
  VectorType result_;
};

} // namespace

// VPDPBUSD: four products to each word, without saturation.
Value PlainCall::dotBytes() {
  return arith::AddIOp::create(b_, loc_, args_[0],
                               sums(byteProducts(args_[1], args_[2]), 4));
}

// VPMADDUBSW: two products each, saturated to 16 bits.
Value PlainCall::addBytePairs() {
  Value pairs = sums(byteProducts(args_[0], args_[1]), 2);
  int64_t length = lengthOf(pairs);
  pairs = arith::MinSIOp::create(b_, loc_, pairs, constant(32767, length));
  pairs = arith::MaxSIOp::create(b_, loc_, pairs, constant(-32768, length));
  return arith::TruncIOp::create(b_, loc_, result_, pairs);
}

// VPMADDWD.
Value PlainCall::addWordPairs() {
  return sums(arith::MulIOp::create(b_, loc_, widened<arith::ExtSIOp>(args_[0]),
                                    widened<arith::ExtSIOp>(args_[1])),
              2);
}

// VPERMW, VPERMPS: the low bits of an index choose.
Value PlainCall::permute() {
  Value numbers = args_[0], indices = args_[1], result = args_[0];
  int64_t length = lengthOf(numbers);
  Type element = cast<VectorType>(indices.getType()).getElementType();
  Value mask = arith::ConstantOp::create(
      b_, loc_, b_.getIntegerAttr(element, length - 1));
  for (int64_t i = 0; i < length; ++i) {
    Value index = vector::ExtractOp::create(b_, loc_, indices, i);
    index = arith::AndIOp::create(b_, loc_, index, mask);
    index = arith::IndexCastUIOp::create(b_, loc_, b_.getIndexType(), index);
    Value number = vector::ExtractOp::create(b_, loc_, numbers,
                                             ArrayRef<OpFoldResult>{index});
    result = vector::InsertOp::create(b_, loc_, number, result, i);
  }
  return result;
}

// VDPBF16PS: the odd product first; each is added with one rounding.
Value PlainCall::dotBf16() {
  auto halves = [&](Value vector, int64_t first) -> Value {
    return arith::ExtFOp::create(b_, loc_, result_, lanes(vector, first, 2));
  };
  Value sum = args_[0];
  for (int64_t first : {1, 0})
    sum = math::FmaOp::create(b_, loc_, halves(args_[1], first),
                              halves(args_[2], first), sum);
  return sum;
}

using Plain = Value (PlainCall::*)();

static Plain plainOf(StringRef intrinsic) {
  return llvm::StringSwitch<Plain>(intrinsic)
      .Case("llvm.x86.avx512.vpdpbusd.512", &PlainCall::dotBytes)
      .Case("llvm.x86.avx512.pmaddubs.w.512", &PlainCall::addBytePairs)
      .Case("llvm.x86.avx512.pmaddw.d.512", &PlainCall::addWordPairs)
      .Cases(
          {"llvm.x86.avx512.permvar.hi.512", "llvm.x86.avx512.permvar.sf.512"},
          &PlainCall::permute)
      .Case("llvm.x86.avx512bf16.dpbf16ps.512", &PlainCall::dotBf16)
      .Default(nullptr);
}

LogicalResult replaceAvx512(ModuleOp module) {
  WalkResult walked = module.walk([](LLVM::CallIntrinsicOp call) -> WalkResult {
    if (!call.getIntrin().starts_with("llvm.x86.avx512"))
      return WalkResult::advance();
    Plain plain = plainOf(call.getIntrin());
    if (!plain)
      return call.emitError("no plain form is known of this intrinsic");
    call.getResult(0).replaceAllUsesWith((PlainCall(call).*plain)());
    call.erase();
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

} // namespace g4
