//===- GraphAttentionOps.cpp - Meaning of rope, KV caches, attention ------===//

#include "compiler/interpret/GraphFrame.h"
#include "compiler/interpret/GraphMath.h"

namespace g4 {

using namespace graph;
using g4rt::Result;
using g4rt::Status;

static KvCacheOp cacheOf(mlir::Operation *op, mlir::FlatSymbolRefAttr name) {
  return mlir::SymbolTable::lookupNearestSymbolFrom<KvCacheOp>(op, name);
}

static Status ropeOp(RopeOp op, GraphFrame &frame) {
  return frame.define(op.getY(), rope(frame.tensor(op.getX()),
                                      frame.tensor(op.getPositions()),
                                      frame.weight(op.getFreqs())));
}

static Status kvWrite(KvWriteOp op, GraphFrame &frame) {
  G4RT_ASSIGN(auto rows, frame.rows(op.getPositions()));
  return frame.state().cache.write(cacheOf(op, op.getCacheAttr()),
                                   frame.tensor(op.getKeys()),
                                   frame.tensor(op.getValues()), rows);
}

static Status attention(AttentionOp op, GraphFrame &frame) {
  G4RT_ASSIGN(auto rows, frame.rows(op.getPositions()));
  const GraphTensor *ends =
      op.getEnds() ? &frame.tensor(op.getEnds()) : nullptr;
  G4RT_ASSIGN(GraphTensor y,
              frame.state().cache.attend(
                  cacheOf(op, op.getCacheAttr()), frame.tensor(op.getQ()),
                  op.getScale().convertToDouble(), rows, ends));
  return frame.define(op.getY(), std::move(y));
}

namespace {

/// The heads that a row of a qkv_prepare's projection holds one after the
/// other.
struct Projection {
  const GraphTensor &qkv;
  int64_t headDim;

  /// Heads [first, first + count) as [rows, count, headDim].
  Result<GraphTensor> heads(int64_t first, int64_t count) const {
    G4RT_ASSIGN(GraphTensor y, sliced(qkv, first * headDim, count * headDim));
    y.shape = {y.numRows(), count, headDim};
    return y;
  }
};

} // namespace

static Status writeKeysAndValues(QkvPrepareOp op, GraphFrame &frame,
                                 const Projection &projection,
                                 int64_t numHeads) {
  KvCacheOp cache = cacheOf(op, op.getCacheAttr());
  auto numKvHeads = static_cast<int64_t>(cache.getNumKvHeads());
  double epsilon = op.getEpsilon().convertToDouble();
  int64_t firstValue = op.getKEqV() ? numHeads : numHeads + numKvHeads;
  G4RT_ASSIGN(GraphTensor keys, projection.heads(numHeads, numKvHeads));
  G4RT_ASSIGN(GraphTensor values, projection.heads(firstValue, numKvHeads));
  keys = rmsNorm(std::move(keys), &frame.weight(op.getKNorm()), epsilon);
  keys = rope(std::move(keys), frame.tensor(op.getPositions()),
              frame.weight(op.getFreqs()));
  G4RT_ASSIGN(auto rows, frame.rows(op.getPositions()));
  return frame.state().cache.write(
      cache, keys, rmsNorm(std::move(values), nullptr, epsilon), rows);
}

/// Multiplies columns of q that the cache has no keys for by the key norm.
static void foldKeyNorm(QkvPrepareOp op, GraphFrame &frame, GraphTensor &q) {
  KvCacheOp cache = cacheOf(op, op.getCacheAttr());
  std::vector<double> norm = frame.weight(op.getKNorm()).row(0);
  for (size_t i = 0; i < q.elements.size(); ++i)
    if (size_t column = i % norm.size(); !cache.storesKeyColumn(column))
      q.elements[i] *= norm[column];
}

static Status qkvPrepare(QkvPrepareOp op, GraphFrame &frame) {
  auto type = mlir::cast<mlir::RankedTensorType>(op.getQ().getType());
  int64_t numHeads = type.getDimSize(1);
  Projection projection{frame.tensor(op.getQkv()), type.getDimSize(2)};
  if (op.getCache())
    G4RT_TRY(writeKeysAndValues(op, frame, projection, numHeads));
  G4RT_ASSIGN(GraphTensor q, projection.heads(0, numHeads));
  q = rmsNorm(std::move(q), &frame.weight(op.getQNorm()),
              op.getEpsilon().convertToDouble());
  q = rope(std::move(q), frame.tensor(op.getPositions()),
           frame.weight(op.getFreqs()));
  if (op.getCache())
    foldKeyNorm(op, frame, q);
  return frame.define(op.getQ(), std::move(q));
}

void addAttentionOps(GraphTable &table) {
  addGraphOp<RopeOp, ropeOp>(table);
  addGraphOp<KvWriteOp, kvWrite>(table);
  addGraphOp<AttentionOp, attention>(table);
  addGraphOp<QkvPrepareOp, qkvPrepare>(table);
}

} // namespace g4
