//===- RegisterLayout.cpp - Which registers of a thread hold a tile -------===//

#include "codegen/common/RegisterLayout.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace g4 {

using namespace mlir;

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
  intrinsic_ = &layout.getDescription();
  if (intrinsic_->numLanes() != warpSize_)
    return failure();
  gridRows_ = layout.getRowWarps();
  gridCols_ = layout.getColWarps();
  isTransposed_ = layout.getTransposed();
  fragment_ = isTransposed_ ? intrinsic_->weightSums() : intrinsic_->c;
  fragmentRows_ = isTransposed_ ? intrinsic_->cols : intrinsic_->rows;
  fragmentCols_ = isTransposed_ ? intrinsic_->rows * intrinsic_->weightPanels()
                                : intrinsic_->cols;
  setFragmentBits();
  if (rows_ > 1) {
    if (rows_ % (fragmentRows_ * gridRows_) != 0)
      return failure();
    rowRegisters_ = rows_ / (fragmentRows_ * gridRows_) << rowBits_.size();
  }
  if (cols_ == 1)
    return success();
  if (cols_ % (fragmentCols_ * gridCols_) != 0)
    return failure();
  colThreads_ = gridCols_ << colLanes_.count;
  colRegisters_ = cols_ / (fragmentCols_ * gridCols_) << colBits_.size();
  return success();
}

/// The lanes' bits of which `of` is not 0; they lie side by side.
static LaneBits bitsThatMove(const FragmentLayout &fragment,
                             int64_t MatrixPlace::*of) {
  LaneBits bits;
  for (auto [i, step] : llvm::enumerate(fragment.lanes)) {
    if (step.*of == 0)
      continue;
    if (bits.count == 0)
      bits.first = int64_t(i);
    assert(bits.first + bits.count == int64_t(i) && "lanes lie apart");
    ++bits.count;
  }
  return bits;
}

// The first bits of an element's number that step to the next column make a
// register, the others number registers.
void RegisterLayout::setFragmentBits() {
  vec_ = 1;
  for (const MatrixPlace &step : fragment_.elements) {
    if (step.row)
      rowBits_.push_back(step.row);
    else if (step.col == vec_ && rowBits_.empty() && colBits_.empty())
      vec_ *= 2;
    else
      colBits_.push_back(step.col);
  }
  rowLanes_ = bitsThatMove(fragment_, &MatrixPlace::row);
  colLanes_ = bitsThatMove(fragment_, &MatrixPlace::col);
}

RegisterLayout::Slot RegisterLayout::slotOf(int64_t row, int64_t col,
                                            int64_t element) const {
  int64_t number = element % vec_, rest = element / vec_;
  int64_t i = row << rowBits_.size(), j = col << colBits_.size();
  int64_t rowBit = 1, colBit = 1;
  auto steps =
      ArrayRef<MatrixPlace>(fragment_.elements).drop_front(llvm::Log2_64(vec_));
  for (const MatrixPlace &step : steps) {
    int64_t &bit = step.row ? rowBit : colBit;
    if (rest & 1)
      (step.row ? i : j) += bit;
    bit *= 2;
    rest >>= 1;
  }
  return {i * colRegisters_ + j, number};
}

