//===- Rows.cpp - Ops that need one row at a time -------------------------===//
//
// The body of a g4.rows becomes passes over the row. An rms_norm needs the sum
// over its whole input first, so what follows it belongs to the next pass: the
// pass of a value is the largest pass of its operands, one more after a norm.
// In a pass the columns are walked block by block and every value of the pass
// is computed for the block; a value that a later pass reads is kept in
// scratch, inputs are read again.
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/kernels/Kernels.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

namespace g4 {

using namespace mlir;
using namespace graph;

namespace {

class RowsBuilder {
public:
  RowsBuilder(OpBuilder &b, Location loc, StringRef name, RowsOp rows,
              const TileConfig &config)
      : rows_(rows), k_(b, loc, name, paramTypes(b, rows), config) {
    auto yield = cast<YieldOp>(body().getTerminator());
    cols_ = cast<RankedTensorType>(yield.getValues()[0].getType())
                .getShape()
                .back();
  }

  tile::KernelOp build();

private:
  static SmallVector<Type> paramTypes(OpBuilder &b, RowsOp rows);

  Block &body() { return rows_.getBody().front(); }
  int64_t passOf(Value value) const { return pass_.lookup(value); }
  void assignPasses();
  void declareScratch();
  void runPass(int64_t pass);
  Value blockOf(Value value, ColumnBlock block);
  Value compute(Operation *op, ColumnBlock block);
  Value expertSum(ExpertSumOp op, ColumnBlock block);
  Value weightBlock(Value weight, ColumnBlock block);
  Value paramOf(Value argument) {
    return k_.param(cast<BlockArgument>(argument).getArgNumber());
  }
  SmallVector<RmsNormOp> normsReading(int64_t pass);

  RowsOp rows_;
  KernelBuilder k_;
  int64_t cols_;
  int64_t lastPass_ = 0;
  llvm::DenseMap<Value, int64_t> pass_;
  llvm::DenseMap<Value, Value> kept_;   // value -> scratch [1, cols]
  llvm::DenseMap<Value, Value> scale_;  // input of a norm -> [1, 1]
  llvm::DenseMap<Value, Value> blocks_; // values of the current block
};

} // namespace

SmallVector<Type> RowsBuilder::paramTypes(OpBuilder &b, RowsOp rows) {
  constexpr int64_t kAny = ShapedType::kDynamic;
  SmallVector<Type> types;
  for (Type type : rows->getOperandTypes()) {
    if (auto weight = dyn_cast<quant::WeightType>(type))
      types.push_back(MemRefType::get(weight.getShape(), b.getF32Type()));
    else
      types.push_back(MemRefType::get(
          {kAny, cast<RankedTensorType>(type).getShape().back()},
          b.getF32Type()));
  }
  for (Type type : rows->getResultTypes())
    types.push_back(
        MemRefType::get({kAny, cast<RankedTensorType>(type).getShape().back()},
                        b.getF32Type()));
  return types;
}

void RowsBuilder::assignPasses() {
  for (Operation &op : body().without_terminator()) {
    int64_t pass = 0;
    for (Value operand : op.getOperands())
      pass = std::max(pass, passOf(operand));
    pass_[op.getResult(0)] = pass + (isa<RmsNormOp>(op) ? 1 : 0);
    lastPass_ = std::max(lastPass_, passOf(op.getResult(0)));
  }
}

void RowsBuilder::declareScratch() {
  for (Operation &op : body().without_terminator()) {
    Value result = op.getResult(0);
    bool readLater = llvm::any_of(result.getUsers(), [&](Operation *user) {
      return !isa<YieldOp>(user) && passOf(user->getResult(0)) > passOf(result);
    });
    if (readLater)
      kept_[result] = k_.scratch({1, cols_}, k_.f32());
  }
}

/// The norms whose input is complete in this pass.
SmallVector<RmsNormOp> RowsBuilder::normsReading(int64_t pass) {
  SmallVector<RmsNormOp> norms;
  auto isListed = [&](Value x) {
    return llvm::any_of(norms, [&](RmsNormOp n) { return n.getX() == x; });
  };
  for (auto norm : body().getOps<RmsNormOp>())
    if (passOf(norm.getX()) == pass && !isListed(norm.getX()))
      norms.push_back(norm);
  return norms;
}

Value RowsBuilder::weightBlock(Value weight, ColumnBlock block) {
  auto type = cast<quant::WeightType>(weight.getType());
  if (type.getShape() == ArrayRef<int64_t>{1} && cols_ != 1)
    return k_.load(paramOf(weight), {.at = {k_.index(0)}}, 1, 1);
  return k_.load(paramOf(weight), {.at = {block.col}, .colBound = block.bound},
                 1, block.width);
}

// In order of place, so that a row's sum never depends on its neighbours.
Value RowsBuilder::expertSum(ExpertSumOp op, ColumnBlock block) {
  int64_t topK =
      cast<RankedTensorType>(op.getWeights().getType()).getDimSize(1);
  Value sum;
  for (int64_t j = 0; j < topK; ++j) {
    Value row = k_.add(k_.mul(k_.gridX(), topK), j);
    Value x = k_.load(paramOf(op.getX()),
                      {.at = {row, block.col}, .colBound = block.bound}, 1,
                      block.width);
    Value weight = k_.load(paramOf(op.getWeights()),
                           {.at = {k_.gridX(), k_.index(j)}}, 1, 1);
    Value term = k_.mulf(x, weight);
    sum = sum ? k_.addf(sum, term) : term;
  }
  return sum;
}

Value RowsBuilder::compute(Operation *op, ColumnBlock block) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](AddOp add) {
        return k_.addf(blockOf(add.getA(), block), blockOf(add.getB(), block));
      })
      .Case([&](GeluMulOp gelu) {
        return k_.geluMul(blockOf(gelu.getGate(), block),
                          blockOf(gelu.getUp(), block));
      })
      .Case([&](ScaleOp scale) {
        Value x = k_.scaled(blockOf(scale.getX(), block),
                            scale.getFactor().convertToDouble());
        return scale.getWeight()
                   ? k_.mulf(x, weightBlock(scale.getWeight(), block))
                   : x;
      })
      .Case([&](RmsNormOp norm) {
        Value x =
            k_.mulf(blockOf(norm.getX(), block), scale_.lookup(norm.getX()));
        return norm.getWeight()
                   ? k_.mulf(x, weightBlock(norm.getWeight(), block))
                   : x;
      })
      .Case([&](ExpertSumOp sum) { return expertSum(sum, block); });
}

