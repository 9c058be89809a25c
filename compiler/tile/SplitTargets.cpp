//===- SplitTargets.cpp - One copy of the model for each target -----------===//
//
//   module attributes {g4t.targets = [#a, #b]} { ... }
//
// becomes
//
//   module { module @a attributes {g4t.target = #a} { ... }
//            module @b attributes {g4t.target = #b} { ... } }
//
// Test: test/compiler/tile/g4-split-targets.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/Passes.h"
#include "dialects/tile/Tile.h"

#include "mlir/IR/Builders.h"

namespace g4 {

#define GEN_PASS_DEF_SPLITTARGETSPASS
#include "compiler/tile/Passes.h.inc"

using namespace mlir;

namespace {

struct SplitTargets : impl::SplitTargetsPassBase<SplitTargets> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto targets = module->getAttrOfType<ArrayAttr>("g4t.targets");
    if (!targets || targets.empty() || !llvm::all_of(targets, [](Attribute a) {
          return isa<tile::TargetAttr>(a);
        })) {
      module.emitError(
          "needs the attribute g4t.targets, one #g4t.target or more");
      return signalPassFailure();
    }
    SmallVector<Operation *> content;
    for (Operation &op : *module.getBody())
      content.push_back(&op);
    OpBuilder b(&getContext());
    for (Attribute attribute : targets) {
      auto target = cast<tile::TargetAttr>(attribute);
      b.setInsertionPointToEnd(module.getBody());
      auto nested = ModuleOp::create(b, module.getLoc(), target.getName());
      nested->setAttr("g4t.target", target);
      b.setInsertionPointToEnd(nested.getBody());
      for (Operation *op : content)
        b.clone(*op);
    }
    for (Operation *op : content)
      op->erase();
    module->removeAttr("g4t.targets");
  }
};

} // namespace
} // namespace g4
