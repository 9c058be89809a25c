//===- GraphCase.cpp - Graphs to interpret in tests -----------------------===//

#include "test/compiler/interpret/GraphCase.h"

#include "models/Family.h"

#include <cmath>
#include <iostream>
#include <limits>

namespace g4 {

using namespace mlir;

template <typename T>
static T orDie(g4rt::Result<T> result) {
  if (result)
    return *std::move(result);
  std::cerr << result.error().toString() << "\n";
  std::abort();
}

ImportedModel::ImportedModel(const std::string &path, ImportOptions options)
    : context_(std::make_unique<MLIRContext>()) {
  checkpoint_ = std::make_unique<Checkpoint>(
      orDie(Checkpoint::open(G4_TEST_ROOT "/" + path)));
  module_ = orDie(importModel(*checkpoint_, options, context_.get()));
}

OwningOpRef<ModuleOp> ImportedModel::graphBehind(const AddPasses &addPasses) {
  OwningOpRef<ModuleOp> copy = module_->clone();
  PassManager passes(context_.get());
  addPasses(passes);
  if (failed(passes.run(*copy)))
    std::abort();
  return copy;
}

GraphRun ImportedModel::run(ModuleOp module, const GraphStep &step,
                            Precision precision) const {
  GraphInterpreter interpreter =
      g4::interpreterOf(module.lookupSymbol<func::FuncOp>("text"),
                        checkpointWeights(*checkpoint_), precision);
  GraphRun run;
  interpreter.setTapSink([&](StringRef name, const GraphTensor &value) {
    run.taps[name.str()] = value;
  });
  run.logits = orDie(interpreter.step(step));
  return run;
}

GraphInterpreter ImportedModel::interpreter() const {
  ModuleOp module = *module_;
  return interpreterOf(module.lookupSymbol<func::FuncOp>("text"));
}

GraphInterpreter ImportedModel::interpreterOf(func::FuncOp function) const {
  return g4::interpreterOf(function, checkpointWeights(*checkpoint_));
}

int64_t ImportedModel::vocabSize() const {
  ModuleOp module = *module_;
  auto facts = module->getAttrOfType<DictionaryAttr>("g4.model");
  return facts.getAs<IntegerAttr>("vocab_size").getInt();
}

GraphInterpreter interpreterOf(func::FuncOp function,
                               const WeightSource &source,
                               Precision precision) {
  return orDie(GraphInterpreter::create(function, source, precision));
}

double relativeError(const std::vector<double> &a,
                     const std::vector<double> &b) {
  double error =
      a.size() == b.size() ? 0 : std::numeric_limits<double>::infinity();
  double size = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i]))
      return std::numeric_limits<double>::infinity();
    error = std::max(error, std::abs(a[i] - b[i]));
    size = std::max(size, std::abs(b[i]));
  }
  return error / size;
}

} // namespace g4
