//===- GraphMath.cpp - The equations of the graph dialect -----------------===//

#include "compiler/interpret/GraphMath.h"

#include <algorithm>
#include <cmath>

namespace g4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static double dot(std::span<const double> a, std::span<const double> b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i)
    total += a[i] * b[i];
  return total;
}

//===----------------------------------------------------------------------===//
// Element-wise and along the last dimension
//===----------------------------------------------------------------------===//

GraphTensor scaled(GraphTensor x, const GraphWeight *weight, double factor) {
  std::vector<double> factors(1, 1.0);
  if (weight)
    factors = weight->row(0);
  int64_t size = static_cast<int64_t>(factors.size());
  for (int64_t i = 0; i < x.numVectors(); ++i)
    for (int64_t d = 0; d < x.lastDim(); ++d)
      x.vector(i)[d] *= factor * factors[size == 1 ? 0 : d];
  return x;
}

GraphTensor rmsNorm(GraphTensor x, const GraphWeight *weight, double epsilon) {
  for (int64_t i = 0; i < x.numVectors(); ++i) {
    std::span<double> vector = x.vector(i);
    double mean = dot(vector, vector) / static_cast<double>(vector.size());
    double root = std::sqrt(mean + epsilon);
    for (double &element : vector)
      element /= root;
  }
  return weight ? scaled(std::move(x), weight, 1) : x;
}

GraphTensor shifted(GraphTensor x, const GraphWeight *weight, double factor) {
  std::vector<double> terms(x.lastDim(), 1.0);
  if (weight)
    terms = weight->row(0);
  for (int64_t i = 0; i < x.numVectors(); ++i)
    for (int64_t d = 0; d < x.lastDim(); ++d)
      x.vector(i)[d] += factor * terms[d];
  return x;
}

GraphTensor clamped(GraphTensor x, const GraphWeight &low,
                    const GraphWeight &high) {
  double least = low.row(0)[0], most = high.row(0)[0];
  for (double &element : x.elements)
    element = std::min(std::max(element, least), most);
  return x;
}

GraphTensor layerNorm(GraphTensor x, LayerNormWeights weights, double epsilon) {
  for (int64_t i = 0; i < x.numVectors(); ++i) {
    std::span<double> vector = x.vector(i);
    double total = 0;
    for (double element : vector)
      total += element;
    for (double &element : vector)
      element -= total / static_cast<double>(vector.size());
  }
  // What is left has mean 0, so its mean square is the variance.
  return shifted(rmsNorm(std::move(x), &weights.weight, epsilon), &weights.bias,
                 1);
}

GraphTensor softcapped(GraphTensor x, double cap) {
  for (double &element : x.elements)
    element = cap * std::tanh(element / cap);
  return x;
}

GraphTensor sum(GraphTensor a, const GraphTensor &b) {
  for (size_t i = 0; i < a.elements.size(); ++i)
    a.elements[i] += b.elements[i];
  return a;
}

static double geluTanh(double z) {
  double inner = graph::kGeluSqrt2OverPi * (z + graph::kGeluCubic * z * z * z);
  return z / 2 * (1 + std::tanh(inner));
}

GraphTensor geluMul(GraphTensor gate, const GraphTensor &up) {
  for (size_t i = 0; i < gate.elements.size(); ++i)
    gate.elements[i] = geluTanh(gate.elements[i]) * up.elements[i];
  return gate;
}

Result<GraphTensor> sliced(const GraphTensor &x, int64_t offset,
                           int64_t width) {
  std::vector<int64_t> shape = x.shape;
  shape.back() = width;
  G4RT_ASSIGN(GraphTensor y, makeTensor(std::move(shape)));
  for (int64_t i = 0; i < x.numVectors(); ++i)
    std::ranges::copy(x.vector(i).subspan(offset, width), y.vector(i).begin());
  return y;
}

//===----------------------------------------------------------------------===//
// Linears
//===----------------------------------------------------------------------===//

Result<GraphTensor> linear(const GraphTensor &x, const GraphWeight &w) {
  std::vector<int64_t> shape = x.shape;
  shape.back() = w.dim(0);
  G4RT_ASSIGN(GraphTensor y, makeTensor(std::move(shape)));
  for (int64_t n = 0; n < w.dim(0); ++n) {
    std::vector<double> row = w.row(n);
    for (int64_t i = 0; i < x.numVectors(); ++i)
      y.vector(i)[n] = dot(x.vector(i), row);
  }
  return y;
}

static Status checkExperts(const GraphTensor &experts, int64_t numExperts) {
  for (double expert : experts.elements)
    if (!(expert >= 0 && expert < static_cast<double>(numExperts)))
      return Status(StatusCode::InvalidArgument,
                    "expert " + std::to_string(int64_t(expert)) +
                        " is none of " + std::to_string(numExperts));
  return Status();
}

