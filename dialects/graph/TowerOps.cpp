//===- TowerOps.cpp - What towers of pictures need besides ----------------===//

#include "dialects/graph/Verify.h"

using namespace mlir;
using namespace g4::graph;

LogicalResult ShiftOp::verify() {
  // shift_c1
  if (getY().getType() != getX().getType())
    return emitOpError("result type must equal the type of x");
  // shift_c2
  int64_t channels = lastDim(tensorType(getX()));
  if (getWeight() && !hasShape(getWeight(), {channels}))
    return emitOpError("weight must have shape [")
           << channels << "], got " << getWeight().getType();
  return success();
}

LogicalResult ClampOp::verify() {
  // clamp_c1
  if (getY().getType() != getX().getType())
    return emitOpError("result type must equal the type of x");
  // clamp_c2
  for (Value bound : {getLow(), getHigh()})
    if (!hasShape(bound, {1}))
      return emitOpError("low and high must have shape [1], got ")
             << bound.getType();
  return success();
}

LogicalResult LayerNormOp::verify() {
  // layer_norm_c1
  if (getY().getType() != getX().getType())
    return emitOpError("result type must equal the type of x");
  // layer_norm_c2
  int64_t channels = lastDim(tensorType(getX()));
  for (Value weight : {getWeight(), getBias()})
    if (!hasShape(weight, {channels}))
      return emitOpError("weight and bias must have shape [")
             << channels << "], got " << weight.getType();
  // layer_norm_c3
  if (!(getEpsilon().convertToFloat() > 0.0f)) // not a NaN either
    return emitOpError("epsilon must be positive");
  return success();
}

LogicalResult SpanAttentionOp::verify() {
  auto q = tensorType(getQ()), k = tensorType(getK());
  // span_attention_c1
  if (q.getRank() != 3 || getY().getType() != q)
    return emitOpError("q must be [rows, heads, D] and the result of its type, "
                       "got ")
           << q << " and " << getY().getType();
  // span_attention_c2
  if (getV().getType() != k || k.getRank() != 3 || lastDim(k) != lastDim(q))
    return emitOpError("k and v must have one type [rows, heads, ")
           << lastDim(q) << "], got " << k << " and " << getV().getType();
  if (k.getDimSize(1) < 1 || q.getDimSize(1) % k.getDimSize(1) != 0)
    return emitOpError() << k.getDimSize(1) << " KV heads do not divide "
                         << q.getDimSize(1) << " query heads";
  // span_attention_c3
  for (Value bound : {getBegins(), getEnds()})
    if (tensorType(bound).getRank() != 1)
      return emitOpError("begins and ends must have shape [rows], got ")
             << bound.getType();
  return success();
}

LogicalResult PoolOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  auto rows = tensorType(getRows());
  // pool_c1
  if (x.getRank() != 2 || y.getRank() != 2 || lastDim(x) != lastDim(y))
    return emitOpError("x and the result must have rank 2 and one last "
                       "dimension, got ")
           << x << " and " << y;
  // pool_c2
  if (rows.getRank() != 2 || rows.getDimSize(0) != y.getDimSize(0) ||
      lastDim(rows) < 1)
    return emitOpError("rows must have shape [rows of the result, count], got ")
           << rows;
  return success();
}

LogicalResult ReplaceRowsOp::verify() {
  auto x = tensorType(getX()), source = tensorType(getSource());
  auto rows = tensorType(getRows());
  // replace_rows_c1
  if (x.getRank() != 2 || getY().getType() != x)
    return emitOpError("x must have rank 2 and the result its type, got ")
           << x << " and " << getY().getType();
  // replace_rows_c2
  if (source.getRank() != 2 || lastDim(source) != lastDim(x))
    return emitOpError("source must have shape [rows, ")
           << lastDim(x) << "], got " << source;
  // replace_rows_c3
  if (rows.getRank() != 1 || rows.getDimSize(0) != x.getDimSize(0))
    return emitOpError("rows must have shape [rows of x], got ") << rows;
  return success();
}
