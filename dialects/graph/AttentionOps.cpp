//===- AttentionOps.cpp - Rope, KV caches, attention ----------------------===//

#include "dialects/graph/Verify.h"

using namespace mlir;
using namespace g4::graph;

LogicalResult RopeOp::verify() {
  auto x = tensorType(getX());
  // rope_c1
  if (getY().getType() != x || x.getRank() != 3 || lastDim(x) % 2 != 0)
    return emitOpError("x must be [rows, heads, even D] and the result of its "
                       "type, got ")
           << x << " and " << getY().getType();
  // rope_c3
  auto positions = tensorType(getPositions());
  int64_t axes = positions.getRank() == 2 ? lastDim(positions) : 1;
  if (positions.getRank() < 1 || positions.getRank() > 2 || axes < 1 ||
      lastDim(x) % (2 * axes) != 0)
    return emitOpError("positions must be [rows] or [rows, axes], 2 * axes "
                       "dividing ")
           << lastDim(x) << ", got " << positions;
  // rope_c2
  if (!hasShape(getFreqs(), {lastDim(x) / 2 / axes}))
    return emitOpError("freqs must have shape [")
           << lastDim(x) / 2 / axes << "], got " << getFreqs().getType();
  return success();
}

LogicalResult KvCacheOp::verify() {
  // kv_cache_c1
  if (int64_t(getWindow()) < 0 || int64_t(getNumKvHeads()) <= 0 ||
      int64_t(getHeadDim()) <= 0 || getHeadDim() % 2 != 0)
    return emitOpError("needs window >= 0, num_kv_heads > 0 and an even "
                       "head_dim > 0");
  // kv_cache_c2
  if (!getDtype().isF32() && !getDtype().isBF16() &&
      !getDtype().isSignlessInteger(8) && !isa<Float8E4M3FNType>(getDtype()))
    return emitOpError("dtype must be f32, bf16, i8 or f8E4M3FN, got ")
           << getDtype();
  // kv_cache_c3
  int64_t half = getHeadDim() / 2, rotated = getRotatedPairs().value_or(1);
  if (getRotatedPairs() && (rotated <= 0 || rotated >= half))
    return emitOpError("rotated_pairs must be above 0 and below ")
           << half << ", got " << rotated;
  return success();
}

void KvCacheOp::build(OpBuilder &b, OperationState &state, StringRef name,
                      int64_t window, int64_t numKvHeads, int64_t headDim,
                      Type dtype) {
  build(b, state, name, window, numKvHeads, headDim, dtype, IntegerAttr());
}

LogicalResult KvWriteOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // kv_write_c1
  auto cache =
      symbols.lookupNearestSymbolFrom<KvCacheOp>(*this, getCacheAttr());
  if (!cache)
    return emitOpError("no g4.kv_cache is named ") << getCacheAttr();
  // kv_write_c2
  for (Value value : {getKeys(), getValues()}) {
    auto type = tensorType(value);
    if (type.getRank() != 3 ||
        type.getDimSize(1) != int64_t(cache.getNumKvHeads()) ||
        type.getDimSize(2) != int64_t(cache.getHeadDim()))
      return emitOpError("keys and values must have shape [rows, ")
             << cache.getNumKvHeads() << ", " << cache.getHeadDim() << "], got "
             << type;
  }
  // kv_write_c3
  if (cache.getRotatedPairs())
    return emitOpError("writes whole keys, ")
           << getCacheAttr() << " stores rotated pairs alone";
  return success();
}

LogicalResult AttentionOp::verifySymbolUses(SymbolTableCollection &symbols) {
  // attention_c1
  auto cache =
      symbols.lookupNearestSymbolFrom<KvCacheOp>(*this, getCacheAttr());
  if (!cache)
    return emitOpError("no g4.kv_cache is named ") << getCacheAttr();
  auto q = tensorType(getQ());
  // attention_c2
  if (q.getRank() != 3 || lastDim(q) != int64_t(cache.getHeadDim()) ||
      getY().getType() != q)
    return emitOpError("q must be [rows, heads, ")
           << cache.getHeadDim() << "] and the result of its type, got " << q;
  // attention_c3
  if (q.getDimSize(1) % cache.getNumKvHeads() != 0)
    return emitOpError() << cache.getNumKvHeads() << " KV heads do not divide "
                         << q.getDimSize(1) << " query heads";
  // attention_c4
  if (getEnds() && getEnds().getType() != getPositions().getType())
    return emitOpError("ends must have the type of positions, got ")
           << getEnds().getType();
  return success();
}
