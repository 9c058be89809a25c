//===- FuseRouter.cpp - The steps of routing become one router ------------===//
//
//   %n = g4.rms_norm %x                  %r = g4.scale %n, %s {factor}
//   %l = g4.linear %r, %proj             %w, %e = g4.top_k %l {skip_below}
//   %y = g4.expert_scale %w, %e, %per_expert
//
// becomes
//
//   %y, %e = g4.router %x, %s, %proj, %per_expert {factor, epsilon, skip_below}
//
// Declined, with a remark, if anything else reads a step in between.
// Test: test/compiler/fuse/g4-fuse-router.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

#include <string>

namespace g4 {

#define GEN_PASS_DEF_FUSEROUTERPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct FuseRouter : impl::FuseRouterPassBase<FuseRouter> {
  void runOnOperation() override {
    SmallVector<TopKOp> topKs;
    getOperation().walk([&](TopKOp op) { topKs.push_back(op); });
    for (TopKOp topK : topKs)
      if (std::string reason = fuse(topK); !reason.empty())
        topK.emitRemark("router not fused: ") << reason;
  }

  std::string fuse(TopKOp topK) {
    auto linear = topK.getLogits().getDefiningOp<LinearOp>();
    auto scale = linear ? linear.getX().getDefiningOp<ScaleOp>() : ScaleOp();
    auto norm = scale ? scale.getX().getDefiningOp<RmsNormOp>() : RmsNormOp();
    if (!norm || norm.getWeight() || !scale.getWeight())
      return "the logits are not a linear of a scaled norm";
    if (!linear->hasOneUse() || !scale->hasOneUse() || !norm->hasOneUse())
      return "a step in between has other readers";
    auto *user = topK.getWeights().hasOneUse() ? *topK.getWeights().user_begin()
                                               : nullptr;
    auto expertScale = dyn_cast_or_null<ExpertScaleOp>(user);
    if (!expertScale || expertScale.getExperts() != topK.getExperts())
      return "the weights are not scaled per expert";
    for (Operation *reader : topK.getExperts().getUsers())
      if (reader->getBlock() != expertScale->getBlock() ||
          reader->isBeforeInBlock(expertScale))
        return "the experts are read before the weights are scaled";
    replace(norm, scale, linear, topK, expertScale);
    return {};
  }

  static void replace(RmsNormOp norm, ScaleOp scale, LinearOp linear,
                      TopKOp topK, ExpertScaleOp expertScale) {
    OpBuilder b(expertScale);
    auto router = RouterOp::create(
        b, topK.getLoc(), expertScale.getType(), topK.getExperts().getType(),
        norm.getX(), scale.getWeight(), linear.getW(), expertScale.getScales(),
        scale.getFactorAttr(), norm.getEpsilonAttr(), topK.getSkipBelowAttr());
    expertScale.replaceAllUsesWith(router.getWeights());
    topK.getExperts().replaceUsesWithIf(
        router.getExperts(),
        [&](OpOperand &use) { return use.getOwner() != expertScale; });
    for (Operation *op :
         {expertScale.getOperation(), topK.getOperation(),
          linear.getOperation(), scale.getOperation(), norm.getOperation()})
      op->erase();
  }
};

} // namespace
} // namespace g4
