//===- StoredFormats.cpp - The formats that a checkpoint has --------------===//

#include "compiler/quantize/StoredFormats.h"

#include "compiler/quantize/EncodeStored.h"
#include "dialects/graph/Graph.h"

namespace g4 {

using namespace mlir;
using artifact::WeightFormat;

/// Of the formats that take these blocks the one that loses nothing, or least;
/// null: none, or they are no blocks of codes.
static const WeightFormat *formatOf(RowStorage storage) {
  switch (storage) {
  case RowStorage::Q4_0:
    return artifact::findFormat("int4-f16");
  case RowStorage::Q4_1:
    return artifact::findFormat("int4-min");
  case RowStorage::Q4_K:
    return artifact::findFormat("int4-min-f32");
  case RowStorage::Q6_K:
    return artifact::findFormat("int6");
  case RowStorage::Q8_0:
    return artifact::findFormat("int8-g32");
  default:
    return nullptr;
  }
}

/// That of all parts; null if they differ.
static const WeightFormat *formatOf(graph::WeightOp weight,
                                    const Checkpoint &checkpoint) {
  std::optional<RowStorage> storage;
  for (const std::string &name : weight.getPartNames()) {
    const RowSource *part = checkpoint.find(name);
    if (!part || (storage && *storage != part->storage()))
      return nullptr;
    storage = part->storage();
  }
  const WeightFormat *format = storage ? formatOf(*storage) : nullptr;
  return format && takesStorage(*format, *storage) ? format : nullptr;
}

static bool isAlwaysF32(graph::WeightOp weight) {
  auto weightClass = weight.getWeightClassAttr();
  return weightClass &&
         (weightClass.getValue() == artifact::WeightClass::Norm ||
          weightClass.getValue() == artifact::WeightClass::Router);
}

std::vector<WeightPolicy::Rule> rulesOfStorage(ModuleOp module,
                                               const Checkpoint &checkpoint) {
  std::vector<WeightPolicy::Rule> rules;
  for (auto weight : module.getOps<graph::WeightOp>()) {
    if (!weight.getParts() || isAlwaysF32(weight))
      continue;
    if (const WeightFormat *format = formatOf(weight, checkpoint))
      rules.push_back({.name = weight.getSymName().str(), .format = format});
  }
  return rules;
}

} // namespace g4
