//===- SyntheticWeight.cpp - Weights that nobody trained ------------------===//

#include "compiler/pack/SyntheticWeight.h"

#include "runtime/base/Checksum.h"

namespace g4 {

using namespace mlir;

WeightRows WeightRows::of(graph::WeightOp weight) {
  quant::WeightType type = weight.getWeightType();
  WeightRows rows;
  if (auto attr = weight->getAttrOfType<IntegerAttr>("segments"))
    rows.segments = attr.getInt();
  rows.sourceRows =
      type.getRank() == 1 ? 1 : type.getDimSize(type.getRank() - 2);
  if (auto attr = weight->getAttrOfType<IntegerAttr>("source_rows"))
    rows.sourceRows = attr.getInt();
  return rows;
}

artifact::SyntheticValues syntheticValues(graph::WeightOp weight) {
  std::string key = std::to_string(*graph::syntheticSeed(weight)) + ":" +
                    weight.getSymName().str();
  auto range = weight->getAttrOfType<DenseF32ArrayAttr>(graph::kSyntheticAttr);
  return {.seed = g4rt::checksum(std::as_bytes(std::span(std::as_const(key)))),
          .center = range[0],
          .halfWidth = range[1]};
}

} // namespace g4
