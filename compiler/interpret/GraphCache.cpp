//===- GraphCache.cpp - Keys and values of an interpreted graph -----------===//

#include "compiler/interpret/GraphCache.h"

#include "compiler/interpret/GraphMath.h"
#include "runtime/base/Bf16.h"

#include <algorithm>
#include <cmath>

namespace g4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

static Status invalid(graph::KvCacheOp cache, int32_t sequence,
                      const std::string &message) {
  return Status(StatusCode::InvalidArgument,
                "cache " + cache.getSymName().str() + ", sequence " +
                    std::to_string(sequence) + ": " + message);
}

double GraphCache::stored(double value, Type dtype) const {
  if (dtype.isBF16())
    return g4rt::fromBf16(g4rt::toBf16(static_cast<float>(value)));
  return precision_ == Precision::F32 ? static_cast<float>(value) : value;
}

/// The nearest e4m3 of f32.
static double nearestE4M3(float value) {
  llvm::APFloat number(value);
  bool losesInfo = false;
  number.convert(llvm::APFloat::Float8E4M3FN(),
                 llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  number.convert(llvm::APFloat::IEEEdouble(),
                 llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return number.convertToDouble();
}

/// Rounds what a position and head store of a key or a value.
void GraphCache::storeHead(std::span<double> head,
                           graph::KvCacheOp cache) const {
  if (!cache.isQuantized()) {
    for (double &x : head)
      x = stored(x, cache.getDtype());
    return;
  }
  double most = 0;
  for (double x : head)
    most = std::max(most, std::abs(x));
  bool isInt = cache.getDtype().isInteger(8);
  auto scale = static_cast<float>(most / (isInt ? 127 : 448));
  for (double &x : head) {
    double number = scale > 0 ? x / scale : 0;
    number = isInt ? std::floor(number + 0.5)
                   : nearestE4M3(static_cast<float>(number));
    x = number * scale;
  }
}

Status GraphCache::write(graph::KvCacheOp cache, const GraphTensor &keys,
                         const GraphTensor &values, Rows rows) {
  int64_t size = keys.rowSize();
  for (int64_t t = 0; t < keys.numRows(); ++t) {
    int32_t name = rows.sequences[t];
    Sequence &sequence = sequences_[{cache.getSymName().str(), name}];
    auto position = static_cast<int64_t>(rows.positions.elements[t]);
    if (position < 0 || position > sequence.length)
      return invalid(cache, name,
                     "position " + std::to_string(position) +
                         " is written, the next is " +
                         std::to_string(sequence.length));
    sequence.length = std::max(sequence.length, position + 1);
    sequence.keys.resize(sequence.length * size);
    sequence.values.resize(sequence.length * size);
    int64_t d = keys.lastDim();
    for (int64_t first = 0; first < size; first += d) {
      auto value =
          std::span(sequence.values).subspan(position * size + first, d);
      auto key = std::span(sequence.keys).subspan(position * size + first, d);
      std::copy_n(values.row(t).begin() + first, d, value.begin());
      storeHead(value, cache);
      std::vector<double> own; // columns of the key that are stored
      for (int64_t i = 0; i < d; ++i)
        if (cache.storesKeyColumn(i))
          own.push_back(keys.row(t)[first + i]);
      storeHead(own, cache);
      auto next = own.begin();
      for (int64_t i = 0; i < d; ++i)
        key[i] = cache.storesKeyColumn(i) ? *next++ : value[i];
    }
  }
  return Status();
}

Result<const GraphCache::Sequence *>
GraphCache::find(graph::KvCacheOp cache, int32_t name, int64_t position) const {
  auto found = sequences_.find({cache.getSymName().str(), name});
  int64_t length = found == sequences_.end() ? 0 : found->second.length;
  if (position < 0 || position >= length)
    return invalid(cache, name,
                   "position " + std::to_string(position) +
                       " attends, the next to be written is " +
                       std::to_string(length));
  return &found->second;
}

Result<GraphTensor> GraphCache::attend(graph::KvCacheOp cache,
                                       const GraphTensor &q, double scale,
                                       Rows rows,
                                       const GraphTensor *ends) const {
  auto numKvHeads = static_cast<int64_t>(cache.getNumKvHeads());
  auto window = static_cast<int64_t>(cache.getWindow());
  G4RT_ASSIGN(GraphTensor y, makeTensor(q.shape));
  for (int64_t t = 0; t < q.numRows(); ++t) {
    auto position = static_cast<int64_t>(rows.positions.elements[t]);
    G4RT_ASSIGN(const Sequence *sequence,
                find(cache, rows.sequences[t], position));
    int64_t end = ends ? static_cast<int64_t>(ends->elements[t]) : position + 1;
    if (end <= position || end > sequence->length)
      return invalid(cache, rows.sequences[t],
                     "position " + std::to_string(position) + " sees up to " +
                         std::to_string(end) + " of " +
                         std::to_string(sequence->length) + " keys");
    int64_t begin =
        window == 0 ? 0 : std::max<int64_t>(position + 1 - window, 0);
    attendRow(q.row(t),
              {.keys = sequence->keys,
               .values = sequence->values,
               .numKvHeads = numKvHeads,
               .headDim = q.lastDim(),
               .begin = begin,
               .end = end},
              scale, y.row(t));
  }
  return y;
}

} // namespace g4
