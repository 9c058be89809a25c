//===- SyntheticWeight.cpp - Weights that nobody trained ------------------===//

#include "compiler/pack/SyntheticWeight.h"

#include "runtime/base/Checksum.h"

namespace g4 {

using namespace mlir;

static void encodePlain(const artifact::WeightFormat &format,
                        const artifact::SyntheticValues &values,
                        const SyntheticRow &row, EncodedRow &out) {
  std::vector<float> numbers(row.numCols);
  for (int64_t k = 0; k < row.numCols; ++k)
    numbers[k] = values.at(row.row, static_cast<uint32_t>(k));
  encodeRow(format, numbers, out);
}

void encodeSynthetic(const artifact::WeightFormat &format,
                     const artifact::SyntheticValues &values,
                     const SyntheticRow &row, EncodedRow &out) {
  if (format.isPlain())
    return encodePlain(format, values, row, out);
  EncodedFields fields(format, out, row.numCols);
  for (int64_t k = 0; k < row.numCols; ++k)
    fields.setCode(k, values.codeAt(format, row.row, static_cast<uint32_t>(k)));
  for (int64_t g = 0; g < fields.numGroups(); ++g) {
    auto group = static_cast<uint32_t>(g);
    fields.setScale(g, values.scaleBitsAt(format, row.row, group));
    if (format.hasMinimum)
      fields.setMinimum(g, values.minimumBitsAt(format, row.row, group));
  }
}

artifact::SyntheticValues syntheticValues(graph::WeightOp weight) {
  std::string key = std::to_string(*graph::syntheticSeed(weight)) + ":" +
                    weight.getSymName().str();
  ArrayRef<float> range = *weight.getSynthetic();
  return {.seed = g4rt::checksum(std::as_bytes(std::span(std::as_const(key)))),
          .center = range[0],
          .halfWidth = range[1]};
}

} // namespace g4
