//===- KeysFromValues.cpp - Caches without what keys share with values ----===//
//
//   g4.weight @rope.full : ... values dense<...>      // r of D/2 are not zero
//   g4.kv_cache @kv.5 {head_dim = D, ...}
//   %q = g4.qkv_prepare @kv.5, %qkv, %pos, %freqs, %wq keys %wk {k_eq_v}
//   %o = g4.attention @kv.5, %q, %pos
//
// becomes
//
//   g4.kv_cache @kv.5 {head_dim = D, rotated_pairs = r, ...}
//
// With n the norm of the raw keys, a value is n and a key rope(n * k_norm). A
// pair with frequency 0 does not rotate, so these columns of a key are the
// value's times k_norm, and the score of a query is
//
//   sum over rotated columns q k  +  sum over the others (q k_norm) v.
//
// qkv_prepare multiplies them into the queries, and the cache holds D + 2r
// numbers a position and head in place of 2D. Declined, with a remark, if other
// queries than those of this qkv_prepare attend to the cache, because they do
// not carry the weight, and for what GPUs cannot read well. Test:
// test/compiler/fuse/g4-keys-from-values.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

namespace g4 {

#define GEN_PASS_DEF_KEYSFROMVALUESPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct KeysFromValues : impl::KeysFromValuesPassBase<KeysFromValues> {
  using KeysFromValuesPassBase::KeysFromValuesPassBase;

  void runOnOperation() override {
    getOperation().walk([&](QkvPrepareOp op) {
      if (op.getKEqV())
        share(op);
    });
  }

  /// Pairs before the first of those that do not rotate; 0 if nobody knows.
  static int64_t rotatedPairs(QkvPrepareOp op) {
    auto use = op.getFreqs().getDefiningOp<UseOp>();
    auto weight = use ? SymbolTable::lookupNearestSymbolFrom<WeightOp>(
                            use, use.getNameAttr())
                      : WeightOp();
    auto values =
        weight ? dyn_cast_or_null<DenseElementsAttr>(weight.getValuesAttr())
               : DenseElementsAttr();
    if (!values)
      return 0;
    int64_t count = 0, index = 0;
    for (float frequency : values.getValues<float>())
      if (++index; frequency != 0)
        count = index;
    return count;
  }

  /// Whether all queries that attend to the cache are those of `op`.
  static bool isOnlyReader(QkvPrepareOp op, ModuleOp module) {
    auto result = module.walk([&](AttentionOp attention) {
      bool isOther = attention.getCache() == *op.getCache() &&
                     attention.getQ() != op.getQ();
      return isOther ? WalkResult::interrupt() : WalkResult::advance();
    });
    return !result.wasInterrupted();
  }

  /// Without matrix instructions, as in f32, attention that reads two kinds of
  /// columns has more live numbers than sm120 or AMD's GPUs have registers.
  bool suitsTargets(KvCacheOp cache, int64_t pairs) const {
    bool usesMma =
        cache.getDtype().getIntOrFloatBitWidth() < 32 && dotDepth > 0;
    return !forGpu || (usesMma && 2 * pairs % dotDepth == 0);
  }

  void share(QkvPrepareOp op) {
    auto cache =
        SymbolTable::lookupNearestSymbolFrom<KvCacheOp>(op, op.getCacheAttr());
    int64_t pairs = rotatedPairs(op), half = cache.getHeadDim() / 2;
    if (pairs == 0 || pairs == half)
      return; // all of a key rotates
    if (!isOnlyReader(op, getOperation())) {
      op.emitRemark("keys are stored whole: other layers attend to them");
      return;
    }
    if (!suitsTargets(cache, pairs)) {
      op.emitRemark("keys are stored whole: kernels of GPUs read them so");
      return;
    }
    cache.setRotatedPairs(pairs);
  }
};

} // namespace
} // namespace g4
