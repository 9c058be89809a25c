//===- OrderDispatches.cpp - What can run together stands together --------===//
//
//   %g = g4x.dispatch "gate_up"(%x)              depth n
//   %d = g4x.dispatch "down"(%g)                 depth n + 1
//   %r = g4x.dispatch "router"(%x)               depth n
//
// becomes gate_up, router, down: by depth, that is by the longest way of
// dispatches to a value, and as they were among equals. The planner then gives
// neighbours of one depth storages of their own, and MergeLaunches.cpp finds
// them side by side. For targets whose launches can be merged. Test:
// test/compiler/plan/g4-order-dispatches.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/plan/Passes.h"
#include "compiler/tile/TargetConfig.h"
#include "dialects/exec/Exec.h"
#include "dialects/graph/Graph.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>

namespace g4 {

#define GEN_PASS_DEF_ORDERDISPATCHESPASS
#include "compiler/plan/Passes.h.inc"

using namespace mlir;

static void orderByDepth(func::FuncOp function) {
  Block &block = function.getBody().front();
  DenseMap<Operation *, int64_t> depths;
  std::map<int64_t, SmallVector<Operation *>> byDepth;
  for (Operation &op : block.without_terminator()) {
    // Views and taps are as deep as what they look at.
    int64_t depth = 0, step = isa<exec::DispatchOp>(op) ? 1 : 0;
    for (Value operand : op.getOperands())
      if (Operation *maker = operand.getDefiningOp())
        depth = std::max(depth, depths.lookup(maker) + step);
    depths[&op] = depth;
    byDepth[depth].push_back(&op);
  }
  for (auto &[depth, ops] : byDepth)
    for (Operation *op : ops)
      op->moveBefore(block.getTerminator());
}

namespace {

struct OrderDispatches : impl::OrderDispatchesPassBase<OrderDispatches> {
  void runOnOperation() override {
    getOperation().walk([](ModuleOp module) {
      auto target = module->getAttrOfType<tile::TargetAttr>("g4t.target");
      if (!target || !TargetConfig::of(target).sizesInMemory)
        return;
      for (auto function : module.getOps<func::FuncOp>())
        if (!function.isExternal())
          orderByDepth(function);
    });
  }
};

} // namespace
} // namespace g4
