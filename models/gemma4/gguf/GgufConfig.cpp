//===- GgufConfig.cpp - A GGUF file's metadata as config.json -------------===//

#include "models/gemma4/gguf/GgufConfig.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/gguf/GgufKeys.h"

#include <algorithm>

namespace g4::gemma4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::shown;

constexpr const char *kPattern = "gemma4.attention.sliding_window_pattern";
constexpr const char *kFeedForward = "gemma4.feed_forward_length";
constexpr const char *kKvHeads = "gemma4.attention.head_count_kv";
/// A divisor of a frequency that stops its rotation; converters write 1e30.
constexpr float kNoRotation = 1e20f;
/// Of a full layer's pairs, those that rotate, where no tensor says it.
constexpr double kDefaultShare = 0.25;

static Status unsupported(const std::string &message) {
  return Status(StatusCode::Unimplemented, message);
}

namespace {

class ConfigWriter {
public:
  explicit ConfigWriter(const GgufFile &file)
      : file_(file), keys_(file.metadata()) {}

  Result<json::object> write();

private:
  void writeSizes();
  void writeLayers();
  void writeFeedForward();
  void writeExperts();
  void writeTensorFacts();
  void writePictures();
  Status checkSupported();
  Status writeRope();
  Result<int64_t> numRotatedPairs(const StoredTensor &freqs, int64_t headDim);

  /// The value of layer `i` of a key that may hold one for all.
  json::value ofLayer(const char *key, const json::value &value, size_t i);
  const StoredTensor *tensor(const std::string &name) const;
  bool hasOwnValues(size_t layer) const;

  const GgufFile &file_;
  gguf::Keys keys_;
  std::vector<bool> isFull_;
  json::object config_;
};

} // namespace

const StoredTensor *ConfigWriter::tensor(const std::string &name) const {
  auto it = file_.tensors().find(name);
  return it == file_.tensors().end() ? nullptr : &it->second;
}

json::value ConfigWriter::ofLayer(const char *key, const json::value &value,
                                  size_t i) {
  const json::array *array = value.if_array();
  if (!array)
    return value;
  if (array->size() == isFull_.size() && i < array->size())
    return (*array)[i];
  keys_.fail(key, std::to_string(array->size()) + " values, needs one for " +
                      std::to_string(isFull_.size()) + " layers");
  return {};
}

/// Kinds of layers, and their heads, which newer config.json files state layer
/// by layer, too.
void ConfigWriter::writeLayers() {
  json::value pattern = keys_.need(kPattern);
  json::array types;
  if (const json::array *array = pattern.if_array())
    for (const json::value &isSliding : *array) {
      isFull_.push_back(isSliding == false || isSliding == 0);
      types.push_back(isFull_.back() ? "full_attention" : "sliding_attention");
    }
  else
    keys_.fail(kPattern, shown(pattern) + ", needs one value a layer");
  json::value kvHeads = keys_.need(kKvHeads);
  json::value ofFull = keys_.need("gemma4.attention.key_length");
  json::value ofSliding = keys_.need("gemma4.attention.key_length_swa");
  json::object heads;
  for (size_t i = 0; i < isFull_.size(); ++i)
    heads[std::to_string(i)] = {
        {"head_dim", isFull_[i] ? ofFull : ofSliding},
        {"num_key_value_heads", ofLayer(kKvHeads, kvHeads, i)}};
  config_["layer_types"] = std::move(types);
  config_["head_dim"] = ofSliding;
  config_["num_key_value_heads"] = ofLayer(kKvHeads, kvHeads, 0);
  config_["per_layer_config"] = std::move(heads);
}

/// One width for all layers, or one for each: those that share K/V may be twice
/// as wide as the others.
void ConfigWriter::writeFeedForward() {
  json::value shared = keys_.find("gemma4.attention.shared_kv_layers");
  json::value widths = keys_.need(kFeedForward);
  config_["num_kv_shared_layers"] = shared;
  config_["intermediate_size"] = ofLayer(kFeedForward, widths, 0);
  if (!widths.is_array() || !keys_.status().ok() || isFull_.empty())
    return;
  const json::array &array = widths.get_array();
  auto numShared =
      static_cast<size_t>(shared.is_int64() ? shared.get_int64() : 0);
  size_t firstShared = array.size() - std::min(numShared, array.size());
  bool isDouble = firstShared > 0 && array.back() != array.front();
  for (size_t i = 0; i < array.size(); ++i) {
    int64_t factor = isDouble && i >= firstShared ? 2 : 1;
    if (!array[i].is_int64() || array[i].get_int64() % factor != 0 ||
        array[i].get_int64() / factor != array[0])
      return keys_.fail(kFeedForward,
                        "layer " + std::to_string(i) + " has " +
                            shown(array[i]) + ", needs the " + shown(array[0]) +
                            " of the first or, where K/V is shared, all the "
                            "double of it");
  }
  config_["use_double_wide_mlp"] = isDouble;
}

void ConfigWriter::writeExperts() {
  json::value count = keys_.find("gemma4.expert_count");
  if (count.is_null() || count == 0)
    return;
  config_["num_experts"] = count;
  config_["top_k_experts"] = keys_.need("gemma4.expert_used_count");
  config_["moe_intermediate_size"] =
      keys_.need("gemma4.expert_feed_forward_length");
}

bool ConfigWriter::hasOwnValues(size_t layer) const {
  return tensor("blk." + std::to_string(layer) + ".attn_v.weight");
}

