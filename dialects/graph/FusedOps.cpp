//===- FusedOps.cpp - Groups that are one kernel each ---------------------===//

#include "dialects/graph/Verify.h"

using namespace mlir;
using namespace g4::graph;

LogicalResult FusedLinearOp::verify() {
  auto x = tensorType(getX()), y = tensorType(getY());
  auto w = weightType(getW());
  // fused_linear_c1
  int64_t rank = getExperts() ? 3 : 2;
  if (w.getRank() != rank || w.getShape().back() != lastDim(x))
    return emitOpError("w must have rank ")
           << rank << " and a last dimension of " << lastDim(x) << ", got "
           << w;
  // fused_linear_c2
  if (bool(getNorm()) != getEpsilon().has_value())
    return emitOpError("epsilon comes with a norm and only with one");
  if (getNorm() && !hasShape(getNorm(), {lastDim(x)}))
    return emitOpError("norm must have shape [")
           << lastDim(x) << "], got " << getNorm().getType();
  // fused_linear_c3
  bool gated = getEpilogue() == Epilogue::GeluGated;
  int64_t n = w.getDimSize(rank - 2);
  if (gated && n % 2 != 0)
    return emitOpError("gelu_gated needs an even number of rows, got ") << w;
  int64_t wanted = gated ? n / 2 : n;
  if (y.getRank() != rank || lastDim(y) != wanted)
    return emitOpError("result must have rank ")
           << rank << " and a last dimension of " << wanted << ", got " << y;
  if (getExperts() && (tensorType(getExperts()).getRank() != 2 ||
                       lastDim(tensorType(getExperts())) != y.getDimSize(1)))
    return emitOpError("experts must have shape [rows, ")
           << y.getDimSize(1) << "], got " << getExperts().getType();
  // fused_linear_c4
  bool times = getEpilogue() == Epilogue::GeluTimes;
  if (times != bool(getUp()) || (times && getUp().getType() != y))
    return emitOpError("up comes with gelu_times and has the result's type");
  // fused_linear_c5
  if ((getEpilogue() == Epilogue::Softcap) != getCap().has_value())
    return emitOpError("cap comes with softcap and only with it");
  return success();
}

LogicalResult QkvPrepareOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto q = tensorType(getQ()), qkv = tensorType(getQkv());
  // qkv_prepare_c4
  if (q.getRank() != 3)
    return emitOpError("result must be [rows, heads, head_dim], got ") << q;
  int64_t headDim = lastDim(q), keyHeads = 0, valueHeads = 0;
  // qkv_prepare_c2
  if (bool(getKNorm()) != getCache().has_value())
    return emitOpError("a cache comes with a key norm and only with one");
  if (getCache()) {
    auto cache =
        symbols.lookupNearestSymbolFrom<KvCacheOp>(*this, getCacheAttr());
    if (!cache || int64_t(cache.getHeadDim()) != headDim)
      return emitOpError("no g4.kv_cache with head_dim ")
             << headDim << " is named " << getCacheAttr();
    keyHeads = cache.getNumKvHeads();
    valueHeads = getKEqV() ? 0 : keyHeads;
    // qkv_prepare_c5
    if (cache.getRotatedPairs() && !getKEqV())
      return emitOpError("values must be the raw keys, as ")
             << getCacheAttr() << " stores rotated pairs alone";
  }
  // qkv_prepare_c1
  int64_t wanted = (q.getDimSize(1) + keyHeads + valueHeads) * headDim;
  if (qkv.getRank() != 2 || lastDim(qkv) != wanted)
    return emitOpError("qkv must have shape [rows, ")
           << wanted << "], got " << qkv;
  // qkv_prepare_c3
  if (!hasShape(getQNorm(), {headDim}) ||
      !hasShape(getFreqs(), {headDim / 2}) ||
      (getKNorm() && !hasShape(getKNorm(), {headDim})))
    return emitOpError("norms must have shape [")
           << headDim << "] and freqs [" << headDim / 2 << "]";
  return success();
}

LogicalResult RouterOp::verify() {
  int64_t channels = lastDim(tensorType(getX()));
  auto proj = weightType(getProj());
  // router_c1
  if (proj.getRank() != 2 || proj.getDimSize(1) != channels ||
      !hasShape(getScale(), {channels}) ||
      !hasShape(getPerExpertScale(), {proj.getDimSize(0)}))
    return emitOpError("needs proj [E, ")
           << channels << "], scale [" << channels
           << "] and per_expert_scale [E]";
  // router_c2
  auto weights = tensorType(getWeights()), experts = tensorType(getExperts());
  int64_t k = lastDim(weights);
  if (weights.getRank() != 2 || weights.getShape() != experts.getShape() ||
      k < 1 || k > proj.getDimSize(0))
    return emitOpError("results must be [rows, k] with 1 <= k <= ")
           << proj.getDimSize(0) << ", got " << weights << " and " << experts;
  // router_c3
  return checkSkipBelow(*this, getSkipBelow(), k);
}

bool g4::graph::isRowOp(Operation *op) {
  return isa<AddOp, ScaleOp, RmsNormOp, ExpertSumOp, GeluMulOp>(op);
}

LogicalResult RowsOp::verify() {
  Block &block = getBody().front();
  if (getOutputs().empty())
    return emitOpError("needs a result");
  // rows_c3
  for (Operation &op : block)
    if (!isRowOp(&op) && !isa<YieldOp>(op))
      return emitOpError("a row group cannot hold ") << op.getName();
  auto yield = dyn_cast<YieldOp>(block.back());
  if (!yield)
    return emitOpError("must end with a g4.yield");
  // rows_c1
  if (block.getArgumentTypes() != getInputs().getTypes())
    return emitOpError("block arguments must have the types of the inputs");
  if (yield.getValues().getTypes() != getOutputs().getTypes())
    return emitOpError("yielded values must have the types of the results");
  // rows_c2
  for (Value output : getOutputs())
    if (output.getType() != getOutputs()[0].getType())
      return emitOpError("results must have one type");
  auto type = tensorType(getOutputs()[0]);
  bool sums = !block.getOps<ExpertSumOp>().empty();
  if (type.getRank() < 2 || type.getRank() > 3 || (sums && type.getRank() != 2))
    return emitOpError(
               "results must be [rows, D], or [rows, groups, D] without "
               "an expert_sum, got ")
           << type;
  return success();
}
