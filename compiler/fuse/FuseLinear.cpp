//===- FuseLinear.cpp - A linear with its norm and epilogue ---------------===//
//
//   %n = g4.rms_norm %x, %s              %z = g4.linear %n, %w
//   %g = g4.slice %z {offset = 0}        %u = g4.slice %z {offset = I}
//   %y = g4.gelu_mul %g, %u
//
// becomes, if nothing else reads %n, %z, %g or %u,
//
//   %y = g4.fused_linear %x, %w norm %s <gelu_gated> {epsilon}
//
// and likewise gelu_mul with another value (gelu_times) and softcap. Every
// linear and expert_linear becomes a fused_linear; what it could not take in is
// said in a remark. Test: test/compiler/fuse/g4-fuse-linear.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/fuse/Passes.h"
#include "dialects/graph/Graph.h"

namespace g4 {

#define GEN_PASS_DEF_FUSELINEARPASS
#include "compiler/fuse/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

/// What a fused linear is made of.
struct Parts {
  Operation *linear;
  Value x, w, norm, experts, up;
  Epilogue epilogue = Epilogue::None;
  FloatAttr epsilon, cap;
  /// The op whose result is replaced, and what is dead then besides.
  Operation *root;
  RmsNormOp deadNorm;
  SmallVector<SliceOp> deadSlices;
};

struct FuseLinear : impl::FuseLinearPassBase<FuseLinear> {
  void runOnOperation() override {
    SmallVector<Operation *> linears;
    getOperation().walk([&](Operation *op) {
      if (isa<LinearOp, ExpertLinearOp>(op))
        linears.push_back(op);
    });
    for (Operation *op : linears)
      fuse(op);
  }

  static void fuse(Operation *op) {
    Parts parts;
    parts.linear = parts.root = op;
    if (auto linear = dyn_cast<LinearOp>(op)) {
      parts.x = linear.getX();
      parts.w = linear.getW();
    } else {
      auto expert = cast<ExpertLinearOp>(op);
      parts.x = expert.getX();
      parts.w = expert.getW();
      parts.experts = expert.getExperts();
    }
    takeNorm(parts);
    takeEpilogue(parts);
    replace(parts);
  }

  static void takeNorm(Parts &parts) {
    auto norm = parts.x.getDefiningOp<RmsNormOp>();
    if (!norm || !norm.getWeight())
      return;
    if (!norm->hasOneUse()) {
      parts.linear->emitRemark("the norm before it is not fused: it has ")
          << llvm::range_size(norm->getUses()) << " readers";
      return;
    }
    parts.x = norm.getX();
    parts.norm = norm.getWeight();
    parts.epsilon = norm.getEpsilonAttr();
    parts.deadNorm = norm;
  }

  static void takeEpilogue(Parts &parts) {
    Value z = parts.linear->getResult(0);
    if (takeGatedGelu(parts, z) || !z.hasOneUse())
      return;
    Operation *user = *z.user_begin();
    if (auto softcap = dyn_cast<SoftcapOp>(user)) {
      parts.epilogue = Epilogue::Softcap;
      parts.cap = softcap.getCapAttr();
      parts.root = softcap;
    } else if (auto gelu = dyn_cast<GeluMulOp>(user);
               gelu && gelu.getGate() == z && gelu.getUp() != z) {
      parts.epilogue = Epilogue::GeluTimes;
      parts.up = gelu.getUp();
      parts.root = gelu;
    }
  }

  // The two halves of the result, multiplied.
  static bool takeGatedGelu(Parts &parts, Value z) {
    SmallVector<SliceOp> slices;
    for (Operation *user : z.getUsers())
      if (auto slice = dyn_cast<SliceOp>(user))
        slices.push_back(slice);
    if (slices.size() != 2 || llvm::range_size(z.getUses()) != 2)
      return false;
    if (slices[0].getOffset() != 0)
      std::swap(slices[0], slices[1]);
    SliceOp gate = slices[0], up = slices[1];
    auto widthOf = [](Value value) {
      return cast<RankedTensorType>(value.getType()).getShape().back();
    };
    if (!gate->hasOneUse() || !up->hasOneUse() || gate.getOffset() != 0 ||
        int64_t(up.getOffset()) != widthOf(gate) ||
        2 * widthOf(gate) != widthOf(z) || widthOf(up) != widthOf(gate))
      return false;
    auto gelu = dyn_cast<GeluMulOp>(*gate->user_begin());
    if (!gelu || gelu.getGate() != gate.getResult() ||
        gelu.getUp() != up.getResult())
      return false;
    parts.epilogue = Epilogue::GeluGated;
    parts.root = gelu;
    parts.deadSlices = {gate, up};
    return true;
  }

  static void replace(Parts &parts) {
    OpBuilder b(parts.root);
    auto fused = FusedLinearOp::create(
        b, parts.linear->getLoc(), parts.root->getResult(0).getType(), parts.x,
        parts.w, parts.norm, parts.experts, parts.up,
        EpilogueAttr::get(b.getContext(), parts.epilogue), parts.epsilon,
        parts.cap);
    parts.root->getResult(0).replaceAllUsesWith(fused.getY());
    if (parts.root != parts.linear)
      parts.root->erase();
    for (SliceOp slice : parts.deadSlices)
      slice.erase();
    parts.linear->erase();
    if (parts.deadNorm)
      parts.deadNorm.erase();
  }
};

} // namespace
} // namespace g4
