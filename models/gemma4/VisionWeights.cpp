//===- VisionWeights.cpp - The weight table of pictures -------------------===//

#include "models/gemma4/VisionWeights.h"

#include "models/gemma4/TensorNames.h"

namespace g4::gemma4 {

using artifact::WeightClass;
using g4rt::Result;

constexpr const char *kProject = "embed_vision.embedding_projection.weight";
constexpr const char *kPrefixes[] = {"model."};

namespace {

/// Appends rows whose names begin alike.
struct VisionRows {
  std::vector<WeightSpec> &table;
  std::string graphPrefix, sourcePrefix;

  void add(WeightClass weightClass, const std::string &name,
           const std::string &source, std::vector<int64_t> shape) {
    table.push_back({graphPrefix + name,
                     {sourcePrefix + source},
                     std::move(shape),
                     weightClass});
  }
  void matrix(const std::string &name, const std::string &source,
              std::vector<int64_t> shape) {
    add(WeightClass::Vision, name, source, std::move(shape));
  }
  void vector(const std::string &name, const std::string &source,
              int64_t size) {
    add(WeightClass::Norm, name, source, {size});
  }
  /// The weight and the bias of a layer norm, or of what else has both.
  void vectors(const std::string &name, const std::string &source,
               int64_t size) {
    vector(name, source + ".weight", size);
    vector(name + "_bias", source + ".bias", size);
  }
  void linear(const std::string &name, const std::string &source,
              std::vector<int64_t> shape, bool isClipped) {
    matrix(name, source + ".linear.weight", std::move(shape));
    if (!isClipped)
      return;
    for (const char *bound :
         {"input_min", "input_max", "output_min", "output_max"})
      vector(name + "." + bound, source + "." + bound, 1);
  }
};

} // namespace

static void addLayer(VisionRows &t, const VisionConfig &config) {
  int64_t h = config.hiddenSize, d = config.headDim;
  int64_t q = config.numHeads * d, kv = config.numKvHeads * d;
  int64_t inner = config.intermediateSize;
  bool clip = config.clippedLinears;
  t.vector("attn.norm", "input_layernorm.weight", h);
  t.linear("attn.q", "self_attn.q_proj", {q, h}, clip);
  t.vector("attn.q_norm", "self_attn.q_norm.weight", d);
  t.linear("attn.k", "self_attn.k_proj", {kv, h}, clip);
  t.linear("attn.v", "self_attn.v_proj", {kv, h}, clip);
  t.vector("attn.k_norm", "self_attn.k_norm.weight", d);
  t.linear("attn.o", "self_attn.o_proj", {h, q}, clip);
  t.vector("attn.post_norm", "post_attention_layernorm.weight", h);
  t.vector("mlp.norm", "pre_feedforward_layernorm.weight", h);
  t.linear("mlp.gate", "mlp.gate_proj", {inner, h}, clip);
  t.linear("mlp.up", "mlp.up_proj", {inner, h}, clip);
  t.linear("mlp.down", "mlp.down_proj", {h, inner}, clip);
  t.vector("mlp.post_norm", "post_feedforward_layernorm.weight", h);
}

static void addTower(std::vector<WeightSpec> &table,
                     const VisionConfig &config) {
  int64_t h = config.hiddenSize;
  VisionRows tower{table, "vision.", "vision_tower."};
  tower.matrix("patch.proj", "patch_embedder.input_proj.weight",
               {h, config.rowSize()});
  tower.matrix("patch.positions", "patch_embedder.position_embedding_table",
               {2, config.numPositions, h});
  for (int64_t i = 0; i < config.numLayers; ++i) {
    std::string number = std::to_string(i) + ".";
    VisionRows layer{table, "vision.layers." + number,
                     "vision_tower.encoder.layers." + number};
    addLayer(layer, config);
  }
  if (!config.standardize)
    return;
  tower.vector("std_bias", "std_bias", h);
  tower.vector("std_scale", "std_scale", h);
}

static void addProjection(std::vector<WeightSpec> &table,
                          const VisionConfig &config) {
  int64_t h = config.hiddenSize, size = config.rowSize();
  VisionRows t{table, "vision.", "vision_embedder."};
  t.vectors("patch.norm", "patch_ln1", size);
  t.matrix("patch.proj", "patch_dense.weight", {h, size});
  t.vector("patch.proj_bias", "patch_dense.bias", h);
  t.vectors("patch.post_norm", "patch_ln2", h);
  t.matrix("patch.positions", "pos_embedding", {config.numPositions, 2, h});
  t.vectors("norm", "pos_norm", h);
}

std::vector<WeightSpec> visionTable(const VisionConfig &config,
                                    int64_t textSize) {
  std::vector<WeightSpec> table;
  if (config.isTower())
    addTower(table, config);
  else
    addProjection(table, config);
  VisionRows{table, "vision.", ""}.matrix("project", kProject,
                                          {textSize, config.hiddenSize});
  return table;
}

std::vector<WeightSpec> namedVisionWeights(const VisionConfig &config,
                                           int64_t textSize) {
  std::vector<WeightSpec> table = visionTable(config, textSize);
  for (WeightSpec &spec : table)
    spec.sources[0] = kPrefixes[0] + spec.sources[0];
  return table;
}

Result<std::vector<WeightSpec>>
resolveVisionWeights(const VisionConfig &config, int64_t textSize,
                     const Checkpoint &checkpoint) {
  G4RT_ASSIGN(std::string prefix, findPrefix(checkpoint, kProject, kPrefixes));
  std::vector<WeightSpec> table = visionTable(config, textSize);
  for (WeightSpec &spec : table) {
    spec.sources[0] = prefix + spec.sources[0];
    G4RT_TRY(needTensor(checkpoint, spec.sources[0], spec.shape));
  }
  return table;
}

} // namespace g4::gemma4
