//===- Import.cpp - A Gemma 4 checkpoint as a graph -----------------------===//

#include "models/gemma4/Import.h"

#include "dialects/graph/Graph.h"
#include "models/gemma4/Graph.h"
#include "models/gemma4/Synthetic.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace g4::gemma4 {

using namespace mlir;
using g4rt::Result;

static int64_t countParameters(const std::vector<WeightSpec> &weights) {
  int64_t count = 0;
  for (const WeightSpec &spec : weights) {
    int64_t product = 1;
    for (int64_t size : spec.shape)
      product *= size;
    count += product;
  }
  return count;
}

/// What the checkpoint says, or else: the sizes with per-layer inputs are those
/// whose template ends the prompt without an empty thought.
static std::string chatTemplate(const TextConfig &config,
                                const Checkpoint &checkpoint) {
  if (!checkpoint.chatTemplate().empty())
    return checkpoint.chatTemplate();
  return config.perLayerInputSize > 0 ? "gemma4-small" : "gemma4-large";
}

static DictionaryAttr modelFacts(const TextConfig &config,
                                 const std::vector<WeightSpec> &weights,
                                 const Checkpoint &checkpoint,
                                 MLIRContext *context) {
  Builder b(context);
  bool f32 = config.dtype != "bfloat16"; // which f16 does not fit into
  return b.getDictionaryAttr({
      b.getNamedAttr("name", b.getStringAttr(checkpoint.name())),
      b.getNamedAttr("architecture", b.getStringAttr(config.modelType)),
      b.getNamedAttr("vocab_size", b.getI64IntegerAttr(config.vocabSize)),
      b.getNamedAttr("hidden_size", b.getI64IntegerAttr(config.hiddenSize)),
      b.getNamedAttr("num_layers", b.getI64IntegerAttr(config.numLayers())),
      b.getNamedAttr("max_positions", b.getI64IntegerAttr(config.maxPositions)),
      b.getNamedAttr("num_parameters",
                     b.getI64IntegerAttr(countParameters(weights))),
      b.getNamedAttr("chat_template",
                     b.getStringAttr(chatTemplate(config, checkpoint))),
      b.getNamedAttr("weights", b.getStringAttr(f32 ? "f32" : "bf16")),
  });
}

Result<OwningOpRef<ModuleOp>> importModel(const Checkpoint &checkpoint,
                                          MLIRContext *context) {
  Result<TextConfig> config = parseTextConfig(checkpoint.config());
  if (!config)
    return std::move(config).error().during(checkpoint.filePath("config.json"));
  if (hasOwnHead(checkpoint))
    config->tieWordEmbeddings = false;
  std::vector<WeightSpec> weights;
  if (checkpoint.hasWeights()) {
    G4RT_ASSIGN(weights, resolveWeights(*config, checkpoint));
  } else {
    weights = namedWeights(*config);
    addSyntheticRanges(weights, *config);
  }
  for (const std::string &warning : checkpoint.warnings())
    emitWarning(UnknownLoc::get(context)) << warning;
  context->loadDialect<graph::G4Dialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = buildTextGraph(*config, weights, context);
  (*module)->setAttr("g4.model",
                     modelFacts(*config, weights, checkpoint, context));
  return module;
}

} // namespace g4::gemma4
