//===- Config.cpp - What a Gemma 4 config.json says -----------------------===//

#include "models/gemma4/Config.h"

#include "models/checkpoint/JsonFields.h"
#include "models/gemma4/ConfigLimits.h"
#include "models/gemma4/LayerFields.h"
#include "models/gemma4/RopeFields.h"

#include <algorithm>

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::Fields;
namespace json = g4rt::json;

/// Channels and rows of the per-layer inputs where the file states none.
constexpr int64_t kPerLayerInputSize = 256;
constexpr int64_t kPerLayerVocabSize = 262144;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

static Status unsupported(const std::string &message) {
  return Status(StatusCode::Unimplemented, message);
}

static Status checkHeads(const TextConfig &config) {
  for (const LayerConfig &layer : config.layers) {
    if (layer.headDim % 2 != 0)
      return invalid("head_dim and global_head_dim must be even, got " +
                     std::to_string(layer.headDim));
    if (config.numHeads % layer.numKvHeads != 0)
      return invalid("num_attention_heads " + std::to_string(config.numHeads) +
                     " must be a multiple of the KV heads, got " +
                     std::to_string(layer.numKvHeads));
  }
  return Status();
}

static void parseExperts(Fields &fields, TextConfig &config) {
  if (!fields.boolean("enable_moe_block", fields.find("num_experts")))
    return;
  // Without the block num_experts may be there, as 0 or null; with it, never.
  bool isStated = fields.boolean("enable_moe_block", false);
  config.numExperts = isStated
                          ? fields.integer("num_experts", 1, kMaxExperts)
                          : fields.integerOr("num_experts", 0, 0, kMaxExperts);
  if (config.numExperts == 0)
    return;
  config.topKExperts = fields.integer(
      "top_k_experts", 1, std::min<int64_t>(config.numExperts, 256));
  config.moeIntermediateSize =
      fields.integer("moe_intermediate_size", 1, kMaxChannels);
}

/// What is known and not done here; what is not known is ignored.
static Status checkSupported(Fields &fields) {
  std::string activation =
      fields.text("hidden_activation", "gelu_pytorch_tanh");
  std::string bidirectional = fields.text("use_bidirectional_attention", "");
  bool bias = fields.boolean("attention_bias", false);
  G4RT_TRY(fields.status());
  if (activation != "gelu_pytorch_tanh")
    return unsupported("hidden_activation: gelu_pytorch_tanh is known, got \"" +
                       activation + "\"");
  if (bidirectional == "all")
    return unsupported("use_bidirectional_attention \"all\"");
  if (bias)
    return unsupported("attention_bias true");
  return Status();
}

/// A text model of type "unified" does so where nothing is said, as in
/// transformers; null says no.
static bool seesPicturesBothWays(Fields &fields, const std::string &modelType) {
  const char *name = "use_bidirectional_attention";
  if (!fields.isStated(name))
    return modelType.starts_with("gemma4_unified");
  return fields.text(name, "") == "vision";
}

/// The outermost field counts, as in transformers, which once named it
/// torch_dtype. Empty where neither place says it.
static std::string readDtype(Fields &fields, Fields &outer,
                             FactOrigins &origins) {
  for (Fields *place : {&outer, &fields})
    for (const char *name : {"dtype", "torch_dtype"}) {
      std::string dtype = place->text(name, "");
      if (dtype.empty())
        continue;
      constexpr std::string_view kModule = "torch.";
      if (dtype.starts_with(kModule))
        dtype.erase(0, kModule.size());
      if (dtype != "bfloat16" && dtype != "float16" && dtype != "float32")
        place->fail(name, "must be bfloat16, float16 or float32, got " +
                              json_fields::shownString(dtype));
      origins.push_back({"dtype", place->prefix() + name});
      return dtype;
    }
  return "";
}

/// The outermost field counts, as in transformers; the inner one is checked.
static bool readTied(Fields &fields, Fields &outer) {
  fields.boolean("tie_word_embeddings", true);
  return outer.boolean("tie_word_embeddings", true);
}

/// A file that does not state the size may still be of a model with per-layer
/// inputs, unless its type is "unified", which knows none.
static void readPerLayerInputs(Fields &fields, TextConfig &config) {
  const char *name = "hidden_size_per_layer_input";
  bool mayHave = !config.modelType.starts_with("gemma4_unified");
  config.perLayerInputIsStated = fields.isStated(name);
  config.perLayerInputSize = fields.integerOr(
      name, mayHave && !config.perLayerInputIsStated ? kPerLayerInputSize : 0,
      0, kMaxChannels);
  config.perLayerVocabSize = fields.integerOr("vocab_size_per_layer_input",
                                              kPerLayerVocabSize, 1, kMaxVocab);
}

Result<TextConfig> parseTextConfig(const json::object &root) {
  Fields outer(root);
  const json::object *nested = outer.object("text_config");
  G4RT_TRY(outer.status());
  Fields fields(nested ? *nested : root, nested ? "text_config." : "");
  G4RT_TRY(checkSupported(fields));
  TextConfig config;
  config.modelType = fields.text("model_type", outer.text("model_type", ""));
  if (nested && !config.modelType.empty() &&
      !config.modelType.starts_with("gemma4"))
    fields.fail("model_type",
                "must be gemma4_text or gemma4_unified_text, got " +
                    json_fields::shownString(config.modelType));
  config.origins.push_back({"sizes", nested ? "text_config" : "the top level"});
  config.dtype = readDtype(fields, outer, config.origins);
  config.vocabSize = fields.integer("vocab_size", 1, kMaxVocab);
  config.hiddenSize = fields.integer("hidden_size", 1, kMaxChannels);
  config.numHeads = fields.integer("num_attention_heads", 1, kMaxHeads);
  config.slidingWindow = fields.integer("sliding_window", 1, kMaxPositions);
  config.maxPositions =
      fields.integer("max_position_embeddings", 1, kMaxPositions);
  config.rmsNormEps = fields.number("rms_norm_eps", 1e-6, 1e-12, 1);
  config.finalLogitSoftcap =
      fields.number("final_logit_softcapping", 0, 0, 1e6);
  config.tieWordEmbeddings = readTied(fields, outer);
  config.picturesSeeBothWays = seesPicturesBothWays(fields, config.modelType);
  readPerLayerInputs(fields, config);
  parseExperts(fields, config);
  LayerFields layers = readLayerFields(fields, config.origins);
  fields.adopt(outer.status());
  G4RT_TRY(fields.status());
  G4RT_ASSIGN(config.layers, makeLayers(layers));
  for (LayerConfig &layer : config.layers)
    layer.numExperts = config.numExperts;
  G4RT_TRY(readRope(fields, layers.headDim, layers.globalHeadDim, config));
  G4RT_TRY(checkHeads(config));
  return config;
}

} // namespace g4::gemma4
