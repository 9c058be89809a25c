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

void SyntheticRows::packInt4(const artifact::PackedInt4 &matrix,
                             const Place &place,
                             std::span<std::byte> panel) const {
  auto row = static_cast<uint32_t>(place.source);
  for (int64_t k = 0; k < matrix.numCols; ++k) {
    auto [byte, shift] = matrix.nibbleOf(place.row, k);
    int q = values.int4At(row, static_cast<uint32_t>(k));
    panel[byte] ^= std::byte((q ^ artifact::kInt4Zero) << shift);
    if (k % artifact::kInt4Group != 0)
      continue;
    auto group = static_cast<uint32_t>(k / artifact::kInt4Group);
    uint16_t scale = values.int4ScaleAt(row, group);
    std::memcpy(&panel[matrix.scaleOf(place.row, k)], &scale, sizeof(scale));
  }
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
