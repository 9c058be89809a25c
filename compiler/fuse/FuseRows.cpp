//===- FuseRows.cpp - Ops that need one row at a time become one ----------===//
//
//   %n = g4.rms_norm %y, %w              %h1 = g4.add %h, %n
//
// becomes
//
//   %h1 = g4.rows(%y, %w, %h) ... {
//   ^bb0(%a0, %a1, %a2):
//     %n = g4.rms_norm %a0, %a1          %s = g4.add %a2, %n
//     g4.yield %s
//   }
//
// Ops are taken in program order; a group ends where an op that cannot be in it
// reads one of its values, so that the group can stand at its last op's place.
// Tensors of a group have one shape. Test: test/compiler/fuse/g4-fuse-rows.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

#include "llvm/ADT/SetVector.h"
#include "mlir/IR/IRMapping.h"

namespace g4 {

#define GEN_PASS_DEF_FUSEROWSPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct FuseRows : impl::FuseRowsPassBase<FuseRows> {
  using Group = llvm::SetVector<Operation *>;

  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation().walk([&](Operation *op) {
      if (!isa<RowsOp, ModuleOp>(op))
        for (Region &region : op->getRegions())
          for (Block &block : region)
            blocks.push_back(&block);
    });
    for (Block *block : blocks)
      fuseBlock(*block);
  }

  void fuseBlock(Block &block) {
    Group group;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isRowOp(&op)) {
        if (!group.empty() &&
            group.front()->getResult(0).getType() != op.getResult(0).getType())
          close(group);
        group.insert(&op);
        continue;
      }
      if (reads(&op, group))
        close(group);
    }
    close(group);
  }

  static bool reads(Operation *op, const Group &group) {
    return llvm::any_of(op->getOperands(), [&](Value value) {
      return group.contains(value.getDefiningOp());
    });
  }

  /// Replaces the ops of `group` by one g4.rows, erases them and empties it.
  static void close(Group &group) {
    if (group.empty())
      return;
    llvm::SetVector<Value> inputs, outputs;
    for (Operation *op : group) {
      for (Value operand : op->getOperands())
        if (!group.contains(operand.getDefiningOp()))
          inputs.insert(operand);
      if (llvm::any_of(op->getUsers(),
                       [&](Operation *u) { return !group.contains(u); }))
        outputs.insert(op->getResult(0));
    }
    if (!outputs.empty()) // else nobody reads the group
      build(group, inputs.getArrayRef(), outputs.getArrayRef());
    for (Operation *op : llvm::reverse(group.getArrayRef()))
      op->erase();
    group.clear();
  }

  static void build(const Group &group, ArrayRef<Value> inputs,
                    ArrayRef<Value> outputs) {
    Operation *last = group.back();
    OpBuilder b(last);
    b.setInsertionPointAfter(last);
    SmallVector<Type> types;
    for (Value output : outputs)
      types.push_back(output.getType());
    auto rows = RowsOp::create(b, last->getLoc(), types, inputs);
    Block &body = rows.getBody().emplaceBlock();
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body.addArgument(input.getType(), input.getLoc()));
    b.setInsertionPointToEnd(&body);
    for (Operation *op : group)
      b.clone(*op, mapping);
    SmallVector<Value> yielded;
    for (Value output : outputs)
      yielded.push_back(mapping.lookup(output));
    YieldOp::create(b, last->getLoc(), yielded);
    for (auto [output, result] : llvm::zip(outputs, rows.getOutputs())) {
      Value value = output;
      value.replaceUsesWithIf(result, [&](OpOperand &use) {
        return !group.contains(use.getOwner());
      });
    }
  }
};

} // namespace
} // namespace g4
