//===- GraphCache.h - Keys and values of an interpreted graph ---*- C++ -*-===//

#ifndef G4_COMPILER_INTERPRET_GRAPHCACHE_H
#define G4_COMPILER_INTERPRET_GRAPHCACHE_H

#include "compiler/interpret/GraphTensor.h"
#include "compiler/interpret/Precision.h"
#include "dialects/graph/Graph.h"

#include <map>
#include <string>

namespace g4 {

/// Keys and values of every cache and sequence, as arrays that grow: no pages,
/// no window is forgotten. Rows of a step are given with their positions and
/// their sequences, one of each a row.
class GraphCache {
public:
  explicit GraphCache(Precision precision) : precision_(precision) {}

  struct Rows {
    const GraphTensor &positions;
    const std::vector<int32_t> &sequences;
  };

  /// Puts keys and values [rows, num_kv_heads, head_dim] in place, rounded as
  /// the cache stores them. Of a cache with rotated pairs alone, the other
  /// columns of keys become the values'.
  ///
  /// Errors: InvalidArgument for a position that leaves a hole in its sequence.
  g4rt::Status write(graph::KvCacheOp cache, const GraphTensor &keys,
                     const GraphTensor &values, Rows rows);

  /// softmax(q k^T * scale) v of each row of q [rows, heads, head_dim] over the
  /// positions that its window shows, up to its own or, where there are `ends`,
  /// those before its end.
  ///
  /// Errors: InvalidArgument for a row whose own position has no key yet, and
  /// for an end that is not after the row or after the keys.
  g4rt::Result<GraphTensor> attend(graph::KvCacheOp cache, const GraphTensor &q,
                                   double scale, Rows rows,
                                   const GraphTensor *ends) const;

private:
  /// [length, num_kv_heads, head_dim] each.
  struct Sequence {
    int64_t length = 0;
    std::vector<double> keys, values;
  };

  double stored(double value, mlir::Type dtype) const;
  void storeHead(std::span<double> head, graph::KvCacheOp cache) const;
  g4rt::Result<const Sequence *> find(graph::KvCacheOp cache, int32_t name,
                                      int64_t position) const;

  Precision precision_;
  std::map<std::pair<std::string, int32_t>, Sequence> sequences_;
};

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHCACHE_H
