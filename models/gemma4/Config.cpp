//===- Config.cpp - What a Gemma 4 config.json says -----------------------===//

#include "models/gemma4/Config.h"

#include <algorithm>
#include <cmath>

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
namespace json = g4rt::json;

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, message);
}

static Status unsupported(const std::string &message) {
  return Status(StatusCode::Unimplemented, message);
}

namespace {

/// Reads fields of an object and keeps the first failure, so that the reader
/// can list them without a test after each.
class Fields {
public:
  explicit Fields(const json::object &object, std::string prefix = "")
      : object_(object), prefix_(std::move(prefix)) {}

  /// Null, too, if the field is null.
  const json::value *find(std::string_view name) const {
    const json::value *value = object_.if_contains(name);
    return value && value->is_null() ? nullptr : value;
  }

  int64_t integer(std::string_view name, int64_t low, int64_t high) {
    const json::value *value = find(name);
    if (!value)
      return fail(name, "is missing"), low;
    return inRange(name, *value, low, high);
  }

  int64_t integerOr(std::string_view name, int64_t otherwise, int64_t low,
                    int64_t high) {
    const json::value *value = find(name);
    return value ? inRange(name, *value, low, high) : otherwise;
  }

  double number(std::string_view name, double otherwise, double low,
                double high) {
    const json::value *value = find(name);
    if (!value)
      return otherwise;
    if (!value->is_number())
      return fail(name, "must be a number, got " + json::serialize(*value)),
             otherwise;
    double x = value->to_number<double>();
    if (!(x >= low && x <= high))
      fail(name, "must be in [" + shortText(low) + ", " + shortText(high) +
                     "], got " + json::serialize(*value));
    return x;
  }

  bool boolean(std::string_view name, bool otherwise) {
    const json::value *value = find(name);
    if (!value)
      return otherwise;
    if (!value->is_bool())
      return fail(name,
                  "must be true or false, got " + json::serialize(*value)),
             otherwise;
    return value->get_bool();
  }

  std::string text(std::string_view name, std::string otherwise) {
    const json::value *value = find(name);
    if (!value)
      return otherwise;
    if (!value->is_string())
      return fail(name, "must be a string, got " + json::serialize(*value)),
             otherwise;
    return std::string(value->get_string());
  }

  void fail(std::string_view name, const std::string &what) {
    if (status_.ok())
      status_ = invalid(prefix_ + std::string(name) + " " + what);
  }

  const Status &status() const { return status_; }

private:
  static std::string shortText(double x) {
    char buffer[32];
    std::snprintf(buffer, sizeof(buffer), "%g", x);
    return buffer;
  }

  int64_t inRange(std::string_view name, const json::value &value, int64_t low,
                  int64_t high) {
    const int64_t *x = value.if_int64();
    if (x && *x >= low && *x <= high)
      return *x;
    fail(name, "must be a whole number in [" + std::to_string(low) + ", " +
                   std::to_string(high) + "], got " + json::serialize(value));
    return low;
  }

  const json::object &object_;
  std::string prefix_;
  Status status_;
};

// Limits that real models keep by far; products of three of them fit 63 bits.
constexpr int64_t kMaxChannels = 1 << 18;
constexpr int64_t kMaxVocab = 1 << 24;
constexpr int64_t kMaxLayers = 1024;
constexpr int64_t kMaxHeads = 1024;
constexpr int64_t kMaxHeadDim = 4096;
constexpr int64_t kMaxPositions = 1 << 26;
constexpr int64_t kMaxExperts = 4096;

/// What the layers are made of, before they are told apart.
struct LayerFields {
  int64_t headDim, globalHeadDim, numKvHeads, numGlobalKvHeads;
  int64_t intermediateSize, numSharedLayers;
  bool kEqV, doubleWideMlp;
  std::vector<bool> isFull;
};

} // namespace

/// layer_types, never a computed pattern.
static std::vector<bool> parseLayerTypes(Fields &fields, int64_t numLayers) {
  std::vector<bool> isFull;
  const json::value *types = fields.find("layer_types");
  if (!types || !types->is_array() ||
      types->get_array().size() != static_cast<size_t>(numLayers)) {
    fields.fail("layer_types", "must list a type for each of " +
                                   std::to_string(numLayers) + " layers");
    return isFull;
  }
  for (const json::value &type : types->get_array()) {
    std::string name = type.is_string() ? std::string(type.get_string()) : "";
    if (name != "full_attention" && name != "sliding_attention")
      fields.fail("layer_types", "must hold full_attention or "
                                 "sliding_attention, got " +
                                     json::serialize(type));
    isFull.push_back(name == "full_attention");
  }
  return isFull;
}

