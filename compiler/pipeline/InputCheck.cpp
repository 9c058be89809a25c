//===- InputCheck.cpp - Whether IR is what a phase reads ------------------===//

#include "compiler/pipeline/InputCheck.h"

#include "dialects/exec/Exec.h"
#include "dialects/tile/Tile.h"

#include "llvm/ADT/TypeSwitch.h"

namespace g4 {

using namespace mlir;

/// The facts that import states and pack needs.
static std::string missingFact(ModuleOp module) {
  auto facts = module->getAttrOfType<DictionaryAttr>("g4.model");
  if (!facts)
    return "g4.model";
  for (const char *name : {"vocab_size", "hidden_size", "num_layers",
                           "max_positions", "num_parameters"})
    if (!facts.getAs<IntegerAttr>(name))
      return std::string("g4.model.") + name;
  for (const char *name : {"name", "architecture", "chat_template"})
    if (!facts.getAs<StringAttr>(name))
      return std::string("g4.model.") + name;
  return "";
}

/// A kernel, weight or cache that a launch names and `variant` lacks.
static std::string missingSymbol(ModuleOp variant) {
  std::string missing;
  variant.walk([&](exec::LaunchOp launch) {
    auto need = [&](FlatSymbolRefAttr name) {
      if (!variant.lookupSymbol(name.getAttr()))
        missing = "@" + name.getValue().str();
    };
    need(launch.getKernelAttr());
    for (Attribute arg : launch.getArgs())
      llvm::TypeSwitch<Attribute>(arg)
          .Case<exec::WeightAttr, exec::CacheKeysAttr, exec::CacheValuesAttr,
                exec::CacheKeyScalesAttr, exec::CacheValueScalesAttr>(
              [&](auto named) { need(named.getName()); });
  });
  return missing;
}

static std::string whyNotVariant(Phase first, ModuleOp variant) {
  bool isPlanned = llvm::hasSingleElement(variant.getOps<exec::ProgramOp>());
  bool isEmitted = llvm::hasSingleElement(variant.getOps<exec::CodeOp>());
  if (!variant.getName())
    return "a module for a target has no name";
  if (isPlanned != (first >= Phase::Emit))
    return isPlanned ? "it has a g4x.program already" : "it has no g4x.program";
  if (isEmitted != (first == Phase::Pack))
    return isEmitted ? "it has g4x.code already" : "it has no g4x.code";
  if (std::string missing = missingSymbol(variant); !missing.empty())
    return "it has no " + missing;
  return "";
}

std::string whyNotInputOf(Phase first, ModuleOp module) {
  if (std::string missing = missingFact(module); !missing.empty())
    return "it has no " + missing;
  auto variants = module.getOps<ModuleOp>();
  if (first <= Phase::Tile)
    return variants.empty() ? "" : "it has modules for targets already";
  if (variants.empty())
    return "it has no module for a target";
  for (ModuleOp variant : variants) {
    if (!variant->getAttrOfType<tile::TargetAttr>("g4t.target"))
      return "a module has no g4t.target";
    if (std::string reason = whyNotVariant(first, variant); !reason.empty())
      return reason;
  }
  return "";
}

} // namespace g4
