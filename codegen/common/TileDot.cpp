//===- TileDot.cpp - Dots with accumulators in a thread's registers -------===//
//
// Lanes are columns of the result (rows of the weight), so each result is
// summed in rising order of k by one chain of fused multiply-adds, whatever the
// shape of the tile: the reason why a row's result does not depend on how many
// rows there are. A step loads what its columns need once and uses it for every
// row.
//
//===----------------------------------------------------------------------===//

#include "codegen/common/TileLowering.h"
#include "runtime/artifact/Packing.h"

namespace g4 {

using namespace mlir;

LogicalResult TileLowering::emitSteps(Value acc, Value result, Value numSteps,
                                      Step step) {
  const Registers inits = registersOf(acc);
  auto loop = scf::ForOp::create(b, loc, index(0), numSteps, index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(b, loc,
                       step(loop.getInductionVar(), loop.getRegionIterArgs()));
  setRegisters(result, Registers(loop.getResults()));
  return success();
}

/// Where each of the thread's rows of `memory` begins, the tile at `at`.
TileLowering::Registers
TileLowering::rowPointers(Value memory, ValueRange at,
                          const RegisterLayout &layout) {
  auto type = cast<MemRefType>(memory.getType());
  Registers pointers;
  for (int64_t i = 0; i < layout.rowRegisters(); ++i) {
    Registers place = scalars(at);
    place.end()[-2] =
        addIndex(place.end()[-2], layout.rowOf(i, threadId(), b, loc));
    pointers.push_back(address(pointerOf(memory), linearIndex(type, place),
                               type.getElementType()));
  }
  return pointers;
}

Value TileLowering::loadScalarAsF32(Value row, Value k, Type element) {
  Value scalar = loadVector(address(row, k, element), element,
                            element.getIntOrFloatBitWidth() / 8);
  if (element.isF32())
    return scalar;
  return arith::ExtFOp::create(b, loc, b.getF32Type(), scalar);
}

//===----------------------------------------------------------------------===//
// dot: both operands dense
//===----------------------------------------------------------------------===//

// Steps of the depth that are read at once where both operands are rows of
// them.
constexpr int64_t kStepsAtOnce = 4;

/// [k, k + 4) of a row as f32; the rows are as aligned as four elements are.
Value TileLowering::loadAsF32(Value row, Value k, VectorType type) {
  Type element = type.getElementType();
  int64_t bytes = kStepsAtOnce * element.getIntOrFloatBitWidth() / 8;
  Value x = loadVector(address(row, k, element), type, bytes);
  if (element.isF32())
    return x;
  return arith::ExtFOp::create(
      b, loc, VectorType::get(type.getShape(), b.getF32Type()), x);
}

/// a dot with b in order nk: a register holds one column, b's row.
LogicalResult TileLowering::emitDotOfRows(tile::DotOp op,
                                          const RegisterLayout &layout) {
  if (layout.lengthOf(0) != 1 || op.getDepth() % kStepsAtOnce != 0 ||
      op.getDepthBound())
    return op.emitOpError("a dot in registers that reads b in order nk takes "
                          "columns one by one and a depth in fours");
  auto aType = cast<MemRefType>(op.getA().getType());
  auto bType = cast<MemRefType>(op.getB().getType());
  auto aVector = VectorType::get({kStepsAtOnce}, aType.getElementType());
  auto bVector = VectorType::get({kStepsAtOnce}, bType.getElementType());
  Registers rows = rowPointers(op.getA(), op.getAIndices(), layout), columns;
  for (int64_t j = 0; j < layout.colRegisters(); ++j) {
    Registers place = scalars(op.getBIndices());
    place.end()[-2] =
        addIndex(place.end()[-2], layout.colOf(j, threadId(), b, loc));
    columns.push_back(address(pointerOf(op.getB()), linearIndex(bType, place),
                              bType.getElementType()));
  }
  auto step = [&](Value i, ValueRange acc) {
    Registers result(acc), as, bs;
    Value k = mulIndex(i, kStepsAtOnce);
    for (Value row : rows)
      as.push_back(loadAsF32(row, k, aVector));
    for (Value column : columns)
      bs.push_back(loadAsF32(column, k, bVector));
    auto lane = [&](Value vector, int64_t which) -> Value {
      return vector::ExtractOp::create(b, loc, vector,
                                       ArrayRef<int64_t>{which});
    };
    for (size_t r = 0; r < rows.size(); ++r)
      for (size_t c = 0; c < columns.size(); ++c) {
        Value &sum = result[r * columns.size() + c];
        Value total = lane(sum, 0);
        for (int64_t s = 0; s < kStepsAtOnce; ++s)
          total = math::FmaOp::create(b, loc, lane(as[r], s), lane(bs[c], s),
                                      total);
        sum = splatVector(total, 1);
      }
    return result;
  };
  return emitSteps(op.getAcc(), op.getResult(), op.getDepth() / kStepsAtOnce,
                   step);
}

LogicalResult TileLowering::emitDot(tile::DotOp op) {
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  if (op.getOrder() != tile::OperandOrder::KN)
    return emitDotOfRows(op, *layout);
  auto bType = cast<MemRefType>(op.getB().getType());
  Type aElement = cast<MemRefType>(op.getA().getType()).getElementType();
  Type bElement = bType.getElementType();
  int64_t cols = layout->colRegisters();
  Registers rows = rowPointers(op.getA(), op.getAIndices(), *layout);
  Value first =
      address(pointerOf(op.getB()),
              linearIndex(bType, scalars(op.getBIndices())), bElement);
  auto step = [&](Value k, ValueRange acc) {
    Registers result(acc), columns;
    Value row = address(first, mulIndex(k, bType.getShape().back()), bElement);
    for (int64_t j = 0; j < cols; ++j) {
      int64_t length = layout->lengthOf(j);
      Value x = loadVector(
          address(row, layout->colOf(j, threadId(), b, loc), bElement),
          VectorType::get({length}, bElement), alignmentOf(bType, length));
      if (!bElement.isF32())
        x = arith::ExtFOp::create(b, loc, layout->vectorType(j), x);
      columns.push_back(x);
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      Value scalar = loadScalarAsF32(rows[i], k, aElement);
      for (int64_t j = 0; j < cols; ++j) {
        Value &sum = result[i * cols + j];
        sum = math::FmaOp::create(
            b, loc, splatVector(scalar, layout->lengthOf(j)), columns[j], sum);
      }
    }
    return result;
  };
  Value depth = index(op.getDepth());
  if (op.getDepthBound())
    depth = arith::MinSIOp::create(b, loc, depth, scalar(op.getDepthBound()));
  return emitSteps(op.getAcc(), op.getResult(), depth, step);
}

//===----------------------------------------------------------------------===//
// dot_packed: weights in panels
//===----------------------------------------------------------------------===//

/// Where the columns of each register begin in the packed weight, at step 0.
TileLowering::Registers
TileLowering::weightPointers(tile::DotPackedOp op,
                             const RegisterLayout &layout) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  int64_t rank = type.getRank();
  artifact::PackedMatrix matrix = type.getMatrix();
  int64_t rows = matrix.packing->rows, bytes = matrix.format->bits / 8;
  Registers at = scalars(op.getWIndices());
  // Element [n, k] of a matrix is at
  //   n / rows * rows * paddedCols + k * rows + n % rows * interleave
  // where k is a multiple of the interleave.
  Value base = mulIndex(at[rank - 1], rows);
  if (rank == 3)
    base = addIndex(base, mulIndex(at[0], matrix.numBytes() / bytes));
  Registers pointers;
  for (int64_t j = 0; j < layout.colRegisters(); ++j) {
    Value n = addIndex(at[rank - 2], layout.colOf(j, threadId(), b, loc));
    Value panel = b.createOrFold<arith::DivUIOp>(loc, n, index(rows));
    Value lane = b.createOrFold<arith::RemUIOp>(loc, n, index(rows));
    Value place =
        addIndex(addIndex(base, mulIndex(panel, rows * matrix.paddedCols())),
                 mulIndex(lane, matrix.packing->interleave));
    pointers.push_back(
        address(pointerOf(op.getW()), place, type.getElementType()));
  }
  return pointers;
}

// A register holds w[n, k] for its columns n, f32 or f16.
TileLowering::Registers TileLowering::stepColumn(const PackedStep &s,
                                                 Type element, Value k,
                                                 ValueRange acc) {
  Registers result(acc), weights;
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  for (auto [j, column] : llvm::enumerate(s.columns)) {
    Value pointer = address(column, mulIndex(k, s.panel), element);
    int64_t length = s.layout.lengthOf(j);
    Value numbers = loadVector(pointer, VectorType::get({length}, element),
                               weightAlignment(bytes * length));
    if (!element.isF32())
      numbers = arith::ExtFOp::create(b, loc, s.layout.vectorType(j), numbers);
    weights.push_back(numbers);
    prefetchWeight(pointer, s.columns.size(), s.rows.size());
  }
  for (size_t i = 0; i < s.rows.size(); ++i) {
    Value x = loadScalarAsF32(s.rows[i], k, b.getF32Type());
    for (size_t j = 0; j < s.columns.size(); ++j) {
      Value &sum = result[i * s.columns.size() + j];
      sum = math::FmaOp::create(b, loc, splatVector(x, s.layout.lengthOf(j)),
                                weights[j], sum);
    }
  }
  return result;
}

Value TileLowering::splatWord(Value like, uint32_t value) {
  auto type = cast<VectorType>(like.getType());
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, APInt(32, value)));
}

