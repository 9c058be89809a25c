//===- FuseQkv.cpp - q/k norm, rope and the KV write become one -----------===//
//
//   %q0 = g4.slice %qkv    %q1 = g4.heads %q0
//   %q2 = g4.rms_norm %q1, %wq    %q = g4.rope %q2, %pos, %freqs
//   ... the same for %k with %wk; %v = g4.rms_norm of the value heads ...
//   g4.kv_write @kv.0, %k, %v, %pos
//   %o = g4.attention @kv.0, %q, %pos
//
// becomes
//
//   %q = g4.qkv_prepare @kv.0, %qkv, %pos, %freqs, %wq keys %wk
//   %o = g4.attention @kv.0, %q, %pos
//
// A layer that attends to another layer's cache has queries only. Declined,
// with a remark, if the projections were not merged or something else reads an
// intermediate. Test: test/compiler/fuse/g4-fuse-qkv.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

#include <string>

namespace g4 {

#define GEN_PASS_DEF_FUSEQKVPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

/// Heads of a projection on their way to attention.
struct HeadChain {
  RopeOp rope; // null for values
  RmsNormOp norm;
  HeadsOp heads;
  SliceOp slice; // null where the projection is nothing but these heads
  Value projection;
  int64_t offset = 0;
};

struct FuseQkv : impl::FuseQkvPassBase<FuseQkv> {
  void runOnOperation() override {
    SmallVector<AttentionOp> attentions;
    getOperation().walk([&](AttentionOp op) { attentions.push_back(op); });
    for (AttentionOp attention : attentions)
      if (std::string reason = fuse(attention); !reason.empty())
        attention.emitRemark("q/k norm, rope and KV write not fused: ")
            << reason;
  }

  static bool follow(Value value, bool hasRope, HeadChain &chain) {
    if (hasRope) {
      chain.rope = value.getDefiningOp<RopeOp>();
      if (!chain.rope)
        return false;
      value = chain.rope.getX();
    }
    chain.norm = value.getDefiningOp<RmsNormOp>();
    if (!chain.norm)
      return false;
    chain.heads = chain.norm.getX().getDefiningOp<HeadsOp>();
    if (!chain.heads)
      return false;
    chain.projection = chain.heads.getX();
    chain.slice = chain.projection.getDefiningOp<SliceOp>();
    if (chain.slice) {
      chain.offset = chain.slice.getOffset();
      chain.projection = chain.slice.getX();
    }
    return true;
  }

  static KvWriteOp writeOf(AttentionOp attention) {
    for (Operation &op : *attention->getBlock())
      if (auto write = dyn_cast<KvWriteOp>(op);
          write && write.getCache() == attention.getCache())
        return write;
    return {};
  }

  /// Whether this attention's layer owns its cache: its keys come from the
  /// projection of its queries.
  static bool ownsCache(const HeadChain &q, KvWriteOp write) {
    HeadChain k;
    return write && follow(write.getKeys(), /*hasRope=*/true, k) &&
           k.projection == q.projection;
  }

  static int64_t width(HeadChain &chain) {
    auto type = cast<RankedTensorType>(chain.heads.getType());
    return type.getDimSize(1) * type.getDimSize(2);
  }

  /// Empty if it was fused, else why not.
  std::string fuse(AttentionOp attention) {
    HeadChain q;
    if (!follow(attention.getQ(), /*hasRope=*/true, q) || !q.norm.getWeight())
      return "the queries are not a normalised, rotated projection";
    if (q.offset != 0)
      return "the queries do not come first in their projection";
    KvWriteOp write = writeOf(attention);
    if (!ownsCache(q, write)) {
      if (q.slice)
        return "the projection holds more than queries";
      create(q, {}, {}, /*kEqV=*/false);
      return {};
    }
    HeadChain k, v;
    follow(write.getKeys(), /*hasRope=*/true, k);
    if (!follow(write.getValues(), /*hasRope=*/false, v) ||
        v.norm.getWeight() || v.projection != q.projection)
      return "the values are not a normalised projection of the same input";
    if (!k.norm.getWeight() || k.rope.getFreqs() != q.rope.getFreqs() ||
        k.rope.getPositions() != q.rope.getPositions() ||
        write.getPositions() != q.rope.getPositions())
      return "keys and queries rotate differently";
    if (k.norm.getEpsilonAttr() != q.norm.getEpsilonAttr() ||
        v.norm.getEpsilonAttr() != q.norm.getEpsilonAttr())
      return "the norms of queries, keys and values have other epsilons";
    for (Operation *reader : q.rope->getUsers())
      if (reader->isBeforeInBlock(write))
        return "the queries are read before the keys are written";
    bool kEqV = v.offset == k.offset;
    if (k.offset != width(q) || (!kEqV && v.offset != k.offset + width(k)))
      return "queries, keys and values are not in order";
    create(q, k, write, kEqV);
    return {};
  }

  static void create(HeadChain q, HeadChain k, KvWriteOp write, bool kEqV) {
    // Behind all operands: the key norm may be used first below the queries.
    bool writeIsLast = write && q.rope->isBeforeInBlock(write);
    OpBuilder b(writeIsLast ? write.getOperation() : q.rope.getOperation());
    auto fused = QkvPrepareOp::create(
        b, q.rope.getLoc(), q.rope.getType(),
        write ? write.getCacheAttr() : FlatSymbolRefAttr(), q.projection,
        q.rope.getPositions(), q.rope.getFreqs(), q.norm.getWeight(),
        write ? k.norm.getWeight() : Value(),
        kEqV ? b.getUnitAttr() : UnitAttr(), q.norm.getEpsilonAttr());
    RopeOp rope = q.rope;
    rope.replaceAllUsesWith(fused.getResult());
    if (write) {
      Value values = write.getValues(), keys = write.getKeys();
      write.erase();
      eraseChain(values);
      eraseChain(keys);
    }
    eraseChain(rope.getResult());
  }

  /// Erases what computed `value`, as far as nothing else reads it.
  static void eraseChain(Value value) {
    Operation *op = value.getDefiningOp();
    if (!op || !op->use_empty() || isa<LinearOp>(op))
      return;
    SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands)
      if (operand.getDefiningOp() && operand.use_empty())
        eraseChain(operand);
  }
};

} // namespace
} // namespace g4