static Result<RopeConfig> parseRope(const json::value *parameters,
                                    const std::string &kind, int64_t headDim,
                                    double defaultTheta) {
  RopeConfig rope{defaultTheta, headDim / 2, 1};
  if (!parameters)
    return rope;
  if (!parameters->is_object())
    return invalid("rope_parameters must be an object");
  const json::value *entry = parameters->get_object().if_contains(kind);
  if (!entry)
    return rope;
  if (!entry->is_object())
    return invalid("rope_parameters." + kind + " must be an object");
  Fields fields(entry->get_object(), "rope_parameters." + kind + ".");
  rope.theta = fields.number("rope_theta", defaultTheta, 1, 1e12);
  rope.factor = fields.number("factor", 1, 1e-3, 1e6);
  std::string type = fields.text("rope_type", "default");
  double partial = fields.number("partial_rotary_factor", 1, 0, 1);
  G4RT_TRY(fields.status());
  // Proportional: the first pairs rotate, with the exponents of the whole head.
  if (type == "proportional")
    rope.numRotatedPairs =
        static_cast<int64_t>(partial * static_cast<double>(headDim)) / 2;
  else if (type != "default")
    return unsupported("rope_parameters." + kind +
                       ".rope_type: default and "
                       "proportional are known, got \"" +
                       type + "\"");
  return rope;
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

/// A layer of the last num_kv_shared_layers attends to the cache of the last
/// layer of its kind before them.
static Result<std::vector<LayerConfig>> makeLayers(const LayerFields &fields) {
  std::vector<LayerConfig> layers;
  int64_t numLayers = static_cast<int64_t>(fields.isFull.size());
  int64_t firstShared = numLayers - fields.numSharedLayers;
  for (int64_t i = 0; i < numLayers; ++i) {
    bool isFull = fields.isFull[i], isShared = i >= firstShared;
    LayerConfig layer{.isFull = isFull,
                      .headDim = isFull ? fields.globalHeadDim : fields.headDim,
                      .numKvHeads = isFull && fields.kEqV
                                        ? fields.numGlobalKvHeads
                                        : fields.numKvHeads,
                      .intermediateSize = fields.intermediateSize,
                      .kEqV = isFull && fields.kEqV,
                      .kvLayer = i};
    if (isShared && fields.doubleWideMlp)
      layer.intermediateSize *= 2;
    if (isShared) {
      int64_t source = firstShared - 1;
      while (source >= 0 && fields.isFull[source] != isFull)
        --source;
      if (source < 0)
        return invalid("num_kv_shared_layers " +
                       std::to_string(fields.numSharedLayers) +
                       " leaves layer " + std::to_string(i) +
                       " no layer of its kind to share with");
      layer.kvLayer = source;
    }
    layers.push_back(layer);
  }
  return layers;
}

static LayerFields parseLayerFields(Fields &fields) {
  LayerFields layers;
  int64_t numLayers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  layers.headDim = fields.integer("head_dim", 2, kMaxHeadDim);
  layers.globalHeadDim =
      fields.integerOr("global_head_dim", layers.headDim, 2, kMaxHeadDim);
  layers.numKvHeads = fields.integer("num_key_value_heads", 1, kMaxHeads);
  layers.numGlobalKvHeads = fields.integerOr("num_global_key_value_heads",
                                             layers.numKvHeads, 1, kMaxHeads);
  layers.intermediateSize =
      fields.integer("intermediate_size", 1, kMaxChannels);
  layers.numSharedLayers =
      fields.integerOr("num_kv_shared_layers", 0, 0, numLayers - 1);
  layers.kEqV = fields.boolean("attention_k_eq_v", false);
  layers.doubleWideMlp = fields.boolean("use_double_wide_mlp", false);
  layers.isFull = parseLayerTypes(fields, numLayers);
  return layers;
}

static void parseExperts(Fields &fields, TextConfig &config) {
  if (!fields.boolean("enable_moe_block", fields.find("num_experts")))
    return;
  // Without the block num_experts may be there, as 0 or null; with it, never.
  bool isStated = fields.boolean("enable_moe_block", false);
  config.numExperts =
      isStated ? fields.integer("num_experts", 1, kMaxExperts)
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

/// transformers writes it into text_config, or beside it, and once named it
/// torch_dtype.
static std::string readDtype(Fields &fields, const json::object &root) {
  Fields outer(root);
  std::string otherwise =
      outer.text("dtype", outer.text("torch_dtype", "bfloat16"));
  return fields.text("dtype", fields.text("torch_dtype", otherwise));
}

Result<TextConfig> parseTextConfig(const json::object &root) {
  const json::value *nested = root.if_contains("text_config");
  if (nested && !nested->is_object())
    return invalid("text_config must be an object");
  Fields fields(nested ? nested->get_object() : root);
  G4RT_TRY(checkSupported(fields));
  TextConfig config;
  config.modelType = fields.text("model_type", "");
  config.dtype = readDtype(fields, root);
  config.vocabSize = fields.integer("vocab_size", 1, kMaxVocab);
  config.hiddenSize = fields.integer("hidden_size", 1, kMaxChannels);
  config.numHeads = fields.integer("num_attention_heads", 1, kMaxHeads);
  config.slidingWindow = fields.integer("sliding_window", 1, kMaxPositions);
  config.maxPositions =
      fields.integer("max_position_embeddings", 1, kMaxPositions);
  config.rmsNormEps = fields.number("rms_norm_eps", 1e-6, 1e-12, 1);
  config.finalLogitSoftcap =
      fields.number("final_logit_softcapping", 0, 0, 1e6);
  config.tieWordEmbeddings = fields.boolean("tie_word_embeddings", true);
  config.perLayerInputSize =
      fields.integerOr("hidden_size_per_layer_input", 0, 0, kMaxChannels);
  config.perLayerVocabSize = fields.integerOr("vocab_size_per_layer_input",
                                              config.vocabSize, 1, kMaxVocab);
  parseExperts(fields, config);
  LayerFields layers = parseLayerFields(fields);
  G4RT_TRY(fields.status());
  G4RT_ASSIGN(config.layers, makeLayers(layers));
  const json::value *rope = fields.find("rope_parameters");
  G4RT_ASSIGN(config.slidingRope,
              parseRope(rope, "sliding_attention", layers.headDim, 1e4));
  G4RT_ASSIGN(config.fullRope,
              parseRope(rope, "full_attention", layers.globalHeadDim, 1e6));
  G4RT_TRY(checkHeads(config));
  return config;
}

} // namespace g4::gemma4
