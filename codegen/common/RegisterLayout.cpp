//===- RegisterLayout.cpp - Which registers of a thread hold a tile -------===//

#include "codegen/common/RegisterLayout.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

// An mma fragment: 16 rows, of which a lane has two 8 apart, and 8 columns, of
// which a lane has two neighbours. PTX ISA, "Matrix Fragments for
// mma.m16n8k16".
constexpr int64_t kFragmentRows = 16, kFragmentCols = 8;
constexpr int64_t kLaneRowDistance = 8, kLaneCols = 2;
constexpr int64_t kLanesPerRow = kFragmentCols / kLaneCols;

FailureOr<RegisterLayout> RegisterLayout::of(RankedTensorType tile,
                                             int64_t warpSize) {
  RegisterLayout layout;
  layout.rows_ = tile.getDimSize(0);
  layout.cols_ = tile.getDimSize(1);
  layout.element_ = tile.getElementType();
  layout.warpSize_ = warpSize;
  LogicalResult set = success();
  if (auto blocked = dyn_cast_or_null<tile::BlockedAttr>(tile.getEncoding()))
    set = layout.setBlocked(blocked);
  else if (auto mma = dyn_cast_or_null<tile::MmaAttr>(tile.getEncoding()))
    set = layout.setMma(mma);
  else
    set = layout.setBlocked(
        tile::BlockedAttr::get(tile.getContext(), 1, 1, kCpuVectorLength));
  if (failed(set))
    return failure();
  return layout;
}

LogicalResult RegisterLayout::setBlocked(tile::BlockedAttr layout) {
  gridRows_ = layout.getRowThreads();
  gridCols_ = layout.getColThreads();
  vec_ = layout.getVec();
  // Fewer rows than thread rows are held several times.
  bool repeats = rows_ < gridRows_ && gridRows_ % rows_ == 0;
  if (rows_ > 1 && !repeats) {
    if (rows_ % gridRows_ != 0)
      return failure();
    rowRegisters_ = rows_ / gridRows_;
  }
  if (cols_ == 1)
    return success();
  colThreads_ = gridCols_;
  int64_t step = gridCols_ * vec_;
  if (gridCols_ > 1 && cols_ % step != 0)
    return failure();
  colRegisters_ = llvm::divideCeil(cols_, step);
  return success();
}

LogicalResult RegisterLayout::setMma(tile::MmaAttr layout) {
  isMma_ = true;
  gridRows_ = layout.getRowWarps();
  gridCols_ = layout.getColWarps();
  if (layout.getTransposed())
    return setTransposedMma();
  vec_ = kLaneCols;
  if (rows_ > 1) {
    if (rows_ % (kFragmentRows * gridRows_) != 0)
      return failure();
    rowRegisters_ = rows_ / (kFragmentRows * gridRows_) * 2;
  }
  if (cols_ == 1)
    return success();
  if (cols_ % (kFragmentCols * gridCols_) != 0)
    return failure();
  colThreads_ = gridCols_ * kLanesPerRow;
  colRegisters_ = cols_ / (kFragmentCols * gridCols_);
  return success();
}

// Rows are the columns of the fragment and the other way round: neighbouring
// registers of a lane are rows, so each is a vector of one.
LogicalResult RegisterLayout::setTransposedMma() {
  isTransposed_ = true;
  vec_ = 1;
  if (rows_ > 1) {
    if (rows_ % (kFragmentCols * gridRows_) != 0)
      return failure();
    rowRegisters_ = rows_ / (kFragmentCols * gridRows_) * kLaneCols;
  }
  if (cols_ == 1)
    return success();
  if (cols_ % (kFragmentRows * gridCols_) != 0)
    return failure();
  colThreads_ = gridCols_ * kLaneRowDistance;
  colRegisters_ = cols_ / (kFragmentRows * gridCols_) * 2;
  return success();
}

int64_t RegisterLayout::lengthOf(int64_t j) const {
  if (cols_ == 1)
    return 1;
  if (gridCols_ > 1 || isMma_)
    return vec_;
  return std::min(vec_, cols_ - j * vec_);
}

