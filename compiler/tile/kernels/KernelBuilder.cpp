//===- KernelBuilder.cpp - Writes one g4t.kernel --------------------------===//

#include "compiler/tile/kernels/KernelBuilder.h"

#include "dialects/graph/Graph.h"

#include <algorithm>
#include <optional>

namespace g4 {

using namespace mlir;
using tile::ReduceKind;

static RankedTensorType typeOf(Value tile) {
  return cast<RankedTensorType>(tile.getType());
}

MemRefType wordsType(OpBuilder &b) {
  return MemRefType::get({ShapedType::kDynamic}, b.getI32Type());
}

KernelBuilder::KernelBuilder(OpBuilder &outer, Location loc, StringRef name,
                             TypeRange params, const TileConfig &config)
    : config_(config), loc_(loc),
      kernel_(tile::KernelOp::create(outer, loc, name, params, config.threads)),
      b_(OpBuilder::atBlockEnd(&kernel_.getBody().front())) {}

tile::KernelOp KernelBuilder::finish() {
  tile::ReturnOp::create(b_, loc_);
  return kernel_;
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

static std::optional<int64_t> constantOf(Value value) {
  if (auto op = value.getDefiningOp<arith::ConstantIndexOp>())
    return op.value();
  return std::nullopt;
}

Value KernelBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b_, loc_, value);
}

