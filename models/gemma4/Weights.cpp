//===- Weights.cpp - The weight table of Gemma 4 --------------------------===//

#include "models/gemma4/Weights.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr const char *kEmbed = "embed_tokens.weight";
constexpr const char *kHead = "lm_head.weight";

namespace {

/// Appends rows for one layer, with its prefixes in front.
struct LayerTable {
  std::vector<WeightSpec> &table;
  std::string graphPrefix, sourcePrefix; // "layers.3."

  void add(const char *name, const char *source, std::vector<int64_t> shape,
           WeightSpec::Least least) {
    table.push_back(
        {graphPrefix + name, {sourcePrefix + source}, std::move(shape), least});
  }
  void matrix(const char *name, const char *source,
              std::vector<int64_t> shape) {
    add(name, source, std::move(shape), WeightSpec::Least::Int4);
  }
  void bf16(const char *name, const char *source, std::vector<int64_t> shape) {
    add(name, source, std::move(shape), WeightSpec::Least::BF16);
  }
  void f32(const char *name, const char *source, std::vector<int64_t> shape) {
    add(name, source, std::move(shape), WeightSpec::Least::F32);
  }
};

} // namespace

static void addAttention(LayerTable &t, const TextConfig &config,
                         const LayerConfig &layer, bool ownsCache) {
  int64_t h = config.hiddenSize, d = layer.headDim;
  int64_t q = config.numHeads * d, kv = layer.numKvHeads * d;
  t.f32("attn.norm", "input_layernorm.weight", {h});
  t.matrix("attn.q", "self_attn.q_proj.weight", {q, h});
  t.f32("attn.q_norm", "self_attn.q_norm.weight", {d});
  if (ownsCache) {
    t.matrix("attn.k", "self_attn.k_proj.weight", {kv, h});
    if (!layer.kEqV)
      t.matrix("attn.v", "self_attn.v_proj.weight", {kv, h});
    t.f32("attn.k_norm", "self_attn.k_norm.weight", {d});
  }
  t.matrix("attn.o", "self_attn.o_proj.weight", {h, q});
  t.f32("attn.post_norm", "post_attention_layernorm.weight", {h});
}

static void addFeedForward(LayerTable &t, const TextConfig &config,
                           const LayerConfig &layer) {
  int64_t h = config.hiddenSize, inner = layer.intermediateSize;
  t.f32("mlp.norm", "pre_feedforward_layernorm.weight", {h});
  t.matrix("mlp.gate", "mlp.gate_proj.weight", {inner, h});
  t.matrix("mlp.up", "mlp.up_proj.weight", {inner, h});
  t.matrix("mlp.down", "mlp.down_proj.weight", {h, inner});
  t.f32("mlp.post_norm", "post_feedforward_layernorm.weight", {h});
}

static void addExperts(LayerTable &t, const TextConfig &config) {
  int64_t h = config.hiddenSize, n = config.numExperts;
  int64_t inner = config.moeIntermediateSize;
  t.f32("mlp.dense_norm", "post_feedforward_layernorm_1.weight", {h});
  t.f32("router.scale", "router.scale", {h});
  t.f32("router.proj", "router.proj.weight", {n, h});
  t.f32("router.per_expert_scale", "router.per_expert_scale", {n});
  t.f32("experts.norm", "pre_feedforward_layernorm_2.weight", {h});
  t.matrix("experts.gate_up", "experts.gate_up_proj", {n, 2 * inner, h});
  t.matrix("experts.down", "experts.down_proj", {n, h, inner});
  t.f32("experts.post_norm", "post_feedforward_layernorm_2.weight", {h});
}

static void addPerLayerInput(LayerTable &t, const TextConfig &config) {
  int64_t h = config.hiddenSize, p = config.perLayerInputSize;
  t.bf16("ple.gate", "per_layer_input_gate.weight", {p, h});
  t.bf16("ple.proj", "per_layer_projection.weight", {h, p});
  t.f32("ple.post_norm", "post_per_layer_input_norm.weight", {h});
}

std::vector<WeightSpec> weightTable(const TextConfig &config) {
  std::vector<WeightSpec> table;
  int64_t h = config.hiddenSize, p = config.perLayerInputSize;
  LayerTable model{table, "", ""};
  model.bf16("embed", kEmbed, {config.vocabSize, h});
  if (p > 0) {
    int64_t all = config.numLayers() * p;
    model.bf16("ple.embed", "embed_tokens_per_layer.weight",
               {config.perLayerVocabSize, all});
    model.bf16("ple.model_proj", "per_layer_model_projection.weight", {all, h});
    model.f32("ple.norm", "per_layer_projection_norm.weight", {p});
  }
  for (int64_t i = 0; i < config.numLayers(); ++i) {
    const LayerConfig &layer = config.layers[i];
    std::string prefix = "layers." + std::to_string(i) + ".";
    LayerTable t{table, prefix, prefix};
    addAttention(t, config, layer, layer.kvLayer == i);
    addFeedForward(t, config, layer);
    if (config.hasExperts())
      addExperts(t, config);
    if (p > 0)
      addPerLayerInput(t, config);
    t.f32("scalar", "layer_scalar", {1});
  }
  model.f32("norm", "norm.weight", {h});
  if (!config.tieWordEmbeddings)
    model.bf16("lm_head", kHead, {config.vocabSize, h});
  return table;
}