/// Both halves of words that hold two bf16 each, as f32.
std::pair<Value, Value> TileLowering::widenPairs(Value words) {
  auto type = cast<VectorType>(words.getType());
  auto floats = VectorType::get(type.getShape(), b.getF32Type());
  Value even = arith::ShLIOp::create(b, loc, words, splatWord(words, 16));
  Value odd =
      arith::AndIOp::create(b, loc, words, splatWord(words, 0xffff0000u));
  return {LLVM::BitcastOp::create(b, loc, floats, even),
          LLVM::BitcastOp::create(b, loc, floats, odd)};
}

// A register holds pairs (w[n, 2i], w[n, 2i+1]) for its columns n.
TileLowering::Registers TileLowering::stepBf16(const PackedStep &s, Value pair,
                                               ValueRange acc) {
  Type i32 = b.getI32Type();
  Registers result(acc), weights;
  for (auto [j, column] : llvm::enumerate(s.columns)) {
    Value pointer = address(column, mulIndex(pair, s.panel), i32);
    auto words = VectorType::get({s.layout.lengthOf(j)}, i32);
    weights.push_back(
        loadVector(pointer, words, weightAlignment(4 * s.layout.lengthOf(j))));
    prefetchWeight(pointer, s.columns.size(), s.rows.size());
  }
  for (size_t i = 0; i < s.rows.size(); ++i) {
    Value x = loadVector(address(s.rows[i], pair, i32), i32, 4);
    for (size_t j = 0; j < s.columns.size(); ++j) {
      Value &sum = result[i * s.columns.size() + j];
      sum = dotPairs(splatVector(x, s.layout.lengthOf(j)), weights[j], sum);
    }
  }
  return result;
}

