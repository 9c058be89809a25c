//===- StoredFormats.cpp - The formats that a checkpoint has --------------===//

#include "compiler/quantize/StoredFormats.h"

#include "compiler/quantize/EncodeStored.h"
#include "compiler/quantize/SharedInputs.h"

#include "llvm/ADT/MapVector.h"

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

using Formats = llvm::MapVector<StringRef, const WeightFormat *>;

/// Weights that need one format: where files have several (values of attention
/// are often finer than keys) all of them become integers of 8 bits.
static void unite(ArrayRef<graph::WeightOp> weights, Formats &formats) {
  auto formatOf = [&](graph::WeightOp weight) {
    return formats.lookup(weight.getSymName());
  };
  if (llvm::all_equal(llvm::map_range(weights, formatOf)))
    return;
  const WeightFormat *common = artifact::findFormat("int8-g32");
  for (graph::WeightOp weight : weights) {
    formats[weight.getSymName()] = common;
    weight.emitRemark("is stored as ")
        << common->name
        << ": weights that read the same value have several formats";
  }
}

std::vector<WeightPolicy::Rule> rulesOfStorage(ModuleOp module,
                                               const Checkpoint &checkpoint) {
  Formats formats;
  auto groups = weightsByInput(module);
  for (const auto &weights : groups)
    for (graph::WeightOp weight : weights)
      if (const WeightFormat *format = formatOf(weight, checkpoint))
        formats[weight.getSymName()] = format;
  for (const auto &weights : groups)
    unite(weights, formats);
  std::vector<WeightPolicy::Rule> rules;
  for (auto [name, format] : formats)
    rules.push_back({.name = name.str(), .format = format});
  return rules;
}

} // namespace g4