VectorType RegisterLayout::vectorType(int64_t j) const {
  return VectorType::get({lengthOf(j)}, element_);
}

namespace {
/// Index arithmetic that folds constants as it goes.
struct Arithmetic {
  OpBuilder &b;
  Location loc;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value div(Value x, int64_t y) {
    return b.createOrFold<arith::DivUIOp>(loc, x, constant(y));
  }
  Value rem(Value x, int64_t y) {
    return b.createOrFold<arith::RemUIOp>(loc, x, constant(y));
  }
  /// x * factor + offset.
  Value affine(Value x, int64_t factor, int64_t offset) {
    Value product = b.createOrFold<arith::MulIOp>(loc, x, constant(factor));
    return b.createOrFold<arith::AddIOp>(loc, product, constant(offset));
  }
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value isZero(Value x) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, x,
                                 constant(0));
  }
};
} // namespace

Value RegisterLayout::rowOf(int64_t i, Value thread, OpBuilder &b,
                            Location loc) const {
  Arithmetic a{b, loc};
  if (rows_ == 1)
    return a.constant(0);
  if (!thread)
    return a.constant(i);
  if (!isMma_)
    return a.affine(a.rem(a.div(thread, gridCols_), std::min(rows_, gridRows_)),
                    1, i * gridRows_);
  Value warpRow = a.rem(a.div(thread, warpSize_ * gridCols_), gridRows_);
  if (isTransposed_) {
    int64_t offset = i / kLaneCols * gridRows_ * kFragmentCols + i % kLaneCols;
    Value laneRow = a.affine(a.rem(thread, kLanesPerRow), kLaneCols, offset);
    return a.add(a.affine(warpRow, kFragmentCols, 0), laneRow);
  }
  Value laneRow = a.div(a.rem(thread, warpSize_), kLanesPerRow);
  int64_t offset = i / 2 * gridRows_ * kFragmentRows + i % 2 * kLaneRowDistance;
  return a.add(a.affine(warpRow, kFragmentRows, offset), laneRow);
}

Value RegisterLayout::colOf(int64_t j, Value thread, OpBuilder &b,
                            Location loc) const {
  Arithmetic a{b, loc};
  if (cols_ == 1)
    return a.constant(0);
  if (!thread)
    return a.constant(j * vec_);
  if (!isMma_)
    return a.affine(a.rem(thread, gridCols_), vec_, j * gridCols_ * vec_);
  Value warpCol = a.rem(a.div(thread, warpSize_), gridCols_);
  if (isTransposed_) {
    int64_t offset =
        j / 2 * gridCols_ * kFragmentRows + j % 2 * kLaneRowDistance;
    return a.add(a.affine(warpCol, kFragmentRows, offset),
                 a.div(a.rem(thread, warpSize_), kLanesPerRow));
  }
  Value laneCol = a.rem(thread, kLanesPerRow);
  return a.add(a.affine(warpCol, kFragmentCols, j * gridCols_ * kFragmentCols),
               a.affine(laneCol, kLaneCols, 0));
}

Value RegisterLayout::isOwner(Value thread, OpBuilder &b, Location loc) const {
  if (!thread)
    return {};
  Arithmetic a{b, loc};
  Value owner;
  auto require = [&](Value isZero) {
    owner = owner ? arith::AndIOp::create(b, loc, owner, isZero).getResult()
                  : isZero;
  };
  if (!isMma_) {
    if (cols_ == 1 && gridCols_ > 1)
      require(a.isZero(a.rem(thread, gridCols_)));
    if (rows_ < gridRows_)
      require(a.isZero(a.div(thread, gridCols_ * rows_)));
    return owner;
  }
  Value fast = a.rem(thread, kLanesPerRow);
  Value slow = a.div(a.rem(thread, warpSize_), kLanesPerRow);
  if (cols_ == 1) {
    require(a.isZero(isTransposed_ ? slow : fast));
    require(a.isZero(a.rem(a.div(thread, warpSize_), gridCols_)));
  }
  if (rows_ == 1) {
    require(a.isZero(isTransposed_ ? fast : slow));
    require(a.isZero(a.div(thread, warpSize_ * gridCols_)));
  }
  return owner;
}

} // namespace g4