//===----------------------------------------------------------------------===//
// Against a checkpoint
//===----------------------------------------------------------------------===//

// The language model alone, or as a part of the model with vision and audio.
constexpr const char *kPrefixes[] = {"model.language_model.", "model.",
                                     "language_model.model.", ""};

static Result<std::string> findPrefix(const Checkpoint &checkpoint) {
  for (const char *prefix : kPrefixes)
    if (checkpoint.find(std::string(prefix) + kEmbed))
      return std::string(prefix);
  return Status(StatusCode::InvalidArgument,
                checkpoint.folder() +
                    ": no tensor model.language_model.embed_tokens.weight "
                    "(nor model.embed_tokens.weight)");
}

static Status checkTensor(const RowSource &tensor,
                          const std::vector<int64_t> &shape) {
  std::string what = "tensor " + tensor.name();
  if (!tensor.isReadable())
    return Status(StatusCode::InvalidArgument,
                  what + ": dtype " + tensor.typeName() +
                      ", needed F32, BF16, F16 or a type of docs/import.md");
  if (tensor.shape() != shape)
    return Status(StatusCode::InvalidArgument,
                  what + ": shape " + shapeText(tensor.shape()) + ", needed " +
                      shapeText(shape));
  return Status();
}

bool hasOwnHead(const Checkpoint &checkpoint) {
  const RowSource *head = checkpoint.find(kHead);
  Result<std::string> prefix = findPrefix(checkpoint);
  if (!head || !prefix)
    return false;
  const RowSource *embed = checkpoint.find(*prefix + kEmbed);
  return !haveEqualRows(*head, *embed);
}

/// Experts stored one by one: gate and up of each in turn, or down of each.
static bool expandExperts(WeightSpec &spec, const std::string &prefix,
                          const Checkpoint &checkpoint) {
  auto endsWith = [&](const char *suffix) {
    return spec.sources[0].ends_with(suffix);
  };
  bool gateUp = endsWith("experts.gate_up_proj");
  if (!gateUp && !endsWith("experts.down_proj"))
    return false;
  std::string base = spec.sources[0].substr(0, spec.sources[0].rfind('.') + 1);
  if (!checkpoint.find(prefix + base + "0.down_proj.weight"))
    return false;
  spec.sources.clear();
  for (int64_t e = 0; e < spec.shape[0]; ++e) {
    std::string expert = base + std::to_string(e) + ".";
    if (gateUp)
      spec.sources.insert(spec.sources.end(), {expert + "gate_proj.weight",
                                               expert + "up_proj.weight"});
    else
      spec.sources.push_back(expert + "down_proj.weight");
  }
  return true;
}

/// The shape of each source of `spec`.
static std::vector<int64_t> sourceShape(const WeightSpec &spec) {
  if (spec.sources.size() == 1)
    return spec.shape;
  int64_t perExpert = static_cast<int64_t>(spec.sources.size()) / spec.shape[0];
  return {spec.shape[1] / perExpert, spec.shape[2]};
}

std::vector<WeightSpec> namedWeights(const TextConfig &config) {
  std::vector<WeightSpec> table = weightTable(config);
  for (WeightSpec &spec : table)
    if (spec.name != "lm_head")
      spec.sources[0] = kPrefixes[0] + spec.sources[0];
  return table;
}

Result<std::vector<WeightSpec>> resolveWeights(const TextConfig &config,
                                               const Checkpoint &checkpoint) {
  G4RT_ASSIGN(std::string prefix, findPrefix(checkpoint));
  std::vector<WeightSpec> table = weightTable(config);
  for (WeightSpec &spec : table) {
    // lm_head stands beside the language model.
    std::string before = spec.name == "lm_head" ? "" : prefix;
    if (!checkpoint.find(before + spec.sources[0]))
      expandExperts(spec, before, checkpoint);
    std::vector<int64_t> shape = sourceShape(spec);
    for (std::string &source : spec.sources) {
      source = before + source;
      const RowSource *tensor = checkpoint.find(source);
      if (!tensor)
        return Status(StatusCode::InvalidArgument,
                      checkpoint.folder() + ": tensor " +
                          checkpoint.nameInFile(source) + " is missing; " +
                          shapeText(shape) + " is needed");
      Status status = checkTensor(*tensor, shape);
      if (!status.ok())
        return std::move(status).during(checkpoint.folder());
    }
  }
  return table;
}

} // namespace g4::gemma4