Value KernelBuilder::add(Value a, Value b) {
  if (constantOf(b) == 0)
    return a;
  if (constantOf(a) == 0)
    return b;
  return arith::AddIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::sub(Value a, Value b) {
  return arith::SubIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::mul(Value a, int64_t b) {
  return b == 1 ? a : mul(a, index(b));
}

Value KernelBuilder::mul(Value a, Value b) {
  return arith::MulIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::div(Value a, int64_t b) {
  return b == 1 ? a : arith::DivUIOp::create(b_, loc_, a, index(b)).getResult();
}

Value KernelBuilder::rem(Value a, Value b) {
  return arith::RemUIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::max(Value a, Value b) {
  return arith::MaxSIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::min(Value a, Value b) {
  return arith::MinSIOp::create(b_, loc_, a, b);
}

Value KernelBuilder::less(Value a, Value b) {
  return compare(arith::CmpIPredicate::slt, a, b);
}

Value KernelBuilder::compare(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(b_, loc_, predicate, a, b);
}

Value KernelBuilder::select(Value condition, Value yes, Value no) {
  return arith::SelectOp::create(b_, loc_, condition, yes, no);
}

Value KernelBuilder::loadIndex(Value memory, ValueRange at) {
  Value word = memref::LoadOp::create(b_, loc_, memory, at);
  return arith::IndexCastOp::create(b_, loc_, b_.getIndexType(), word);
}

void KernelBuilder::storeIndex(Value value, Value memory, ValueRange at) {
  memref::StoreOp::create(b_, loc_, toI32(value), memory, at);
}

Value KernelBuilder::toI32(Value index) {
  return arith::IndexCastOp::create(b_, loc_, b_.getI32Type(), index);
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

RankedTensorType KernelBuilder::tileType(int64_t rows, int64_t cols,
                                         Type element) {
  return RankedTensorType::get({rows, cols}, element ? element : f32(),
                               config_.layout);
}

Value KernelBuilder::constant(int64_t rows, int64_t cols, double value) {
  return splat(rows, cols, scalar(value));
}

Value KernelBuilder::scalar(double value) {
  return arith::ConstantOp::create(b_, loc_, b_.getF32FloatAttr(value));
}

Value KernelBuilder::constantI32(int64_t rows, int64_t cols, int64_t value) {
  return splat(
      rows, cols,
      arith::ConstantOp::create(b_, loc_, b_.getI32IntegerAttr(value)));
}

Value KernelBuilder::splat(int64_t rows, int64_t cols, Value scalar) {
  return tile::SplatOp::create(b_, loc_, tileType(rows, cols, scalar.getType()),
                               scalar);
}

Value KernelBuilder::iota(int64_t rows, int64_t cols, int64_t dim) {
  return tile::IotaOp::create(b_, loc_, tileType(rows, cols, b_.getI32Type()),
                              dim);
}

Value KernelBuilder::broadcast(Value tile, int64_t rows, int64_t cols) {
  auto type = typeOf(tile);
  if (type.getDimSize(0) == rows && type.getDimSize(1) == cols)
    return tile;
  auto result = RankedTensorType::get({rows, cols}, type.getElementType(),
                                      type.getEncoding());
  return tile::BroadcastOp::create(b_, loc_, result, tile);
}

Value KernelBuilder::reduce(ReduceKind kind, Value tile) {
  auto type = typeOf(tile);
  auto result = RankedTensorType::get(
      {type.getDimSize(0), 1}, type.getElementType(), type.getEncoding());
  return tile::ReduceOp::create(b_, loc_, result, kind, tile);
}

std::pair<Value, Value> KernelBuilder::matched(Value a, Value b) {
  if (a.getType().isF32())
    return {a, b};
  int64_t rows = std::max(typeOf(a).getDimSize(0), typeOf(b).getDimSize(0));
  int64_t cols = std::max(typeOf(a).getDimSize(1), typeOf(b).getDimSize(1));
  return {broadcast(a, rows, cols), broadcast(b, rows, cols)};
}

Value KernelBuilder::addf(Value a, Value b) {
  auto [x, y] = matched(a, b);
  return arith::AddFOp::create(b_, loc_, x, y);
}

Value KernelBuilder::subf(Value a, Value b) {
  auto [x, y] = matched(a, b);
  return arith::SubFOp::create(b_, loc_, x, y);
}

Value KernelBuilder::mulf(Value a, Value b) {
  auto [x, y] = matched(a, b);
  return arith::MulFOp::create(b_, loc_, x, y);
}

Value KernelBuilder::divf(Value a, Value b) {
  auto [x, y] = matched(a, b);
  return arith::DivFOp::create(b_, loc_, x, y);
}

Value KernelBuilder::fma(Value a, Value b, Value sum) {
  auto type = typeOf(sum);
  int64_t rows = type.getDimSize(0), cols = type.getDimSize(1);
  return math::FmaOp::create(b_, loc_, broadcast(a, rows, cols),
                             broadcast(b, rows, cols), sum);
}

Value KernelBuilder::maxf(Value a, Value b) {
  auto [x, y] = matched(a, b);
  return arith::MaxNumFOp::create(b_, loc_, x, y);
}

Value KernelBuilder::exp(Value x) { return math::ExpOp::create(b_, loc_, x); }

Value KernelBuilder::scaled(Value x, double factor) {
  if (factor == 1.0)
    return x;
  auto type = typeOf(x);
  return mulf(x, constant(type.getDimSize(0), type.getDimSize(1), factor));
}

Value KernelBuilder::geluMul(Value gate, Value up) {
  auto type = typeOf(gate);
  Value one = constant(type.getDimSize(0), type.getDimSize(1), 1.0);
  Value cube = scaled(mulf(mulf(gate, gate), gate), graph::kGeluCubic);
  Value inner = scaled(addf(gate, cube), graph::kGeluSqrt2OverPi);
  Value tanh = math::TanhOp::create(b_, loc_, inner);
  return mulf(mulf(scaled(gate, 0.5), addf(tanh, one)), up);
}

Value KernelBuilder::softcap(Value x, double cap) {
  Value tanh = math::TanhOp::create(b_, loc_, scaled(x, 1.0 / cap));
  return scaled(tanh, cap);
}

Value KernelBuilder::inverseRms(Value sumOfSquares, int64_t n, double epsilon) {
  Value mean = scaled(sumOfSquares, 1.0 / static_cast<double>(n));
  int64_t rows = typeOf(sumOfSquares).getDimSize(0);
  return math::RsqrtOp::create(b_, loc_,
                               addf(mean, constant(rows, 1, epsilon)));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::scratch(ArrayRef<int64_t> shape, Type element) {
  auto space = tile::ScratchAttr::get(b_.getContext());
  return tile::ScratchOp::create(
      b_, loc_,
      MemRefType::get(shape, element, MemRefLayoutAttrInterface{}, space));
}

Value KernelBuilder::load(Value memory, const Place &place, int64_t rows,
                          int64_t cols) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  Value tile = tile::LoadOp::create(
      b_, loc_, tileType(rows, cols, element), memory, place.at, place.rowMap,
      place.rowOffset, place.rowBound, place.colBound, place.rowStride);
  if (element.isF32())
    return tile;
  return arith::ExtFOp::create(b_, loc_, tileType(rows, cols), tile);
}

void KernelBuilder::store(Value tile, Value memory, const Place &place,
                          bool transposed) {
  Type element = cast<MemRefType>(memory.getType()).getElementType();
  auto type = typeOf(tile);
  if (element != type.getElementType())
    tile = arith::TruncFOp::create(
        b_, loc_, tileType(type.getDimSize(0), type.getDimSize(1), element),
        tile);
  tile::StoreOp::create(b_, loc_, tile, memory, place.at, place.rowMap,
                        place.rowOffset, place.rowBound, place.colBound,
                        transposed, place.rowStride);
}

void KernelBuilder::quantize(Value tile, Value memory, Value row, Value col) {
  tile::QuantizeOp::create(b_, loc_, tile, memory, row, col);
}

Value KernelBuilder::loadI32(Value memory, const Place &place, int64_t rows,
                             int64_t cols) {
  return tile::LoadOp::create(b_, loc_, tileType(rows, cols, b_.getI32Type()),
                              memory, place.at, place.rowMap, place.rowOffset,
                              place.rowBound, place.colBound, place.rowStride);
}

void KernelBuilder::copyAsync(Value source, ValueRange at, Value dest,
                              ValueRange to, int64_t rows, int64_t cols,
                              Value rowBound) {
  tile::CopyAsyncOp::create(b_, loc_, source, at, dest, to, rowBound, rows,
                            cols);
}

void KernelBuilder::commitAsync() { tile::CommitAsyncOp::create(b_, loc_); }

void KernelBuilder::waitAsync(int64_t pending) {
  tile::WaitAsyncOp::create(b_, loc_, pending);
}

Value KernelBuilder::dot(Value acc, Value a, ValueRange atA, Value b,
                         ValueRange atB, tile::OperandOrder order,
                         int64_t depth) {
  return tile::DotOp::create(b_, loc_, acc.getType(), acc, a, atA, b, atB,
                             order, depth);
}

Value KernelBuilder::arrive(Value counter, Value index, Value count) {
  return tile::ArriveOp::create(b_, loc_, b_.getI1Type(), counter, index,
                                count);
}

void KernelBuilder::barrier() { tile::BarrierOp::create(b_, loc_); }

void KernelBuilder::single(const std::function<void()> &body) {
  auto op = tile::SingleOp::create(b_, loc_);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(&op.getBody().emplaceBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void KernelBuilder::forLoop(Value from, Value to, int64_t step,
                            const std::function<void(Value)> &body) {
  forLoop(from, to, step, {}, [&](Value i, ValueRange) -> Values {
    body(i);
    return {};
  });
}

KernelBuilder::Values
KernelBuilder::forLoop(Value from, Value to, int64_t step, ValueRange inits,
                       const std::function<Values(Value, ValueRange)> &body) {
  auto loop = scf::ForOp::create(b_, loc_, from, to, index(step), inits);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(loop.getBody());
  Values results = body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!inits.empty())
    scf::YieldOp::create(b_, loc_, results);
  return Values(loop.getResults());
}

void KernelBuilder::forEach(Value count,
                            const std::function<void(Value)> &body) {
  auto op = tile::ForEachOp::create(b_, loc_, count);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(&op.getBody().emplaceBlock());
  body(op.getBody().addArgument(b_.getIndexType(), loc_));
}

void KernelBuilder::ifTrue(Value condition, const std::function<void()> &body) {
  auto op = scf::IfOp::create(b_, loc_, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(op.thenBlock());
  body();
}

void KernelBuilder::ifElse(Value condition, const std::function<void()> &yes,
                           const std::function<void()> &no) {
  auto op = scf::IfOp::create(b_, loc_, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b_);
  b_.setInsertionPointToStart(op.thenBlock());
  yes();
  b_.setInsertionPointToStart(op.elseBlock());
  no();
}

// On one thread the rest is a narrower tile; spread over threads it is a whole
// tile whose columns beyond the bound do not exist.
void KernelBuilder::columns(int64_t cols,
                            const std::function<void(ColumnBlock)> &body) {
  int64_t width = config_.colBlock, whole = cols / width * width;
  if (whole > 0)
    forLoop(index(0), index(whole), width,
            [&](Value col) { body({col, width, {}}); });
  if (whole == cols)
    return;
  if (config_.layout)
    body({index(whole), width, index(cols)});
  else
    body({index(whole), cols - whole, {}});
}

/// Combines columns from zeros on, which change no sum and no magnitude.
KernelBuilder::Values
KernelBuilder::columnFold(ReduceKind kind, int64_t cols, size_t count,
                          const std::function<Values(ColumnBlock)> &body,
                          int64_t rows) {
  int64_t width = config_.colBlock, whole = cols / width * width;
  auto combine = [&](Value a, Value b) {
    return kind == ReduceKind::Add ? addf(a, b) : maxf(a, b);
  };
  Values results(count);
  auto accumulate = [&](Value tile, Value &result) {
    Value part = reduce(kind, tile);
    result = result ? combine(result, part) : part;
  };
  if (whole > 0) {
    Values zeros(count);
    for (Value &zero : zeros)
      zero = constant(rows, width, 0.0);
    Values totals = forLoop(index(0), index(whole), width, zeros,
                            [&](Value col, ValueRange args) {
                              Values parts = body({col, width, {}});
                              for (size_t i = 0; i < count; ++i)
                                parts[i] = combine(args[i], parts[i]);
                              return parts;
                            });
    for (size_t i = 0; i < count; ++i)
      accumulate(totals[i], results[i]);
  }
  if (whole < cols) {
    Value bound = config_.layout ? index(cols) : Value();
    int64_t rest = config_.layout ? width : cols - whole;
    Values parts = body({index(whole), rest, bound});
    for (size_t i = 0; i < count; ++i)
      accumulate(parts[i], results[i]);
  }
  return results;
}

KernelBuilder::Values
KernelBuilder::columnSums(int64_t cols, size_t numSums,
                          const std::function<Values(ColumnBlock)> &body,
                          int64_t rows) {
  return columnFold(ReduceKind::Add, cols, numSums, body, rows);
}

Value KernelBuilder::columnMagnitude(
    int64_t cols, const std::function<Value(ColumnBlock)> &body, int64_t rows) {
  auto magnitude = [&](ColumnBlock block) -> Values {
    Value x = body(block);
    return {maxf(x, scaled(x, -1))};
  };
  return columnFold(ReduceKind::Max, cols, 1, magnitude, rows)[0];
}

} // namespace g4
