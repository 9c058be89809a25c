//===- LayerFields.cpp - The layers of a Gemma 4 config.json --------------===//

#include "models/gemma4/LayerFields.h"

#include "models/gemma4/ConfigLimits.h"

#include <charconv>
#include <map>
#include <optional>

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using json_fields::Fields;
namespace json = g4rt::json;

/// The head size of full layers where the file states none.
constexpr int64_t kGlobalHeadDim = 512;
/// One full layer in so many, where the file lists no kinds.
constexpr int64_t kDefaultPattern = 6;

namespace {

/// What config.json may state for one layer alone.
struct HeadSizes {
  int64_t headDim, numKvHeads;
  bool operator==(const HeadSizes &) const = default;
};

/// Entries of per_layer_config by layer; the text of their keys for messages.
struct Override {
  std::string key;
  const json::object *object = nullptr;
};
using Overrides = std::map<size_t, Override>;

} // namespace

/// layer_types; without it every sixth layer is full, as in transformers.
static std::vector<bool> readLayerTypes(Fields &fields, int64_t numLayers) {
  std::vector<bool> isFull;
  const json::value *types = fields.find("layer_types");
  if (!types) {
    for (int64_t i = 0; i < numLayers; ++i)
      isFull.push_back((i + 1) % kDefaultPattern == 0);
    isFull.back() = true;
    return isFull;
  }
  if (!types->is_array() ||
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

/// A layer's number in decimal digits. transformers 5.15 and later writes all
/// of them with as many digits as the largest has: "05", "11".
static std::optional<size_t> layerOf(std::string_view key, size_t numLayers) {
  size_t layer = 0;
  auto [end, error] =
      std::from_chars(key.data(), key.data() + key.size(), layer);
  bool isNumber = error == std::errc() && end == key.data() + key.size();
  return isNumber && layer < numLayers ? std::optional(layer) : std::nullopt;
}

static Overrides readOverrides(Fields &fields, const json::object &object,
                               size_t numLayers) {
  Overrides overrides;
  for (const auto &entry : object) {
    std::string key(entry.key()), name = "per_layer_config." + key;
    std::optional<size_t> layer = layerOf(key, numLayers);
    if (!layer)
      fields.fail("per_layer_config", "must have layers from 0 to " +
                                          std::to_string(numLayers - 1) +
                                          ", got " +
                                          json_fields::shown(object));
    else if (!entry.value().is_object())
      fields.fail(name, "must be an object");
    else if (auto [it, isNew] = overrides.try_emplace(
                 *layer, Override{key, &entry.value().get_object()});
             !isNew)
      fields.fail(name, "is layer " + std::to_string(*layer) + ", as " +
                            it->second.key + " is");
  }
  return overrides;
}

/// A field that a layer may repeat but not change: it is the one of all layers,
/// or the list of what the layer skips, empty.
static bool saysNothingNew(const Fields &fields,
                           const json::key_value_pair &f) {
  const json::value *ofAll = fields.find(f.key());
  return (ofAll && *ofAll == f.value()) || f.value().is_null() ||
         (f.key() == "skip" && f.value().is_array() &&
          f.value().get_array().empty());
}

/// The head size and KV heads of a layer, where its entry states them.
static HeadSizes readHeadSizes(Fields &fields, const Override &entry,
                               HeadSizes sizes) {
  std::string prefix = "per_layer_config." + entry.key + ".";
  for (const auto &field : *entry.object)
    if (field.key() != "head_dim" && field.key() != "num_key_value_heads" &&
        !saysNothingNew(fields, field))
      fields.fail(prefix + std::string(field.key()),
                  "is not known; head_dim and num_key_value_heads are");
  Fields layer(*entry.object, fields.prefix() + prefix);
  sizes.headDim = layer.integerOr("head_dim", sizes.headDim, 2, kMaxHeadDim);
  sizes.numKvHeads =
      layer.integerOr("num_key_value_heads", sizes.numKvHeads, 1, kMaxHeads);
  fields.adopt(layer.status());
  return sizes;
}

/// Newer files have per_layer_config = {"05": {"head_dim": 512, ...}, ...} for
/// the full layers, in place of the fields that say "global". Layers of a kind
/// share a rope table and may share a cache, so that they must agree.
static void applyOverrides(Fields &fields, const json::object &object,
                           LayerFields &layers) {
  size_t numLayers = layers.isFull.size();
  Overrides overrides = readOverrides(fields, object, numLayers);
  std::optional<HeadSizes> ofKind[2];
  for (size_t i = 0; i < numLayers; ++i) {
    HeadSizes sizes{layers.headDim, layers.numKvHeads};
    if (auto it = overrides.find(i); it != overrides.end())
      sizes = readHeadSizes(fields, it->second, sizes);
    std::optional<HeadSizes> &first = ofKind[layers.isFull[i]];
    if (first && *first != sizes)
      fields.fail("per_layer_config", "must give layers of a kind the same "
                                      "heads, layer " +
                                          std::to_string(i) + " differs");
    first = first.value_or(sizes);
  }
  if (const auto &sizes = ofKind[false]) {
    layers.headDim = sizes->headDim;
    layers.numKvHeads = sizes->numKvHeads;
  }
  if (const auto &sizes = ofKind[true]) {
    layers.globalHeadDim = sizes->headDim;
    layers.numGlobalKvHeads = sizes->numKvHeads;
  }
}

/// The heads of full layers; says where they were read.
static std::string readGlobalHeads(Fields &fields, LayerFields &layers) {
  layers.globalHeadDim =
      fields.integerOr("global_head_dim", kGlobalHeadDim, 2, kMaxHeadDim);
  layers.numGlobalKvHeads = fields.integerOr("num_global_key_value_heads",
                                             layers.numKvHeads, 1, kMaxHeads);
  if (!layers.kEqV)
    layers.numGlobalKvHeads = layers.numKvHeads;
  if (const json::object *overrides = fields.object("per_layer_config")) {
    applyOverrides(fields, *overrides, layers);
    return fields.prefix() + "per_layer_config";
  }
  if (fields.find("global_head_dim"))
    return fields.prefix() + "global_head_dim";
  return "nothing said: the family's own";
}

LayerFields readLayerFields(Fields &fields, FactOrigins &origins) {
  LayerFields layers;
  int64_t numLayers = fields.integer("num_hidden_layers", 1, kMaxLayers);
  layers.headDim = fields.integer("head_dim", 2, kMaxHeadDim);
  layers.numKvHeads = fields.integer("num_key_value_heads", 1, kMaxHeads);
  layers.intermediateSize =
      fields.integer("intermediate_size", 1, kMaxChannels);
  layers.numSharedLayers =
      fields.integerOr("num_kv_shared_layers", 0, 0, numLayers - 1);
  layers.kEqV = fields.boolean("attention_k_eq_v", false);
  layers.doubleWideMlp = fields.boolean("use_double_wide_mlp", false);
  layers.isFull = readLayerTypes(fields, numLayers);
  if (!fields.status().ok())
    return layers;
  origins.push_back({"heads of full layers", readGlobalHeads(fields, layers)});
  return layers;
}

Result<std::vector<LayerConfig>> makeLayers(const LayerFields &fields) {
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
        return Status(g4rt::StatusCode::InvalidArgument,
                      "num_kv_shared_layers " +
                          std::to_string(fields.numSharedLayers) +
                          " leaves layer " + std::to_string(i) +
                          " no layer of its kind to share with");
      layer.kvLayer = source;
    }
    layers.push_back(layer);
  }
  return layers;
}

} // namespace g4::gemma4
