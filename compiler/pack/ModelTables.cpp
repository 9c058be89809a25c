//===- ModelTables.cpp - Tables that follow from IR alone -----------------===//

#include "compiler/pack/ModelTables.h"

#include "runtime/artifact/ElementSize.h"

namespace g4 {

using namespace mlir;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

Offset<artifact::Model> modelTable(DictionaryAttr facts, FlatBufferBuilder &b) {
  auto number = [&](StringRef name) {
    return facts.getAs<IntegerAttr>(name).getInt();
  };
  auto text = [&](StringRef name) {
    return b.CreateString(facts.getAs<StringAttr>(name).str());
  };
  return artifact::CreateModel(b, text("name"), text("architecture"),
                               number("vocab_size"), number("hidden_size"),
                               number("num_layers"), number("max_positions"),
                               number("num_parameters"));
}

Offset<artifact::Weight> weightTable(graph::WeightOp weight,
                                     const artifact::Span &span,
                                     uint64_t checksum,
                                     Offset<artifact::Synthetic> synthetic,
                                     FlatBufferBuilder &b) {
  auto type = weight.getWeightType();
  return artifact::CreateWeight(
      b, b.CreateString(weight.getSymName().str()),
      g4rt::dtypeOf(type.getDescription().element),
      b.CreateVector(type.getShape().data(), type.getShape().size()),
      b.CreateString(type.packingName().str()), &span, checksum, synthetic);
}

artifact::DeviceKind deviceOf(tile::TargetAttr target) {
  if (target.getDevice() == "cuda")
    return artifact::DeviceKind::cuda;
  return target.getDevice() == "hip" ? artifact::DeviceKind::hip
                                     : artifact::DeviceKind::cpu;
}

std::vector<std::string> featuresOf(tile::TargetAttr target) {
  std::vector<std::string> features;
  for (StringAttr feature : target.getFeatures())
    features.push_back(feature.str());
  return features;
}

} // namespace g4
