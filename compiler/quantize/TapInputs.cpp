//===- TapInputs.cpp - Show what linears read -----------------------------===//
//
//   %w = g4.use @layers.0.mlp.up : ...
//   %y = g4.linear %x, %w : ...
//
// becomes
//
//   %w = g4.use @layers.0.mlp.up : ...
//   g4.tap "model.layers.0.mlp.up_proj.weight.input", %x : ...
//   %y = g4.linear %x, %w : ...
//
// The tap has the name of the first tensor that the weight is made of. The
// router has none: its weight stays f32, and nobody chooses a scale for it; nor
// has the head. A norm whose result is tapped is not fused into its linear,
// which is why only `g4c calibrate` runs this.
// Test: test/compiler/quantize/g4-tap-inputs.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/quantize/Passes.h"
#include "dialects/graph/Graph.h"

#include "llvm/ADT/TypeSwitch.h"

namespace g4 {

#define GEN_PASS_DEF_TAPINPUTSPASS
#include "compiler/quantize/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct TapInputs : impl::TapInputsPassBase<TapInputs> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      llvm::TypeSwitch<Operation *>(op).Case<LinearOp, ExpertLinearOp>(
          [](auto linear) { tap(linear, linear.getX(), linear.getW()); });
    });
  }

  static bool isRouter(WeightOp weight) {
    auto weightClass = weight.getWeightClassAttr();
    return weightClass &&
           weightClass.getValue() == artifact::WeightClass::Router;
  }

  /// The head's kernel takes the rows that it reads itself: nobody takes them
  /// for a tap.
  static bool isTaken(Value x) {
    if (auto norm = x.getDefiningOp<RmsNormOp>())
      x = norm.getX();
    return x.getDefiningOp<TakeRowsOp>() != nullptr;
  }

  static void tap(Operation *linear, Value x, Value w) {
    if (isTaken(x))
      return;
    auto use = w.getDefiningOp<UseOp>();
    auto weight = use ? SymbolTable::lookupNearestSymbolFrom<WeightOp>(
                            use, use.getNameAttr())
                      : WeightOp();
    if (!weight || isRouter(weight) || !weight.getParts() ||
        weight.getParts()->empty())
      return;
    auto tensor = cast<StringAttr>((*weight.getParts())[0]);
    OpBuilder b(linear);
    TapOp::create(b, linear->getLoc(), tensor.str() + ".input", x);
  }
};

} // namespace
} // namespace g4
