//===- TileQuantize.cpp - Rows of f32 as integers of 8 bits ---------------===//
//
// QuantizedRow.h has the form. x * factor is at most 127 in size, so adding
// 1.5 * 2^23 rounds it to a whole number, halves to even, that stands in the
// low bits of the sum: no conversion, which would be undefined for NaN.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/TileLowering.h"
#include "dialects/tile/QuantizedRow.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace g4 {

using namespace mlir;
using tile::QuantizedRow;

/// 1.5 * 2^23, as a number and as bits.
static constexpr float kRounder = 12582912;
static constexpr uint32_t kRounderBits = 0x4b400000;

/// Two vectors of 16 columns to the group at `dest`.
void TileLowering::quantizeGroup(ArrayRef<Value> halves, Value dest) {
  Type i32 = b.getI32Type();
  auto number = [&](float value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getF32FloatAttr(value));
  };
  Value sizes =
      arith::MaxNumFOp::create(b, loc, math::AbsFOp::create(b, loc, halves[0]),
                               math::AbsFOp::create(b, loc, halves[1]));
  Value largest =
      vector::ReductionOp::create(b, loc, vector::CombiningKind::MAXNUMF, sizes,
                                  arith::FastMathFlags::reassoc);
  Value isZero =
      arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OLT, largest,
                            number(QuantizedRow::kSmallest));
  auto unlessZero = [&](Value value) -> Value {
    return arith::SelectOp::create(b, loc, isZero, number(0), value);
  };
  Value limit = number(QuantizedRow::kLargest);
  Value factor = unlessZero(arith::DivFOp::create(b, loc, limit, largest));
  Value scale = unlessZero(arith::DivFOp::create(b, loc, largest, limit));
  Registers codes, sums;
  for (Value x : halves) {
    auto type = cast<VectorType>(x.getType());
    int64_t length = type.getDimSize(0);
    Value rounded =
        arith::MulFOp::create(b, loc, x, splatVector(factor, length));
    rounded = arith::AddFOp::create(b, loc, rounded,
                                    splatVector(number(kRounder), length));
    Value words = LLVM::BitcastOp::create(
        b, loc, VectorType::get(type.getShape(), i32), rounded);
    words =
        arith::SubIOp::create(b, loc, words, splatWord(words, kRounderBits));
    codes.push_back(arith::TruncIOp::create(
        b, loc, VectorType::get(type.getShape(), b.getI8Type()), words));
    sums.push_back(
        vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, words));
  }
  SmallVector<int64_t> order(QuantizedRow::kGroup);
  for (int64_t col = 0; col < QuantizedRow::kGroup; ++col)
    order[QuantizedRow::kOrder.placeOf(0, col)] = col;
  storeVector(vector::ShuffleOp::create(b, loc, codes[0], codes[1], order),
              dest, 16);
  storeVector(scale, addBytes(dest, QuantizedRow::kScaleAt), 4);
  Value all = arith::AddIOp::create(b, loc, sums[0], sums[1]);
  int64_t place = QuantizedRow::kSumsAt;
  for (Value sum : {all, sums[0], sums[1]}) {
    storeVector(sum, addBytes(dest, place), 4);
    place += 4;
  }
}

LogicalResult TileLowering::lowerQuantize(tile::QuantizeOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getValue());
  if (failed(layout))
    return failure();
  if (threadId() || layout->lengthOf(0) != QuantizedRow::kHalf)
    return op.emitOpError("one thread makes rows of integers");
  auto memory = cast<MemRefType>(op.getDest().getType());
  Value groups = divIndex(scalar(op.getCol()), QuantizedRow::kGroup);
  Value word = mulIndex(groups, QuantizedRow::wordsOf(QuantizedRow::kGroup));
  Value place = linearIndex(memory, {scalar(op.getRow()), word});
  Value dest = address(pointerOf(op.getDest()), place, b.getI32Type());
  const Registers registers = registersOf(op.getValue());
  for (size_t i = 0; i + 1 < registers.size(); i += 2) {
    quantizeGroup(ArrayRef(registers).slice(i, 2), dest);
    dest = addBytes(dest, QuantizedRow::kGroupBytes);
  }
  return success();
}

} // namespace g4