/// What the tensors say and no key does.
void ConfigWriter::writeTensorFacts() {
  const StoredTensor *embedding = tensor("token_embd.weight");
  const StoredTensor *perLayer = tensor("per_layer_token_embd.weight");
  if (embedding && embedding->shape.size() == 2)
    config_["vocab_size"] = embedding->shape[0];
  if (perLayer && perLayer->shape.size() == 2)
    config_["vocab_size_per_layer_input"] = perLayer->shape[0];
  // Quantized files are made of bf16 weights.
  std::string type = embedding ? embedding->typeName : "";
  config_["dtype"] = type == "F32"   ? "float32"
                     : type == "F16" ? "float16"
                                     : "bfloat16";
  bool anyHasValues = false;
  for (size_t i = 0; i < isFull_.size(); ++i)
    anyHasValues |= isFull_[i] && hasOwnValues(i);
  config_["attention_k_eq_v"] = !anyHasValues;
}

/// No key says it: of the releases those without per-layer inputs do so.
void ConfigWriter::writePictures() {
  const json::value &size = config_["hidden_size_per_layer_input"];
  if (size.is_null() || size == 0)
    config_["use_bidirectional_attention"] = "vision";
}

/// How many pairs of a full layer's head rotate: rope_freqs has a divisor of
/// the frequency for each pair, 1 for those and a huge one for the rest.
Result<int64_t> ConfigWriter::numRotatedPairs(const StoredTensor &freqs,
                                              int64_t headDim) {
  MappedRows rows("rope_freqs.weight", freqs);
  if (!rows.isReadable() || rows.numRows() != 1 ||
      rows.numCols() != headDim / 2)
    return Status(StatusCode::InvalidArgument,
                  "tensor rope_freqs.weight: " + rows.typeName() + " " +
                      shapeText(rows.shape()) + ", needed F32 [" +
                      std::to_string(headDim / 2) + "]");
  std::vector<float> divisors(rows.numCols());
  rows.read(0, divisors);
  auto end = std::ranges::find_if(divisors, [](float x) { return x != 1; });
  for (auto it = end; it != divisors.end(); ++it)
    if (!(*it >= kNoRotation))
      return unsupported("tensor rope_freqs.weight: element " +
                         std::to_string(it - divisors.begin()) + " is " +
                         std::to_string(*it) +
                         ", needs ones and then numbers of at least 1e20");
  return end - divisors.begin();
}

Status ConfigWriter::writeRope() {
  json::object full = {{"rope_type", "proportional"},
                       {"partial_rotary_factor", kDefaultShare}};
  json::object sliding = {{"rope_type", "default"}};
  if (json::value theta = keys_.find("gemma4.rope.freq_base"); !theta.is_null())
    full["rope_theta"] = theta;
  if (json::value theta = keys_.find("gemma4.rope.freq_base_swa");
      !theta.is_null())
    sliding["rope_theta"] = theta;
  const StoredTensor *freqs = tensor("rope_freqs.weight");
  json::value length = keys_.find("gemma4.attention.key_length");
  if (freqs && length.is_int64() && length.get_int64() > 1) {
    int64_t headDim = length.get_int64();
    G4RT_ASSIGN(int64_t numPairs, numRotatedPairs(*freqs, headDim));
    // One channel more than the pairs have: the product must not be rounded to
    // less than theirs.
    full["partial_rotary_factor"] =
        std::min(1.0, static_cast<double>(2 * numPairs + 1) /
                          static_cast<double>(headDim));
  }
  config_["rope_parameters"] = {{"full_attention", std::move(full)},
                                {"sliding_attention", std::move(sliding)}};
  return Status();
}

/// What config.json could not say.
Status ConfigWriter::checkSupported() {
  for (const auto &[key, same] :
       {std::pair("gemma4.attention.value_length",
                  "gemma4.attention.key_length"),
        std::pair("gemma4.attention.value_length_swa",
                  "gemma4.attention.key_length_swa"),
        std::pair("gemma4.rope.dimension_count", "gemma4.attention.key_length"),
        std::pair("gemma4.rope.dimension_count_swa",
                  "gemma4.attention.key_length_swa")}) {
    json::value value = keys_.find(key), needed = keys_.find(same);
    if (!value.is_null() && value != needed)
      return unsupported("metadata " + std::string(key) + ": " + shown(value) +
                         ", needs the " + shown(needed) + " of " + same);
  }
  std::string scaling = keys_.text("gemma4.rope.scaling.type");
  if (!scaling.empty() && scaling != "none")
    return unsupported("metadata gemma4.rope.scaling.type: " +
                       json_fields::shownString(scaling) + ", needs none");
  return Status();
}

/// The keys that are fields by another name.
void ConfigWriter::writeSizes() {
  config_ = {
      {"model_type", "gemma4_text"},
      {"num_hidden_layers", keys_.need("gemma4.block_count")},
      {"hidden_size", keys_.need("gemma4.embedding_length")},
      {"max_position_embeddings", keys_.need("gemma4.context_length")},
      {"num_attention_heads", keys_.need("gemma4.attention.head_count")},
      {"sliding_window", keys_.need("gemma4.attention.sliding_window")},
      {"rms_norm_eps", keys_.need("gemma4.attention.layer_norm_rms_epsilon")},
      {"final_logit_softcapping", keys_.find("gemma4.final_logit_softcapping")},
      {"hidden_size_per_layer_input",
       keys_.find("gemma4.embedding_length_per_layer_input")},
  };
}

Result<json::object> ConfigWriter::write() {
  writeSizes();
  writeLayers();
  writeFeedForward();
  writeExperts();
  writeTensorFacts();
  writePictures();
  G4RT_TRY(keys_.status());
  G4RT_TRY(checkSupported());
  G4RT_TRY(writeRope());
  G4RT_TRY(keys_.status());
  return std::move(config_);
}

Result<json::object> configOfGguf(const GgufFile &file) {
  return ConfigWriter(file).write();
}

} // namespace g4::gemma4
