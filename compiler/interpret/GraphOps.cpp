//===- GraphOps.cpp - Meaning of weights, norms, linears, element-wise ----===//

#include "compiler/interpret/GraphFrame.h"
#include "compiler/interpret/GraphMath.h"

#include <algorithm>
#include <functional>

namespace g4 {

using namespace graph;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static double number(const llvm::APFloat &value) {
  return value.convertToDouble();
}

static Status use(UseOp op, GraphFrame &frame) {
  auto &weights = frame.state().weights;
  auto found = weights.find(op.getName());
  if (found == weights.end())
    return Status(StatusCode::InvalidArgument,
                  "the function's module has no weight " + op.getName().str());
  frame.define(op.getWeight(), found->second);
  return Status();
}

static Status tap(TapOp op, GraphFrame &frame) {
  if (frame.state().tapSink)
    frame.state().tapSink(op.getName(), frame.tensor(op.getX()));
  return Status();
}

/// The row of a table that an id of an axis names, among all rows of the
/// weight.
static Result<int64_t> tableRow(EmbedOp op, const GraphWeight &table, double id,
                                int64_t axis) {
  int64_t axes = op.getNumAxes(), count = table.numRows() / axes;
  G4RT_ASSIGN(int64_t row, checkedIndex(id, count, "token"));
  return op.getInterleaved() ? row * axes + axis : axis * count + row;
}

static Status embed(EmbedOp op, GraphFrame &frame) {
  const GraphTensor &ids = frame.tensor(op.getIds());
  const GraphWeight &table = frame.weight(op.getTable());
  G4RT_ASSIGN(GraphTensor y, makeTensor({ids.numRows(), table.lastDim()}));
  for (int64_t t = 0; t < ids.numRows(); ++t)
    for (int64_t axis = 0; axis < op.getNumAxes(); ++axis) {
      G4RT_ASSIGN(int64_t row, tableRow(op, table, ids.row(t)[axis], axis));
      std::vector<double> numbers = table.row(row);
      std::ranges::transform(numbers, y.row(t), y.row(t).begin(), std::plus{});
    }
  return frame.define(op.getY(),
                      scaled(std::move(y), nullptr, number(op.getScale())));
}

static Status norm(RmsNormOp op, GraphFrame &frame) {
  return frame.define(op.getY(), rmsNorm(frame.tensor(op.getX()),
                                         frame.weightIfAny(op.getWeight()),
                                         number(op.getEpsilon())));
}

static Status linearOp(LinearOp op, GraphFrame &frame) {
  G4RT_ASSIGN(GraphTensor y,
              linear(frame.tensor(op.getX()), frame.weight(op.getW())));
  return frame.define(op.getY(), std::move(y));
}

static Status add(AddOp op, GraphFrame &frame) {
  return frame.define(op.getY(),
                      sum(frame.tensor(op.getA()), frame.tensor(op.getB())));
}

static Status scale(ScaleOp op, GraphFrame &frame) {
  return frame.define(op.getY(), scaled(frame.tensor(op.getX()),
                                        frame.weightIfAny(op.getWeight()),
                                        number(op.getFactor())));
}

static Status gelu(GeluMulOp op, GraphFrame &frame) {
  return frame.define(
      op.getY(), geluMul(frame.tensor(op.getGate()), frame.tensor(op.getUp())));
}

static Status softcap(SoftcapOp op, GraphFrame &frame) {
  return frame.define(op.getY(),
                      softcapped(frame.tensor(op.getX()), number(op.getCap())));
}

static Status slice(SliceOp op, GraphFrame &frame) {
  auto type = mlir::cast<mlir::RankedTensorType>(op.getY().getType());
  G4RT_ASSIGN(GraphTensor y, sliced(frame.tensor(op.getX()), op.getOffset(),
                                    type.getShape().back()));
  return frame.define(op.getY(), std::move(y));
}

static Status heads(HeadsOp op, GraphFrame &frame) {
  GraphTensor y = frame.tensor(op.getX());
  auto type = mlir::cast<mlir::RankedTensorType>(op.getY().getType());
  y.shape.resize(1);
  y.shape.insert(y.shape.end(), type.getShape().begin() + 1,
                 type.getShape().end());
  return frame.define(op.getY(), std::move(y));
}

static Status takeRows(TakeRowsOp op, GraphFrame &frame) {
  const GraphTensor &x = frame.tensor(op.getX());
  const GraphTensor &rows = frame.tensor(op.getRows());
  G4RT_ASSIGN(GraphTensor y, makeTensor({rows.numRows(), x.lastDim()}));
  for (int64_t i = 0; i < rows.numRows(); ++i) {
    G4RT_ASSIGN(int64_t row,
                checkedIndex(rows.elements[i], x.numRows(), "row"));
    std::ranges::copy(x.row(row), y.row(i).begin());
  }
  return frame.define(op.getY(), std::move(y));
}

void addGraphOps(GraphTable &table) {
  addGraphOp<UseOp, use>(table);
  addGraphOp<TapOp, tap>(table);
  addGraphOp<EmbedOp, embed>(table);
  addGraphOp<RmsNormOp, norm>(table);
  addGraphOp<LinearOp, linearOp>(table);
  addGraphOp<AddOp, add>(table);
  addGraphOp<ScaleOp, scale>(table);
  addGraphOp<GeluMulOp, gelu>(table);
  addGraphOp<SoftcapOp, softcap>(table);
  addGraphOp<SliceOp, slice>(table);
  addGraphOp<HeadsOp, heads>(table);
  addGraphOp<TakeRowsOp, takeRows>(table);
}

} // namespace g4
