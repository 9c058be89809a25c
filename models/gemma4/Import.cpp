//===- Import.cpp - A Gemma 4 checkpoint as a graph -----------------------===//

#include "models/gemma4/Import.h"

#include "dialects/graph/Graph.h"
#include "models/gemma4/Graph.h"
#include "models/gemma4/Synthetic.h"
#include "models/gemma4/VisionGraph.h"
#include "models/gemma4/VisionWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace g4::gemma4 {

using namespace mlir;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

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

namespace {

/// What a graph is made of.
struct Model {
  TextConfig config;
  std::vector<WeightSpec> weights;
  std::optional<VisionConfig> vision;
  std::vector<WeightSpec> visionWeights;
};

} // namespace

static Status readText(const Checkpoint &checkpoint, Model &model) {
  G4RT_ASSIGN(model.config, readConfig(checkpoint));
  if (!checkpoint.hasWeights()) {
    model.weights = namedWeights(model.config);
    addSyntheticRanges(model.weights, model.config);
    return Status();
  }
  G4RT_TRY(adoptExpertCounts(model.config, checkpoint));
  G4RT_ASSIGN(model.weights, resolveWeights(model.config, checkpoint));
  warnOfUnread(model.weights, model.config, checkpoint);
  return Status();
}

static Status readVision(const Checkpoint &checkpoint, Model &model) {
  auto config = parseVisionConfig(checkpoint.config());
  if (!config)
    return std::move(config).error().during(checkpoint.filePath("config.json"));
  if (!*config)
    return Status(StatusCode::InvalidArgument,
                  checkpoint.filePath("config.json") +
                      ": has no vision_config: the model sees no pictures" +
                      (checkpoint.header().empty()
                           ? ""
                           : " but with the tower of an mmproj file "
                             "(--mmproj)"));
  model.vision = **config;
  int64_t textSize = model.config.hiddenSize;
  if (checkpoint.hasWeights()) {
    G4RT_ASSIGN(model.visionWeights,
                resolveVisionWeights(*model.vision, textSize, checkpoint));
    return Status();
  }
  model.visionWeights = namedVisionWeights(*model.vision, textSize);
  addSyntheticVisionRanges(model.visionWeights);
  return Status();
}

static OwningOpRef<ModuleOp> buildGraph(const Model &model,
                                        MLIRContext *context) {
  context->loadDialect<graph::G4Dialect, func::FuncDialect>();
  auto inputs = model.vision ? TextInputs::WithSoftTokens : TextInputs::Tokens;
  OwningOpRef<ModuleOp> module =
      buildTextGraph(model.config, model.weights, inputs, context);
  if (model.vision)
    addVisionGraph(*model.vision, model.visionWeights, model.config.hiddenSize,
                   *module);
  return module;
}

Result<OwningOpRef<ModuleOp>> importModel(const Checkpoint &checkpoint,
                                          ImportOptions options,
                                          MLIRContext *context) {
  Model model;
  G4RT_TRY(readText(checkpoint, model));
  if (options.vision)
    G4RT_TRY(readVision(checkpoint, model));
  for (const std::string &warning : checkpoint.warnings())
    emitWarning(UnknownLoc::get(context)) << warning;
  for (const std::string &warning : model.config.warnings)
    emitWarning(UnknownLoc::get(context)) << warning;
  OwningOpRef<ModuleOp> module = buildGraph(model, context);
  std::vector<WeightSpec> all = std::move(model.weights);
  llvm::append_range(all, model.visionWeights);
  (*module)->setAttr("g4.model",
                     modelFacts(model.config, all, checkpoint, context));
  return module;
}

} // namespace g4::gemma4
