//===- SharedInputs.cpp - Weights that read one value ---------------------===//

#include "compiler/quantize/SharedInputs.h"

#include "llvm/ADT/MapVector.h"

namespace g4 {

using namespace mlir;

static bool hasChoice(graph::WeightOp weight) {
  auto weightClass = weight.getWeightClassAttr();
  bool isAlwaysF32 =
      weightClass && (weightClass.getValue() == artifact::WeightClass::Norm ||
                      weightClass.getValue() == artifact::WeightClass::Router);
  return weight.getParts() && !isAlwaysF32;
}

/// By weight the value that its linear reads. A table that is the head too
/// stays by itself: nothing else reads what a head reads.
static llvm::DenseMap<Operation *, Value> inputs(ModuleOp module) {
  llvm::DenseMap<Operation *, Value> inputs;
  module.walk([&](graph::LinearOp linear) {
    if (auto use = linear.getW().getDefiningOp<graph::UseOp>())
      inputs[SymbolTable::lookupNearestSymbolFrom<graph::WeightOp>(
          use, use.getNameAttr())] = linear.getX();
  });
  return inputs;
}

std::vector<std::vector<graph::WeightOp>> weightsByInput(ModuleOp module) {
  llvm::DenseMap<Operation *, Value> inputOf = inputs(module);
  llvm::MapVector<const void *, std::vector<graph::WeightOp>> groups;
  for (auto weight : module.getOps<graph::WeightOp>()) {
    if (!hasChoice(weight))
      continue;
    Value input = inputOf.lookup(weight);
    groups[input ? input.getAsOpaquePointer() : weight.getAsOpaquePointer()]
        .push_back(weight);
  }
  std::vector<std::vector<graph::WeightOp>> result;
  for (auto &[input, weights] : groups)
    result.push_back(std::move(weights));
  return result;
}

} // namespace g4
