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
// With weights=int4 it becomes <i4, group = 32, scale = bf16>, unless it is
// marked g4.keep_bf16 or its last dimension is no multiple of 32: those become
// bf16. Weights marked g4.keep_f32 are left alone. No bytes move. Test:
// test/compiler/quantize/g4-quantize-weights.mlir
//
//===----------------------------------------------------------------------===//

#include "compiler/quantize/Passes.h"
#include "dialects/graph/Graph.h"
#include "runtime/artifact/PackedInt4.h"

#include "llvm/ADT/StringSwitch.h"

#define DEBUG_TYPE "g4-quantize-weights"

namespace g4 {

#define GEN_PASS_DEF_QUANTIZEWEIGHTSPASS
#include "compiler/quantize/Passes.h.inc"

using namespace mlir;
using namespace graph;

namespace {

struct QuantizeWeights : impl::QuantizeWeightsPassBase<QuantizeWeights> {
  using Base::Base;

  void runOnOperation() override {
    Builder b(&getContext());
    if (weights != "f32" && weights != "bf16" && weights != "int4") {
      getOperation().emitError("weights must be f32, bf16 or int4, got ")
          << weights;
      return signalPassFailure();
    }
    Type element = weights == "f32" ? Type(b.getF32Type()) : b.getBF16Type();
    setFormats(quant::FormatAttr::get(&getContext(), element, 0, Type()));
    Type cacheType = cacheElement(element);
    if (!cacheType) {
      getOperation().emitError("kv-cache must be auto, f32, bf16, int8 or fp8, "
                               "got ")
          << kvCache;
      return signalPassFailure();
    }
    for (auto cache : getOperation().getOps<KvCacheOp>())
      cache.setDtype(cacheType);
    if (element.isBF16())
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

  /// `plain` where integers are not asked for or not possible.
  quant::FormatAttr formatOf(WeightOp weight, quant::FormatAttr plain) {
    if (weights != "int4" || weight->hasAttr("g4.keep_bf16"))
      return plain;
    int64_t cols = weight.getWeightType().getShape().back();
    if (cols % artifact::kInt4Group != 0) {
      weight.emitRemark("stays bf16: its rows of ")
          << cols << " have no whole groups of " << artifact::kInt4Group;
      return plain;
    }
    Builder b(&getContext());
    return quant::FormatAttr::get(&getContext(), b.getIntegerType(4),
                                  artifact::kInt4Group, b.getBF16Type());
  }

  void setFormats(quant::FormatAttr plain) {
    for (auto weight : getOperation().getOps<WeightOp>()) {
      if (weight->hasAttr("g4.keep_f32"))
        continue;
      auto type = weight.getWeightType();
      weight.setType(quant::WeightType::get(&getContext(), type.getShape(),
                                            formatOf(weight, plain),
                                            type.getLayout()));
    }
    getOperation().walk([&](UseOp use) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
          use, use.getNameAttr());
      use.getWeight().setType(weight.getWeightType());
    });
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
};

} // namespace
} // namespace g4
