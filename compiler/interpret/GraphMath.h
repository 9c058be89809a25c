//===- GraphMath.h - The equations of the graph dialect ---------*- C++ -*-===//
//
// What the descriptions of the ops say, as loops over f64. An op and the fused
// op that contains it call the same function. Shapes are those that the ops'
// verifiers ask for, and operands have equally many rows.
//
//===----------------------------------------------------------------------===//

#ifndef G4_COMPILER_INTERPRET_GRAPHMATH_H
#define G4_COMPILER_INTERPRET_GRAPHMATH_H

#include "compiler/interpret/GraphTensor.h"
#include "compiler/interpret/GraphWeights.h"

namespace g4 {

/// x * (mean(x^2) + epsilon)^(-1/2) * weight over the last dimension; a null
/// weight is 1.
GraphTensor rmsNorm(GraphTensor x, const GraphWeight *weight, double epsilon);

/// x * factor * weight; a weight of one element is for all, a null weight is 1.
GraphTensor scaled(GraphTensor x, const GraphWeight *weight, double factor);

/// cap * tanh(x / cap).
GraphTensor softcapped(GraphTensor x, double cap);

GraphTensor sum(GraphTensor a, const GraphTensor &b);

/// gelu_tanh(gate) * up.
GraphTensor geluMul(GraphTensor gate, const GraphTensor &up);

/// Columns [offset, offset + width) of the last dimension.
///
/// Errors: those of makeTensor, here and below.
g4rt::Result<GraphTensor> sliced(const GraphTensor &x, int64_t offset,
                                 int64_t width);

/// x [..., K], w [N, K] -> [..., N].
g4rt::Result<GraphTensor> linear(const GraphTensor &x, const GraphWeight &w);

/// x [rows, K] or [rows, k, K], experts [rows, k], w [E, N, K] -> [rows, k, N].
///
/// Errors: InvalidArgument for an expert that w does not have.
g4rt::Result<GraphTensor> expertLinear(const GraphTensor &x,
                                       const GraphTensor &experts,
                                       const GraphWeight &w);

/// weights [rows, k] times scales [E] of their experts. Errors: as above.
g4rt::Result<GraphTensor> expertScaled(GraphTensor weights,
                                       const GraphTensor &experts,
                                       const GraphWeight &scales);

/// x [rows, k, N], weights [rows, k] -> [rows, N].
g4rt::Result<GraphTensor> expertSum(const GraphTensor &x,
                                    const GraphTensor &weights);

struct TopK {
  GraphTensor weights, experts; // [rows, k]
};
/// The k largest of logits [rows, E], the lower index first among equals, and
/// their share in the sum of their softmax. Places with a share below
/// `skipBelow` are dropped (g4.top_k).
g4rt::Result<TopK> topK(const GraphTensor &logits, int64_t k, double skipBelow);

/// x + factor * weight; a null weight is 1.
GraphTensor shifted(GraphTensor x, const GraphWeight *weight, double factor);

/// min(max(x, low), high), the bounds weights of one element.
GraphTensor clamped(GraphTensor x, const GraphWeight &low,
                    const GraphWeight &high);

struct LayerNormWeights {
  const GraphWeight &weight, &bias;
};
/// (x - mean(x)) * (variance(x) + epsilon)^(-1/2) * weight + bias over the last
/// dimension.
GraphTensor layerNorm(GraphTensor x, LayerNormWeights weights, double epsilon);

/// Keys and values [positions, num_kv_heads, head_dim], and which positions
/// [begin, end) a query sees.
struct KeyRange {
  std::span<const double> keys, values;
  int64_t numKvHeads = 0, headDim = 0;
  int64_t begin = 0, end = 0;
};
/// Adds softmax(q k^T * scale) v of each head of a row to `out`, zeros before.
void attendRow(std::span<const double> q, const KeyRange &range, double scale,
               std::span<double> out);

/// Element i of each head with element i + D/2, by positions[t] * freqs[i];
/// with positions [rows, axes] so in each of as many parts of a head.
GraphTensor rope(GraphTensor x, const GraphTensor &positions,
                 const GraphWeight &freqs);

} // namespace g4

#endif // G4_COMPILER_INTERPRET_GRAPHMATH_H