/// [1, width] of a value: computed in this pass, kept by an earlier one, or an
/// input.
Value RowsBuilder::blockOf(Value value, ColumnBlock block) {
  if (Value known = blocks_.lookup(value))
    return known;
  KernelBuilder::Place place{.at = {k_.gridX(), block.col},
                             .colBound = block.bound};
  Value memory;
  if (isa<BlockArgument>(value)) {
    memory = paramOf(value);
  } else {
    memory = kept_.lookup(value);
    place.at[0] = k_.index(0);
  }
  return blocks_[value] = k_.load(memory, place, 1, block.width);
}

void RowsBuilder::runPass(int64_t pass) {
  auto yield = cast<YieldOp>(body().getTerminator());
  SmallVector<RmsNormOp> norms = normsReading(pass);
  auto sums = k_.columnSums(cols_, norms.size(), [&](ColumnBlock block) {
    blocks_.clear();
    for (Operation &op : body().without_terminator()) {
      Value result = op.getResult(0);
      if (passOf(result) != pass)
        continue;
      blocks_[result] = compute(&op, block);
      if (Value memory = kept_.lookup(result))
        k_.store(blocks_[result], memory,
                 {.at = {k_.index(0), block.col}, .colBound = block.bound});
    }
    for (auto [i, value] : llvm::enumerate(yield.getValues()))
      if (passOf(value) == pass)
        k_.store(blockOf(value, block), k_.param(rows_.getInputs().size() + i),
                 {.at = {k_.gridX(), block.col}, .colBound = block.bound});
    KernelBuilder::Values squares;
    for (RmsNormOp norm : norms) {
      Value x = blockOf(norm.getX(), block);
      squares.push_back(k_.mulf(x, x));
    }
    return squares;
  });
  for (auto [norm, sum] : llvm::zip(norms, sums))
    scale_[norm.getX()] =
        k_.inverseRms(sum, cols_, norm.getEpsilon().convertToDouble());
}

tile::KernelOp RowsBuilder::build() {
  assignPasses();
  declareScratch();
  for (int64_t pass = 0; pass <= lastPass_; ++pass)
    runPass(pass);
  return k_.finish();
}

tile::KernelOp buildRows(OpBuilder &b, Location loc, StringRef name,
                         RowsOp rows, const TileConfig &config) {
  return RowsBuilder(b, loc, name, rows, config).build();
}

} // namespace g4
