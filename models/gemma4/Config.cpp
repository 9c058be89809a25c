//===- Config.cpp - What a Gemma 4 config.json says -----------------------===//

#include "models/gemma4/Config.h"

#include "models/checkpoint/JsonFields.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

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
      return fail(name, "must be a number, got " + json_fields::shown(*value)),
             otherwise;
    double x = value->to_number<double>();
    if (!(x >= low && x <= high))
      fail(name, "must be in [" + shortText(low) + ", " + shortText(high) +
                     "], got " + json_fields::shown(*value));
    return x;
  }

  bool boolean(std::string_view name, bool otherwise) {
    const json::value *value = find(name);
    if (!value)
      return otherwise;
    if (!value->is_bool())
      return fail(name,
                  "must be true or false, got " + json_fields::shown(*value)),
             otherwise;
    return value->get_bool();
  }

  std::string text(std::string_view name, std::string otherwise) {
    const json::value *value = find(name);
    if (!value)
      return otherwise;
    if (!value->is_string())
      return fail(name, "must be a string, got " + json_fields::shown(*value)),
             otherwise;
    return std::string(value->get_string());
  }

  void fail(std::string_view name, const std::string &what) {
    if (status_.ok())
      status_ = invalid(prefix_ + std::string(name) + " " + what);
  }

  const Status &status() const { return status_; }
  /// Takes over the failure of a part, if it has one.
  void adopt(const Status &status) {
    if (status_.ok())
      status_ = status;
  }

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
                   std::to_string(high) + "], got " +
                   json_fields::shown(value));
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
/// The head size of full layers where the file states none.
constexpr int64_t kGlobalHeadDim = 512;

/// What config.json may state for one layer alone.
struct HeadSizes {
  int64_t headDim, numKvHeads;
  bool operator==(const HeadSizes &) const = default;
};

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
                                     json_fields::shown(type));
    isFull.push_back(name == "full_attention");
  }
  // As transformers has it, whatever the list says.
  isFull.back() = true;
  return isFull;
}

/// What transformers takes where rope_parameters says nothing of a kind.
static const json::object &defaultRope(bool isFull) {
  static const json::object kSliding = {{"rope_theta", 1e4}};
  static const json::object kFull = {{"rope_theta", 1e6},
                                     {"rope_type", "proportional"},
                                     {"partial_rotary_factor", 0.25}};
  return isFull ? kFull : kSliding;
}

