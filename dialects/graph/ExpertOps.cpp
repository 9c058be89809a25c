//===- ExpertOps.cpp - Routing and experts --------------------------------===//

#include "dialects/graph/Verify.h"

using namespace mlir;
using namespace g4::graph;

/// Whether `type` is [any, shape...].
static bool hasRowShape(RankedTensorType type, ArrayRef<int64_t> shape) {
  return type.getRank() == int64_t(shape.size()) + 1 &&
         type.getShape().drop_front() == shape;
}

LogicalResult TopKOp::verify() {
  auto logits = tensorType(getLogits());
  auto weights = tensorType(getWeights()), experts = tensorType(getExperts());
  // top_k_c1
  int64_t k = lastDim(weights);
  if (logits.getRank() != 2 || !hasRowShape(weights, {k}) ||
      !hasRowShape(experts, {k}) || k < 1 || k > lastDim(logits))
    return emitOpError("results must be [rows, k] with 1 <= k <= ")
           << lastDim(logits) << ", got " << weights << " and " << experts;
  // top_k_c2
  return checkSkipBelow(*this, getSkipBelow(), k);
}

LogicalResult ExpertScaleOp::verify() {
  // expert_scale_c1
  if (weightType(getScales()).getRank() != 1)
    return emitOpError("scales must have rank 1, got ")
           << getScales().getType();
  // expert_scale_c2
  auto weights = tensorType(getWeights());
  if (getY().getType() != weights ||
      tensorType(getExperts()).getShape() != weights.getShape())
    return emitOpError("weights, experts and result must have one shape");
  return success();
}

LogicalResult ExpertLinearOp::verify() {
  auto x = tensorType(getX()), experts = tensorType(getExperts());
  auto w = weightType(getW());
  // expert_linear_c1
  if (w.getRank() != 3 || w.getDimSize(2) != lastDim(x))
    return emitOpError("w must have shape [E, N, ")
           << lastDim(x) << "], got " << w;
  // expert_linear_c2
  int64_t k = lastDim(experts);
  if (!hasRowShape(experts, {k}) ||
      !(hasRowShape(x, {lastDim(x)}) || hasRowShape(x, {k, lastDim(x)})))
    return emitOpError("x must be [rows, K] or [rows, k, K], got ") << x;
  // expert_linear_c3
  if (!hasRowShape(tensorType(getY()), {k, w.getDimSize(1)}))
    return emitOpError("result must have shape [rows, ")
           << k << ", " << w.getDimSize(1) << "], got " << getY().getType();
  return success();
}

LogicalResult ExpertSumOp::verify() {
  auto x = tensorType(getX()), weights = tensorType(getWeights());
  // expert_sum_c1
  int64_t k = lastDim(weights);
  if (!hasRowShape(weights, {k}) || !hasRowShape(x, {k, lastDim(x)}) ||
      !hasRowShape(tensorType(getY()), {lastDim(x)}))
    return emitOpError("needs x [rows, k, N], weights [rows, k] and a result "
                       "[rows, N]");
  return success();
}
