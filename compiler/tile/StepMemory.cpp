//===- StepMemory.cpp - Kernels that read a step's sizes ------------------===//

#include "compiler/tile/StepMemory.h"

#include "compiler/tile/kernels/KernelBuilder.h"
#include "dialects/exec/Exec.h"

namespace g4 {

using namespace mlir;

static Value loadSize(OpBuilder &b, Location loc, Value memory) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value word = memref::LoadOp::create(b, loc, memory, zero);
  return arith::IndexCastOp::create(b, loc, b.getIndexType(), word);
}

/// Puts all of the kernel but its scratch, which belongs to the whole item,
/// under one condition, the same for all threads of the item.
static void guardBody(tile::KernelOp kernel, Value active) {
  Block &block = kernel.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    if (!isa<tile::ScratchOp>(op))
      ops.push_back(&op);
  OpBuilder b(block.getTerminator());
  Location loc = kernel.getLoc();
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                            kernel.getGridX(), loadSize(b, loc, active));
  auto branch = scf::IfOp::create(b, loc, exists, /*withElseRegion=*/false);
  for (Operation *op : ops)
    op->moveBefore(branch.thenBlock()->getTerminator());
}

SmallVector<Attribute> readSizesFromMemory(tile::KernelOp kernel,
                                           ArrayRef<Attribute> params) {
  MLIRContext *context = kernel.getContext();
  Block &block = kernel.getBody().front();
  bool isDone = kernel.getParams().size() > params.size();
  OpBuilder b = OpBuilder::atBlockBegin(&block);
  SmallVector<Attribute> result;
  for (auto [i, param] : llvm::enumerate(params)) {
    auto dim = dyn_cast<exec::DimAttr>(param);
    result.push_back(dim ? exec::DimAddressAttr::get(context, dim.getDim())
                         : param);
    if (!dim || isDone)
      continue;
    BlockArgument argument = block.getArgument(i);
    argument.setType(wordsType(b));
    Value size = loadSize(b, kernel.getLoc(), argument);
    argument.replaceAllUsesExcept(
        size, size.getDefiningOp()->getOperand(0).getDefiningOp());
  }
  result.push_back(exec::ActiveItemsAttr::get(context));
  if (!isDone)
    guardBody(kernel, block.insertArgument(params.size(), wordsType(b),
                                           kernel.getLoc()));
  return result;
}

} // namespace g4