// The odd element first, as vdpbf16ps adds them: so a target that has it and
// one that has not give the same bits, but for numbers too small for a normal
// f32.
Value TileLowering::dotPairs(Value x, Value w, Value sum) {
  auto [xEven, xOdd] = widenPairs(x);
  auto [wEven, wOdd] = widenPairs(w);
  sum = math::FmaOp::create(b, loc, xOdd, wOdd, sum);
  return math::FmaOp::create(b, loc, xEven, wEven, sum);
}

LogicalResult TileLowering::emitDotPacked(tile::DotPackedOp op) {
  auto type = cast<quant::WeightType>(op.getW().getType());
  artifact::PackedMatrix matrix = type.getMatrix();
  FailureOr<RegisterLayout> layout = layoutOf(op.getAcc());
  if (failed(layout))
    return failure();
  // A register's columns must lie in one panel.
  if (matrix.packing != matrix.format->panelPacking ||
      matrix.packing->rows % layout->lengthOf(0) != 0)
    return op.emitOpError("a dot in registers reads panels of the order that "
                          "the format has for it, got ")
           << type;
  if (!matrix.format->isPlain())
    return emitDotScaled(op, *layout);
  Type element = type.getElementType();
  int64_t interleave = matrix.packing->interleave;
  PackedStep step{*layout, rowPointers(op.getA(), op.getAIndices(), *layout),
                  weightPointers(op, *layout), matrix.packing->rows};
  int64_t numSteps = (op.getDepth() + interleave - 1) / interleave;
  return emitSteps(
      op.getAcc(), op.getResult(), numSteps, [&](Value i, ValueRange acc) {
        return element.isBF16() ? stepBf16(step, i, acc)
                                : stepColumn(step, element, i, acc);
      });
}

} // namespace g4