Result<GraphTensor> expertLinear(const GraphTensor &x,
                                 const GraphTensor &experts,
                                 const GraphWeight &w) {
  G4RT_TRY(checkExperts(experts, w.dim(0)));
  int64_t k = experts.lastDim(), numColumns = w.dim(1);
  G4RT_ASSIGN(GraphTensor y, makeTensor({x.numRows(), k, numColumns}));
  bool onePerPlace = x.shape.size() == 3;
  for (int64_t place = 0; place < x.numRows() * k; ++place) {
    auto input = x.vector(onePerPlace ? place : place / k);
    int64_t first = static_cast<int64_t>(experts.elements[place]) * numColumns;
    for (int64_t n = 0; n < numColumns; ++n)
      y.vector(place)[n] = dot(input, w.row(first + n));
  }
  return y;
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

Result<GraphTensor> expertScaled(GraphTensor weights,
                                 const GraphTensor &experts,
                                 const GraphWeight &scales) {
  G4RT_TRY(checkExperts(experts, scales.dim(0)));
  std::vector<double> factors = scales.row(0);
  for (size_t i = 0; i < weights.elements.size(); ++i)
    weights.elements[i] *= factors[static_cast<size_t>(experts.elements[i])];
  return weights;
}

Result<GraphTensor> expertSum(const GraphTensor &x,
                              const GraphTensor &weights) {
  int64_t k = weights.lastDim();
  G4RT_ASSIGN(GraphTensor y, makeTensor({x.numRows(), x.lastDim()}));
  for (int64_t place = 0; place < x.numRows() * k; ++place)
    for (int64_t n = 0; n < x.lastDim(); ++n)
      y.row(place / k)[n] += weights.elements[place] * x.vector(place)[n];
  return y;
}

/// Indices of the k largest, largest first. A NaN is larger than nothing.
static std::vector<int64_t> largest(std::span<const double> logits, int64_t k) {
  std::vector<int64_t> found;
  std::vector<bool> taken(logits.size());
  for (int64_t j = 0; j < k; ++j) {
    int64_t best = -1;
    for (size_t e = 0; e < logits.size(); ++e)
      if (!taken[e] && (best < 0 || logits[e] > logits[best]))
        best = static_cast<int64_t>(e);
    taken[best] = true;
    found.push_back(best);
  }
  return found;
}

/// Drops the places of a row below `least`, and divides the rest by their sum.
static void skipSmall(std::span<double> weights, std::span<double> experts,
                      double least) {
  double total = 0;
  for (size_t j = 0; j < weights.size(); ++j) {
    if (weights[j] < least) {
      weights[j] = 0;
      experts[j] = experts[0];
    }
    total += weights[j];
  }
  for (double &weight : weights)
    weight /= total;
}

// The softmax over all experts cancels out of the shares of the chosen ones.
Result<TopK> topK(const GraphTensor &logits, int64_t k, double skipBelow) {
  G4RT_ASSIGN(GraphTensor weights, makeTensor({logits.numRows(), k}));
  TopK result{weights, weights};
  for (int64_t t = 0; t < logits.numRows(); ++t) {
    std::span<const double> row = logits.row(t);
    std::vector<int64_t> found = largest(row, k);
    double total = 0;
    for (int64_t j = 0; j < k; ++j) {
      result.experts.row(t)[j] = static_cast<double>(found[j]);
      result.weights.row(t)[j] = std::exp(row[found[j]] - row[found[0]]);
      total += result.weights.row(t)[j];
    }
    for (double &weight : result.weights.row(t))
      weight /= total;
    if (skipBelow > 0)
      skipSmall(result.weights.row(t), result.experts.row(t), skipBelow);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Turns scores into shares of 1.
static void softmax(std::vector<double> &scores) {
  double most = *std::ranges::max_element(scores), total = 0;
  for (double &score : scores)
    total += score = std::exp(score - most);
  for (double &score : scores)
    score /= total;
}

static void attendHead(std::span<const double> q, const KeyRange &range,
                       int64_t head, std::span<double> out, double scale) {
  auto at = [&](std::span<const double> all, int64_t position) {
    return all.subspan((position * range.numKvHeads + head) * range.headDim,
                       range.headDim);
  };
  std::vector<double> shares;
  for (int64_t p = range.begin; p < range.end; ++p)
    shares.push_back(scale * dot(q, at(range.keys, p)));
  softmax(shares);
  for (int64_t p = range.begin; p < range.end; ++p)
    for (size_t d = 0; d < out.size(); ++d)
      out[d] += shares[p - range.begin] * at(range.values, p)[d];
}

void attendRow(std::span<const double> q, const KeyRange &range, double scale,
               std::span<double> out) {
  if (range.begin >= range.end)
    return;
  int64_t d = range.headDim;
  int64_t numHeads = static_cast<int64_t>(q.size()) / d;
  for (int64_t j = 0; j < numHeads; ++j)
    attendHead(q.subspan(j * d, d), range, j / (numHeads / range.numKvHeads),
               out.subspan(j * d, d), scale);
}

//===----------------------------------------------------------------------===//
// Rope
//===----------------------------------------------------------------------===//

static void rotate(std::span<double> head, double position,
                   std::span<const double> freqs) {
  size_t half = head.size() / 2;
  for (size_t i = 0; i < half; ++i) {
    double a = head[i], b = head[i + half], theta = position * freqs[i];
    head[i] = a * std::cos(theta) - b * std::sin(theta);
    head[i + half] = b * std::cos(theta) + a * std::sin(theta);
  }
}

GraphTensor rope(GraphTensor x, const GraphTensor &positions,
                 const GraphWeight &freqs) {
  std::vector<double> frequencies = freqs.row(0);
  int64_t axes = positions.rowSize(), part = x.lastDim() / axes;
  for (int64_t i = 0; i < x.numVectors(); ++i)
    for (int64_t a = 0; a < axes; ++a)
      rotate(x.vector(i).subspan(a * part, part),
             positions.row(i / x.shape[1])[a], frequencies);
  return x;
}

} // namespace g4
