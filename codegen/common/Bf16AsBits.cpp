//===- Bf16AsBits.cpp - bf16 values as the integers that hold them --------===//
//
//   %x = llvm.load %p : !llvm.ptr -> vector<6xbf16>
//   %b = arith.bitcast %x : vector<6xbf16> to vector<6xi16>
//
// becomes
//
//   %b = llvm.load %p : !llvm.ptr -> vector<6xi16>
//
// For machines without instructions for bf16, after the pass that writes its
// conversions as integer arithmetic, so that bf16 is only moved. LLVM takes a
// vector of bf16 whose length fits no register apart into f32 and back, and
// calls a function of its library (__truncsfbf2) for each element, which is not
// there where the code is loaded; of integers it makes moves. Code that
// calculates with bf16, as emulated GPU kernels do, is left alone.
// Test: test/codegen/common/g4-bf16-as-bits.mlir
//
//===----------------------------------------------------------------------===//

#include "codegen/common/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace g4 {

#define GEN_PASS_DEF_BF16ASBITSPASS
#include "codegen/common/Passes.h.inc"

using namespace mlir;

/// `type` with i16 for bf16.
static Type asBits(Type type) {
  if (!getElementTypeOrSelf(type).isBF16())
    return type;
  Type bits = IntegerType::get(type.getContext(), 16);
  if (auto vector = dyn_cast<VectorType>(type))
    return vector.clone(bits);
  return type.isBF16() ? bits : type;
}

static void retypeConstant(arith::ConstantOp op) {
  if (auto number = dyn_cast<FloatAttr>(op.getValue()))
    op.setValueAttr(IntegerAttr::get(asBits(op.getType()),
                                     number.getValue().bitcastToAPInt()));
  else if (auto numbers = dyn_cast<DenseElementsAttr>(op.getValue()))
    op.setValueAttr(numbers.bitcast(IntegerType::get(op.getContext(), 16)));
}

static void retype(Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    if (asBits(constant.getType()) != constant.getType())
      retypeConstant(constant);
  for (Value result : op->getResults())
    result.setType(asBits(result.getType()));
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (Value argument : block.getArguments())
        argument.setType(asBits(argument.getType()));
}

/// Whether `op` calculates with bf16, which bits cannot do.
static bool calculates(Operation *op) {
  return op->hasTrait<OpTrait::Elementwise>() &&
         !isa<arith::BitcastOp, arith::SelectOp>(op) &&
         llvm::any_of(op->getOperandTypes(), [](Type type) {
           return getElementTypeOrSelf(type).isBF16();
         });
}

namespace {

struct Bf16AsBits : impl::Bf16AsBitsPassBase<Bf16AsBits> {
  void runOnOperation() override {
    WalkResult all = getOperation()->walk([](Operation *op) {
      return calculates(op) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (all.wasInterrupted())
      return;
    getOperation()->walk(retype);
    getOperation()->walk([](arith::BitcastOp op) {
      if (op.getIn().getType() != op.getType())
        return;
      op.getResult().replaceAllUsesWith(op.getIn());
      op.erase();
    });
  }
};

} // namespace
} // namespace g4
