//===- TilePhase.cpp - Each fused op becomes a kernel and a dispatch ------===//
//
//   %y = g4.fused_linear %x, %w norm %s <none> {epsilon} : ...
//
// becomes, for a target with two buckets of step sizes,
//
//   g4t.kernel @linear_f32_n192k192_norm_m1n64(...) ...
//   g4t.kernel @linear_f32_n192k192_norm_m8n32(...) ...
//   %y = g4x.dispatch "layers.0.attn.q_k_v"(%x)
//            {kernels = [@linear.._m1n64, @linear.._m8n32], ...}
//
// Test: test/compiler/tile/g4-tile.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/tile/Passes.h"
#include "compiler/tile/Tiler.h"

namespace g4 {

#define GEN_PASS_DEF_TILEPASS
#include "compiler/tile/Passes.h.inc"

using namespace mlir;

namespace {

struct TilePhase : impl::TilePassBase<TilePhase> {
  void runOnOperation() override {
    SmallVector<ModuleOp> modules;
    getOperation().walk([&](ModuleOp module) {
      if (module->hasAttr("g4t.target"))
        modules.push_back(module);
    });
    for (ModuleOp module : modules) {
      auto target = module->getAttrOfType<tile::TargetAttr>("g4t.target");
      if (!target) {
        module.emitError("g4t.target must be a #g4t.target");
        return signalPassFailure();
      }
      if (failed(Tiler(module, target).run()))
        return signalPassFailure();
    }
  }
};

} // namespace
} // namespace g4
