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

/// What config.json and what kind of checkpoint it is say; no tensor is read.
static Result<TextConfig> readStated(const Checkpoint &checkpoint) {
  Result<TextConfig> config = parseTextConfig(checkpoint.config());
  if (!config)
    return std::move(config).error().during(checkpoint.filePath("config.json"));
  for (std::string &warning : config->warnings)
    warning = checkpoint.filePath("config.json") + ": " + warning;
  for (FactOrigin &fact : config->origins)
    fact.origin = (checkpoint.header().empty() ? "config.json: "
                                               : "the file, as config.json: ") +
                  fact.origin;
  if (config->dtype.empty()) {
    config->dtype = dtypeOfEmbedding(checkpoint);
    config->origins.push_back({"dtype", "that of the embedding"});
  }
  return config;
}

/// The same, with what the tensors say where they know better.
static Result<TextConfig> readConfig(const Checkpoint &checkpoint) {
  G4RT_ASSIGN(TextConfig config, readStated(checkpoint));
  if (hasOwnHead(checkpoint))
    config.tieWordEmbeddings = false;
  if (!config.perLayerInputIsStated && checkpoint.hasWeights() &&
      !hasPerLayerInputs(checkpoint))
    config.perLayerInputSize = 0;
  return config;
}

/// One line for all tensors that are not read.
static void warnOfUnread(const std::vector<WeightSpec> &weights,
                         TextConfig &config, const Checkpoint &checkpoint) {
  std::vector<std::string> unread = unreadTensors(weights, config, checkpoint);
  if (!unread.empty())
    config.warnings.push_back(
        checkpoint.folder() + ": " + std::to_string(unread.size()) +
        " tensors of the text model are not read, as config.json has no place "
        "for them; the first is " +
        unread[0]);
}

Result<FactOrigins> factOrigins(const Checkpoint &checkpoint) {
  G4RT_ASSIGN(TextConfig config, readStated(checkpoint));
  FactOrigins origins = std::move(config.origins);
  if (checkpoint.hasWeights())
    origins.push_back({"weights", checkpoint.weightsOrigin()});
  return origins;
}

Result<OwningOpRef<ModuleOp>> importModel(const Checkpoint &checkpoint,
                                          MLIRContext *context) {
  G4RT_ASSIGN(TextConfig config, readConfig(checkpoint));
  std::vector<WeightSpec> weights;
  if (checkpoint.hasWeights()) {
    G4RT_ASSIGN(weights, resolveWeights(config, checkpoint));
    warnOfUnread(weights, config, checkpoint);
  } else {
    weights = namedWeights(config);
    addSyntheticRanges(weights, config);
  }
  for (const std::string &warning : checkpoint.warnings())
    emitWarning(UnknownLoc::get(context)) << warning;
  for (const std::string &warning : config.warnings)
    emitWarning(UnknownLoc::get(context)) << warning;
  context->loadDialect<graph::G4Dialect, func::FuncDialect>();
  OwningOpRef<ModuleOp> module = buildTextGraph(config, weights, context);
  (*module)->setAttr("g4.model",
                     modelFacts(config, weights, checkpoint, context));
  return module;
}

} // namespace g4::gemma4
