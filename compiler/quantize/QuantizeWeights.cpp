//===- QuantizeWeights.cpp - Choose how each weight is stored -------------===//
//
//   g4.weight @layers.0.attn.q : !g4q.weight<[64, 32], <f32>> parts ["..."]
//   %w = g4.use @layers.0.attn.q : !g4q.weight<[64, 32], <f32>>
//
// becomes, with weights=bf16,
//
//   g4.weight @layers.0.attn.q : !g4q.weight<[64, 32], <bf16>> parts ["..."]
//   %w = g4.use @layers.0.attn.q : !g4q.weight<[64, 32], <bf16>>
//
// The policy that `weights` names says the format of each class; what the
// compiler computes stays f32. No bytes move. Test:
// test/compiler/quantize/g4-quantize-weights.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/quantize/GroupRules.h"
#include "compiler/quantize/Passes.h"
#include "compiler/quantize/PolicyFile.h"
#include "dialects/graph/Graph.h"

#include "llvm/ADT/StringSwitch.h"

namespace g4 {

#define GEN_PASS_DEF_QUANTIZEWEIGHTSPASS
#include "compiler/quantize/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct QuantizeWeights : impl::QuantizeWeightsPassBase<QuantizeWeights> {
  using Base::Base;
  QuantizeWeights(WeightPolicy policy, StringRef cacheFormat)
      : policy_(std::move(policy)) {
    kvCache = cacheFormat.str();
  }

  void runOnOperation() override {
    auto policy =
        policy_ ? g4rt::Result<WeightPolicy>(*policy_) : findPolicy(weights);
    if (!policy) {
      getOperation().emitError(policy.error().message());
      return signalPassFailure();
    }
    separateHeads(*policy);
    if (failed(setFormats(*policy)))
      return signalPassFailure();
    Type plain = formatAttr(*policy->plain).getElement();
    Type cacheType = cacheElement(plain);
    if (!cacheType) {
      getOperation().emitError("kv-cache must be auto, f32, bf16, int8 or fp8, "
                               "got ")
          << kvCache;
      return signalPassFailure();
    }
    for (auto cache : getOperation().getOps<KvCacheOp>())
      cache.setDtype(cacheType);
    if (plain.isBF16())
      getOperation().walk([](EmbedOp embed) { roundScale(embed); });
  }

  /// Null for a name that there is not.
  Type cacheElement(Type ofWeights) {
    Builder b(&getContext());
    return llvm::StringSwitch<Type>(kvCache)
        .Case("auto", ofWeights)
        .Case("f32", b.getF32Type())
        .Case("bf16", b.getBF16Type())
        .Case("int8", b.getI8Type())
        .Case("fp8", Float8E4M3FNType::get(&getContext()))
        .Default(Type());
  }

  quant::FormatAttr formatAttr(const artifact::WeightFormat &format) {
    return quant::FormatAttr::of(&getContext(), format);
  }

  /// "layers.3.attn.q": 3; none for a weight of no layer.
  static std::optional<int64_t> layerOf(StringRef name) {
    int64_t layer;
    if (!name.consume_front("layers.") || name.consumeInteger(10, layer))
      return std::nullopt;
    return layer;
  }

  static const artifact::WeightFormat &formatOf(WeightOp weight,
                                                const WeightPolicy &policy) {
    WeightPolicy::Weight question{.layer = layerOf(weight.getSymName()),
                                  .name = weight.getSymName()};
    if (auto weightClass = weight.getWeightClassAttr())
      question.weightClass = weightClass.getValue();
    const artifact::WeightFormat &format = policy.formatOf(question);
    int64_t cols = weight.getWeightType().getNumCols();
    if (format.takesRowsOf(cols))
      return format;
    weight.emitRemark("stays ")
        << policy.plain->name << ": its rows of " << cols
        << " have no whole groups of " << format.group;
    return *policy.plain;
  }

  /// A table that is also the head becomes two weights where the policy has
  /// another format for each.
  void separateHeads(const WeightPolicy &policy) {
    using artifact::WeightClass;
    getOperation().walk([&](LinearOp linear) {
      auto use = linear.getW().getDefiningOp<UseOp>();
      auto table = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
          use, use.getNameAttr());
      auto weightClass = table.getWeightClassAttr();
      if (!weightClass || weightClass.getValue() != WeightClass::Embedding)
        return;
      StringRef name = table.getSymName();
      if (&policy.formatOf({.weightClass = WeightClass::Head, .name = name}) ==
          &policy.formatOf(
              {.weightClass = WeightClass::Embedding, .name = name}))
        return;
      SymbolTable symbols(table->getParentOp());
      auto head = cast<WeightOp>(table->clone());
      head.setWeightClassAttr(
          WeightClassAttr::get(&getContext(), WeightClass::Head));
      head.setSymName("lm_head");
      symbols.insert(head, std::next(Block::iterator(table)));
      OpBuilder b(linear);
      linear.getWMutable().assign(
          UseOp::create(b, linear.getLoc(), use.getType(), head.getSymName()));
      if (use.use_empty())
        use.erase();
    });
  }

  /// Kernels read norms and the router's matrix as f32.
  static LogicalResult checkFormat(WeightOp weight,
                                   const artifact::WeightFormat &format) {
    auto weightClass = weight.getWeightClassAttr();
    if (!weightClass || format.name == "f32" ||
        (weightClass.getValue() != artifact::WeightClass::Norm &&
         weightClass.getValue() != artifact::WeightClass::Router))
      return success();
    return weight.emitOpError("a ")
           << artifact::nameOf(weightClass.getValue())
           << " is stored as f32, the policy says " << format.name;
  }

  LogicalResult setFormats(const WeightPolicy &policy) {
    for (auto weight : getOperation().getOps<WeightOp>()) {
      if (weight.getValues())
        continue;
      const artifact::WeightFormat &format = formatOf(weight, policy);
      if (failed(checkFormat(weight, format)))
        return failure();
      auto type = weight.getWeightType();
      weight.setType(quant::WeightType::get(&getContext(), type.getShape(),
                                            formatAttr(format),
                                            type.getLayout()));
      if (policy.scaleRule != ScaleRule::Extreme && hasOffset(format))
        weight.setScaleRule(nameOf(policy.scaleRule));
    }
    getOperation().walk([&](UseOp use) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
          use, use.getNameAttr());
      use.getWeight().setType(weight.getWeightType());
    });
    return success();
  }

  // transformers keeps the constant in a tensor of the weights' dtype.
  static void roundScale(EmbedOp embed) {
    APFloat scale = embed.getScale();
    bool inexact;
    scale.convert(APFloat::BFloat(), APFloat::rmNearestTiesToEven, &inexact);
    scale.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &inexact);
    embed.setScale(scale);
  }
  std::optional<WeightPolicy> policy_;
};

} // namespace

std::unique_ptr<Pass> createQuantizeByPolicyPass(WeightPolicy policy,
                                                 StringRef kvCache) {
  return std::make_unique<QuantizeWeights>(std::move(policy), kvCache);
}

} // namespace g4
