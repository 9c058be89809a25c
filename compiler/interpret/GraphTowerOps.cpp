//===- GraphTowerOps.cpp - Meaning of what towers need besides ------------===//

#include "compiler/interpret/GraphFrame.h"
#include "compiler/interpret/GraphMath.h"

#include <algorithm>

namespace g4 {

using namespace graph;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

static Status shift(ShiftOp op, GraphFrame &frame) {
  return frame.define(op.getY(), shifted(frame.tensor(op.getX()),
                                         frame.weightIfAny(op.getWeight()),
                                         op.getFactor().convertToDouble()));
}

static Status clamp(ClampOp op, GraphFrame &frame) {
  return frame.define(op.getY(), clamped(frame.tensor(op.getX()),
                                         frame.weight(op.getLow()),
                                         frame.weight(op.getHigh())));
}

static Status norm(LayerNormOp op, GraphFrame &frame) {
  LayerNormWeights weights{frame.weight(op.getWeight()),
                           frame.weight(op.getBias())};
  return frame.define(op.getY(), layerNorm(frame.tensor(op.getX()), weights,
                                           op.getEpsilon().convertToDouble()));
}

static Status spanAttention(SpanAttentionOp op, GraphFrame &frame) {
  const GraphTensor &q = frame.tensor(op.getQ()), &k = frame.tensor(op.getK());
  const GraphTensor &v = frame.tensor(op.getV());
  const GraphTensor &begins = frame.tensor(op.getBegins());
  const GraphTensor &ends = frame.tensor(op.getEnds());
  G4RT_ASSIGN(GraphTensor y, makeTensor(q.shape));
  for (int64_t t = 0; t < q.numRows(); ++t) {
    auto begin = static_cast<int64_t>(begins.elements[t]);
    auto end = static_cast<int64_t>(ends.elements[t]);
    if (begin < 0 || end < begin || end > q.numRows())
      return invalid("row " + std::to_string(t) + " sees rows " +
                     std::to_string(begin) + " to " + std::to_string(end) +
                     " of " + std::to_string(q.numRows()));
    attendRow(q.row(t),
              {.keys = k.elements,
               .values = v.elements,
               .numKvHeads = k.shape[1],
               .headDim = k.lastDim(),
               .begin = begin,
               .end = end},
              op.getScale().convertToDouble(), y.row(t));
  }
  return frame.define(op.getY(), std::move(y));
}

static Status pool(PoolOp op, GraphFrame &frame) {
  const GraphTensor &x = frame.tensor(op.getX());
  const GraphTensor &rows = frame.tensor(op.getRows());
  G4RT_ASSIGN(GraphTensor y, makeTensor({rows.numRows(), x.lastDim()}));
  for (int64_t i = 0; i < rows.numRows(); ++i)
    for (double index : rows.row(i)) {
      G4RT_ASSIGN(int64_t row, checkedIndex(index, x.numRows(), "row"));
      for (int64_t d = 0; d < x.lastDim(); ++d)
        y.row(i)[d] += x.row(row)[d] / static_cast<double>(rows.lastDim());
    }
  return frame.define(op.getY(), std::move(y));
}

static Status replaceRows(ReplaceRowsOp op, GraphFrame &frame) {
  GraphTensor y = frame.tensor(op.getX());
  const GraphTensor &source = frame.tensor(op.getSource());
  const GraphTensor &rows = frame.tensor(op.getRows());
  if (rows.numRows() != y.numRows())
    return invalid(std::to_string(rows.numRows()) + " indices for " +
                   std::to_string(y.numRows()) + " rows");
  for (int64_t t = 0; t < y.numRows(); ++t) {
    if (rows.elements[t] < 0)
      continue;
    G4RT_ASSIGN(int64_t row,
                checkedIndex(rows.elements[t], source.numRows(), "soft token"));
    std::ranges::copy(source.row(row), y.row(t).begin());
  }
  return frame.define(op.getY(), std::move(y));
}

void addTowerOps(GraphTable &table) {
  addGraphOp<ShiftOp, shift>(table);
  addGraphOp<ClampOp, clamp>(table);
  addGraphOp<LayerNormOp, norm>(table);
  addGraphOp<SpanAttentionOp, spanAttention>(table);
  addGraphOp<PoolOp, pool>(table);
  addGraphOp<ReplaceRowsOp, replaceRows>(table);
}

} // namespace g4
