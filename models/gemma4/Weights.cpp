//===- Weights.cpp - The weight table of Gemma 4 --------------------------===//

#include "models/gemma4/Weights.h"

#include "models/gemma4/TensorNames.h"

#include <set>

namespace g4::gemma4 {

using artifact::WeightClass;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

constexpr const char *kEmbed = "embed_tokens.weight";
constexpr const char *kHead = "lm_head.weight";
constexpr const char *kPerLayerEmbed = "embed_tokens_per_layer.weight";

namespace {

/// Appends rows for one layer, with its prefixes in front.
struct LayerTable {
  std::vector<WeightSpec> &table;
  std::string graphPrefix, sourcePrefix; // "layers.3."

  void add(WeightClass weightClass, const char *name, const char *source,
           std::vector<int64_t> shape) {
    table.push_back({graphPrefix + name,
                     {sourcePrefix + source},
                     std::move(shape),
                     weightClass});
  }
};

} // namespace

static void addAttention(LayerTable &t, const TextConfig &config,
                         const LayerConfig &layer, bool ownsCache) {
  int64_t h = config.hiddenSize, d = layer.headDim;
  int64_t q = config.numHeads * d, kv = layer.numKvHeads * d;
  t.add(WeightClass::Norm, "attn.norm", "input_layernorm.weight", {h});
  t.add(WeightClass::Attention, "attn.q", "self_attn.q_proj.weight", {q, h});
  t.add(WeightClass::Norm, "attn.q_norm", "self_attn.q_norm.weight", {d});
  if (ownsCache) {
    t.add(WeightClass::Attention, "attn.k", "self_attn.k_proj.weight", {kv, h});
    if (!layer.kEqV)
      t.add(WeightClass::Attention, "attn.v", "self_attn.v_proj.weight",
            {kv, h});
    t.add(WeightClass::Norm, "attn.k_norm", "self_attn.k_norm.weight", {d});
  }
  t.add(WeightClass::Attention, "attn.o", "self_attn.o_proj.weight", {h, q});
  t.add(WeightClass::Norm, "attn.post_norm", "post_attention_layernorm.weight",
        {h});
}

static void addFeedForward(LayerTable &t, const TextConfig &config,
                           const LayerConfig &layer) {
  int64_t h = config.hiddenSize, inner = layer.intermediateSize;
  t.add(WeightClass::Norm, "mlp.norm", "pre_feedforward_layernorm.weight", {h});
  t.add(WeightClass::Mlp, "mlp.gate", "mlp.gate_proj.weight", {inner, h});
  t.add(WeightClass::Mlp, "mlp.up", "mlp.up_proj.weight", {inner, h});
  t.add(WeightClass::Mlp, "mlp.down", "mlp.down_proj.weight", {h, inner});
  t.add(WeightClass::Norm, "mlp.post_norm", "post_feedforward_layernorm.weight",
        {h});
}

static void addExperts(LayerTable &t, const TextConfig &config,
                       const LayerConfig &layer) {
  int64_t h = config.hiddenSize, n = layer.numExperts;
  int64_t inner = config.moeIntermediateSize;
  t.add(WeightClass::Norm, "mlp.dense_norm",
        "post_feedforward_layernorm_1.weight", {h});
  t.add(WeightClass::Norm, "router.scale", "router.scale", {h});
  t.add(WeightClass::Router, "router.proj", "router.proj.weight", {n, h});
  t.add(WeightClass::Norm, "router.per_expert_scale", "router.per_expert_scale",
        {n});
  t.add(WeightClass::Norm, "experts.norm", "pre_feedforward_layernorm_2.weight",
        {h});
  t.add(WeightClass::Experts, "experts.gate_up", "experts.gate_up_proj",
        {n, 2 * inner, h});
  t.add(WeightClass::Experts, "experts.down", "experts.down_proj",
        {n, h, inner});
  t.add(WeightClass::Norm, "experts.post_norm",
        "post_feedforward_layernorm_2.weight", {h});
}

static void addPerLayerInput(LayerTable &t, const TextConfig &config) {
  int64_t h = config.hiddenSize, p = config.perLayerInputSize;
  t.add(WeightClass::Ple, "ple.gate", "per_layer_input_gate.weight", {p, h});
  t.add(WeightClass::Ple, "ple.proj", "per_layer_projection.weight", {h, p});
  t.add(WeightClass::Norm, "ple.post_norm", "post_per_layer_input_norm.weight",
        {h});
}

std::vector<WeightSpec> weightTable(const TextConfig &config) {
  std::vector<WeightSpec> table;
  int64_t h = config.hiddenSize, p = config.perLayerInputSize;
  LayerTable model{table, "", ""};
  model.add(WeightClass::Embedding, "embed", kEmbed, {config.vocabSize, h});
  if (p > 0) {
    int64_t all = config.numLayers() * p;
    model.add(WeightClass::PleTable, "ple.embed", kPerLayerEmbed,
              {config.perLayerVocabSize, all});
    model.add(WeightClass::Ple, "ple.model_proj",
              "per_layer_model_projection.weight", {all, h});
    model.add(WeightClass::Norm, "ple.norm", "per_layer_projection_norm.weight",
              {p});
  }
  for (int64_t i = 0; i < config.numLayers(); ++i) {
    const LayerConfig &layer = config.layers[i];
    std::string prefix = "layers." + std::to_string(i) + ".";
    LayerTable t{table, prefix, prefix};
    addAttention(t, config, layer, layer.kvLayer == i);
    addFeedForward(t, config, layer);
    if (config.hasExperts())
      addExperts(t, config, layer);
    if (p > 0)
      addPerLayerInput(t, config);
    t.add(WeightClass::Norm, "scalar", "layer_scalar", {1});
  }
  model.add(WeightClass::Norm, "norm", "norm.weight", {h});
  if (!config.tieWordEmbeddings)
    model.add(WeightClass::Head, "lm_head", kHead, {config.vocabSize, h});
  return table;
}

//===----------------------------------------------------------------------===//
// Against a checkpoint
//===----------------------------------------------------------------------===//

// As transformers writes the model with vision and audio, and the language
// model alone. Others wrap one of them: AutoModel.save_pretrained leaves out
// "model.", torch.compile puts "_orig_mod." in front.
constexpr const char *kPrefixes[] = {"model.language_model.", "model."};

/// The head stands beside the language model, whatever wraps both.
static std::string headName(const Checkpoint &checkpoint) {
  std::vector<std::string> names = namesEndingIn(checkpoint, kHead);
  return names.size() == 1 ? names[0] : kHead;
}

bool hasOwnHead(const Checkpoint &checkpoint) {
  const RowSource *head = checkpoint.find(headName(checkpoint));
  Result<std::string> prefix = findPrefix(checkpoint, kEmbed, kPrefixes);
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

Status adoptExpertCounts(TextConfig &config, const Checkpoint &checkpoint) {
  if (!config.hasExperts())
    return Status();
  G4RT_ASSIGN(std::string prefix, findPrefix(checkpoint, kEmbed, kPrefixes));
  for (int64_t i = 0; i < config.numLayers(); ++i) {
    std::string name =
        prefix + "layers." + std::to_string(i) + ".router.proj.weight";
    const RowSource *router = checkpoint.find(name);
    if (!router || router->shape().size() != 2)
      continue; // resolveWeights() says what is wrong
    int64_t found = router->shape()[0];
    if (found < config.topKExperts)
      return Status(StatusCode::InvalidArgument,
                    checkpoint.folder() + ": tensor " + name + ": " +
                        std::to_string(found) +
                        " experts, needs at least top_k_experts = " +
                        std::to_string(config.topKExperts));
    config.layers[i].numExperts = std::min(found, config.numExperts);
  }
  return Status();
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
  G4RT_ASSIGN(std::string prefix, findPrefix(checkpoint, kEmbed, kPrefixes));
  std::vector<WeightSpec> table = weightTable(config);
  for (WeightSpec &spec : table) {
    bool isHead = spec.name == "lm_head";
    std::string before = isHead ? "" : prefix;
    if (isHead)
      spec.sources[0] = headName(checkpoint);
    if (!checkpoint.find(before + spec.sources[0]))
      expandExperts(spec, before, checkpoint);
    std::vector<int64_t> shape = sourceShape(spec);
    for (std::string &source : spec.sources) {
      source = before + source;
      G4RT_TRY(needTensor(checkpoint, source, shape));
    }
  }
  return table;
}

bool hasPerLayerInputs(const Checkpoint &checkpoint) {
  return !namesEndingIn(checkpoint, kPerLayerEmbed).empty();
}

std::string dtypeOfEmbedding(const Checkpoint &checkpoint) {
  Result<std::string> prefix = findPrefix(checkpoint, kEmbed, kPrefixes);
  if (!prefix)
    return "bfloat16";
  const std::string &type = checkpoint.find(*prefix + kEmbed)->typeName();
  return type == "F32" ? "float32" : type == "F16" ? "float16" : "bfloat16";
}

/// The names of a layer that attends to another one's cache and may still have
/// the tensors of its own.
static void addSharedNames(std::set<std::string> &names,
                           const std::string &prefix,
                           const TextConfig &config) {
  for (int64_t i = 0; i < config.numLayers(); ++i)
    if (config.layers[i].kvLayer != i)
      for (const char *name : {"k_proj", "v_proj", "k_norm"})
        names.insert(prefix + "layers." + std::to_string(i) + ".self_attn." +
                     name + ".weight");
}

std::vector<std::string> unreadTensors(const std::vector<WeightSpec> &table,
                                       const TextConfig &config,
                                       const Checkpoint &checkpoint) {
  Result<std::string> prefix = findPrefix(checkpoint, kEmbed, kPrefixes);
  if (!prefix)
    return {};
  std::set<std::string> known;
  for (const WeightSpec &spec : table)
    known.insert(spec.sources.begin(), spec.sources.end());
  addSharedNames(known, *prefix, config);
  std::vector<std::string> names = checkpoint.names();
  std::erase_if(names, [&](const std::string &name) {
    return known.contains(name) || (!name.starts_with(*prefix + "layers.") &&
                                    name != *prefix + kPerLayerEmbed);
  });
  return names;
}

} // namespace g4::gemma4