static Result<RopeConfig> parseRope(const json::value *parameters,
                                    const std::string &kind, int64_t headDim,
                                    const json::object &defaults) {
  RopeConfig rope{0, headDim / 2, 1};
  if (parameters && !parameters->is_object())
    return invalid("rope_parameters must be an object");
  const json::value *entry =
      parameters ? parameters->get_object().if_contains(kind) : nullptr;
  if (entry && !entry->is_object())
    return invalid("rope_parameters." + kind + " must be an object");
  Fields fields(entry ? entry->get_object() : defaults,
                "rope_parameters." + kind + ".");
  double defaultTheta = defaults.at("rope_theta").to_number<double>();
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
                      .numKvHeads =
                          isFull ? fields.numGlobalKvHeads : fields.numKvHeads,
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

/// The head size and KV heads of layer `index`, where `overrides` states them.
static HeadSizes readHeadSizes(Fields &fields, const json::object &overrides,
                               size_t index, HeadSizes sizes) {
  std::string name = std::to_string(index);
  const json::value *entry = overrides.if_contains(name);
  if (!entry)
    return sizes;
  if (!entry->is_object())
    return fields.fail("per_layer_config." + name, "must be an object"), sizes;
  for (const auto &field : entry->get_object())
    if (field.key() != "head_dim" && field.key() != "num_key_value_heads")
      fields.fail("per_layer_config." + name + "." + std::string(field.key()),
                  "is not known; head_dim and num_key_value_heads are");
  Fields layer(entry->get_object(), "per_layer_config." + name + ".");
  sizes.headDim = layer.integerOr("head_dim", sizes.headDim, 2, kMaxHeadDim);
  sizes.numKvHeads =
      layer.integerOr("num_key_value_heads", sizes.numKvHeads, 1, kMaxHeads);
  fields.adopt(layer.status());
  return sizes;
}

/// Newer files have per_layer_config = {"5": {"head_dim": 512, ...}, ...} for
/// the full layers, in place of the fields that say "global". Layers of a kind
/// share a rope table and may share a cache, so that they must agree.
static void applyPerLayerConfig(Fields &fields, LayerFields &layers) {
  const json::value *overrides = fields.find("per_layer_config");
  if (!overrides)
    return;
  if (!overrides->is_object())
    return fields.fail("per_layer_config", "must be an object");
  size_t numKnown = 0;
  for (size_t i = 0; i < layers.isFull.size(); ++i)
    numKnown += overrides->get_object().contains(std::to_string(i));
  if (numKnown != overrides->get_object().size())
    fields.fail("per_layer_config",
                "must have layers from 0 to " +
                    std::to_string(layers.isFull.size() - 1) + ", got " +
                    json_fields::shown(*overrides));
  std::optional<HeadSizes> ofKind[2];
  for (size_t i = 0; i < layers.isFull.size(); ++i) {
    HeadSizes sizes = readHeadSizes(fields, overrides->get_object(), i,
                                    {layers.headDim, layers.numKvHeads});
    std::optional<HeadSizes> &first = ofKind[layers.isFull[i]];
    if (first && *first != sizes)
      fields.fail("per_layer_config", "must give layers of a kind the same "
                                      "heads, layer " +
                                          std::to_string(i) + " differs");
    first = first.value_or(sizes);
  }
  if (const auto &sizes = ofKind[false])
    std::tie(layers.headDim, layers.numKvHeads) =
        std::tie(sizes->headDim, sizes->numKvHeads);
  if (const auto &sizes = ofKind[true])
    std::tie(layers.globalHeadDim, layers.numGlobalKvHeads) =
        std::tie(sizes->headDim, sizes->numKvHeads);
}

static LayerFields parseLayerFields(Fields &fields) {
  LayerFields layers;
  int64_t numLayers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  layers.headDim = fields.integer("head_dim", 2, kMaxHeadDim);
  layers.globalHeadDim =
      fields.integerOr("global_head_dim", kGlobalHeadDim, 2, kMaxHeadDim);
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
  if (!layers.kEqV)
    layers.numGlobalKvHeads = layers.numKvHeads;
  applyPerLayerConfig(fields, layers);
  return layers;
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

/// transformers writes it into text_config, or beside it, and once named it
/// torch_dtype.
static std::string readDtype(Fields &fields, Fields &outer) {
  std::string otherwise =
      outer.text("dtype", outer.text("torch_dtype", "bfloat16"));
  std::string dtype =
      fields.text("dtype", fields.text("torch_dtype", otherwise));
  if (dtype != "bfloat16" && dtype != "float16" && dtype != "float32")
    fields.fail("dtype", "must be bfloat16, float16 or float32, got " +
                             json_fields::shownString(dtype));
  return dtype;
}

/// The outermost field counts, as in transformers; the inner one is checked.
static bool readTied(Fields &fields, Fields &outer) {
  fields.boolean("tie_word_embeddings", true);
  return outer.boolean("tie_word_embeddings", true);
}

Result<TextConfig> parseTextConfig(const json::object &root) {
  const json::value *nested = root.if_contains("text_config");
  if (nested && !nested->is_object())
    return invalid("text_config must be an object");
  Fields outer(root), fields(nested ? nested->get_object() : root);
  G4RT_TRY(checkSupported(fields));
  TextConfig config;
  config.modelType = fields.text("model_type", "");
  if (nested && !config.modelType.empty() &&
      !config.modelType.starts_with("gemma4"))
    fields.fail("text_config.model_type",
                "must be gemma4_text or gemma4_unified_text, got " +
                    json_fields::shownString(config.modelType));
  config.dtype = readDtype(fields, outer);
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
  config.perLayerInputSize =
      fields.integerOr("hidden_size_per_layer_input", 0, 0, kMaxChannels);
  config.perLayerVocabSize = fields.integerOr("vocab_size_per_layer_input",
                                              config.vocabSize, 1, kMaxVocab);
  parseExperts(fields, config);
  LayerFields layers = parseLayerFields(fields);
  fields.adopt(outer.status());
  G4RT_TRY(fields.status());
  G4RT_ASSIGN(config.layers, makeLayers(layers));
  for (LayerConfig &layer : config.layers)
    layer.numExperts = config.numExperts;
  const json::value *rope = fields.find("rope_parameters");
  G4RT_ASSIGN(config.slidingRope,
              parseRope(rope, "sliding_attention", layers.headDim,
                        defaultRope(/*isFull=*/false)));
  G4RT_ASSIGN(config.fullRope,
              parseRope(rope, "full_attention", layers.globalHeadDim,
                        defaultRope(/*isFull=*/true)));
  G4RT_TRY(checkHeads(config));
  return config;
}

} // namespace g4::gemma4