int64_t RegisterLayout::lengthOf(int64_t j) const {
  if (cols_ == 1)
    return 1;
  if (gridCols_ > 1 || isMma())
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

Value RegisterLayout::laneNumber(LaneBits bits, Value thread, OpBuilder &b,
                                 Location loc) const {
  Arithmetic a{b, loc};
  if (bits.count == 0)
    return a.constant(0);
  if (bits.first == 0)
    return a.rem(thread, int64_t{1} << bits.count);
  Value above = a.div(a.rem(thread, warpSize_), int64_t{1} << bits.first);
  return int64_t{1} << (bits.first + bits.count) == warpSize_
             ? above
             : a.rem(above, int64_t{1} << bits.count);
}

// Run by run of doubling steps.
Value offsetOfBits(Value number, ArrayRef<int64_t> steps, OpBuilder &b,
                   Location loc) {
  Arithmetic a{b, loc};
  Value sum;
  for (size_t first = 0; first < steps.size();) {
    size_t count = 1;
    while (first + count < steps.size() && steps[first + count] == steps[first]
                                                                       << count)
      ++count;
    if (steps[first] != 0) {
      Value part = a.div(number, int64_t{1} << first);
      if (first + count < steps.size())
        part = a.rem(part, int64_t{1} << count);
      part = a.affine(part, steps[first], 0);
      sum = sum ? a.add(sum, part) : part;
    }
    first += count;
  }
  return sum ? sum : a.constant(0);
}

/// What the thread's lane adds to a place along `of`.
Value RegisterLayout::laneOffset(int64_t MatrixPlace::*of, Value thread,
                                 OpBuilder &b, Location loc) const {
  Arithmetic a{b, loc};
  ArrayRef<MatrixPlace> steps = fragment_.lanes;
  Value sum;
  for (size_t first = 0; first < steps.size();) {
    size_t count = 1;
    int64_t step = steps[first].*of;
    while (first + count < steps.size() &&
           steps[first + count].*of == step << count)
      ++count;
    if (step != 0) {
      LaneBits bits{int64_t(first), int64_t(count)};
      Value part = a.affine(laneNumber(bits, thread, b, loc), step, 0);
      sum = sum ? a.add(sum, part) : part;
    }
    first += count;
  }
  return sum ? sum : a.constant(0);
}

/// What the bits of a register's number add within its fragment.
static int64_t registerOffset(ArrayRef<int64_t> bits, int64_t number) {
  int64_t offset = 0;
  for (auto [i, step] : llvm::enumerate(bits))
    if (number >> i & 1)
      offset += step;
  return offset;
}

Value RegisterLayout::rowOf(int64_t i, Value thread, OpBuilder &b,
                            Location loc) const {
  Arithmetic a{b, loc};
  if (rows_ == 1)
    return a.constant(0);
  if (!thread)
    return a.constant(i);
  if (!isMma())
    return a.affine(a.rem(a.div(thread, gridCols_), std::min(rows_, gridRows_)),
                    1, i * gridRows_);
  Value warpRow = a.rem(a.div(thread, warpSize_ * gridCols_), gridRows_);
  Value laneRow = laneOffset(&MatrixPlace::row, thread, b, loc);
  int64_t offset = (i >> rowBits_.size()) * gridRows_ * fragmentRows_ +
                   registerOffset(rowBits_, i);
  // The order of additions is what code is compared with, byte by byte.
  if (isTransposed_)
    return a.add(a.affine(warpRow, fragmentRows_, 0),
                 a.affine(laneRow, 1, offset));
  return a.add(a.affine(warpRow, fragmentRows_, offset), laneRow);
}

Value RegisterLayout::colOf(int64_t j, Value thread, OpBuilder &b,
                            Location loc) const {
  Arithmetic a{b, loc};
  if (cols_ == 1)
    return a.constant(0);
  if (!thread)
    return a.constant(j * vec_);
  if (!isMma())
    return a.affine(a.rem(thread, gridCols_), vec_, j * gridCols_ * vec_);
  Value warpCol = a.rem(a.div(thread, warpSize_), gridCols_);
  int64_t offset = (j >> colBits_.size()) * gridCols_ * fragmentCols_ +
                   registerOffset(colBits_, j);
  Value ofWarp = a.affine(warpCol, fragmentCols_, offset);
  return a.add(ofWarp, laneOffset(&MatrixPlace::col, thread, b, loc));
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
  if (!isMma()) {
    if (cols_ == 1 && gridCols_ > 1)
      require(a.isZero(a.rem(thread, gridCols_)));
    if (rows_ < gridRows_)
      require(a.isZero(a.div(thread, gridCols_ * rows_)));
    return owner;
  }
  if (cols_ == 1) {
    require(a.isZero(laneNumber(colLanes_, thread, b, loc)));
    require(a.isZero(a.rem(a.div(thread, warpSize_), gridCols_)));
  }
  if (rows_ == 1) {
    require(a.isZero(laneNumber(rowLanes_, thread, b, loc)));
    require(a.isZero(a.div(thread, warpSize_ * gridCols_)));
  }
  return owner;
}

} // namespace g4
