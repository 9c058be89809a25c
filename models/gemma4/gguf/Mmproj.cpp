//===- Mmproj.cpp - A tower in a GGUF file of its own ---------------------===//

#include "models/gemma4/gguf/Mmproj.h"

#include "models/checkpoint/JsonFields.h"
#include "models/checkpoint/gguf/GgufKeys.h"
#include "models/gemma4/gguf/GgufNames.h"
#include "models/gemma4/gguf/PixelRows.h"

#include <algorithm>
#include <cmath>

namespace g4::gemma4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;

// Names: MODEL_TENSORS of the gguf package and the converters of llama.cpp
// (conversion/gemma.py).
constexpr NamePair kTowerNames[] = {
    {"v.patch_embd.weight",
     "model.vision_tower.patch_embedder.input_proj.weight"},
    {"v.position_embd.weight",
     "model.vision_tower.patch_embedder.position_embedding_table"},
    {"v.std_bias", "model.vision_tower.std_bias"},
    {"v.std_scale", "model.vision_tower.std_scale"},
    {"mm.input_projection.weight",
     "model.embed_vision.embedding_projection.weight"},
};

constexpr NamePair kTowerLayerNames[] = {
    {"ln1.weight", "input_layernorm.weight"},
    {"attn_q_norm.weight", "self_attn.q_norm.weight"},
    {"attn_k_norm.weight", "self_attn.k_norm.weight"},
    {"attn_post_norm.weight", "post_attention_layernorm.weight"},
    {"ln2.weight", "pre_feedforward_layernorm.weight"},
    {"ffn_post_norm.weight", "post_feedforward_layernorm.weight"},
};

constexpr NamePair kTowerLinears[] = {
    {"attn_q", "self_attn.q_proj"}, {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"}, {"attn_out", "self_attn.o_proj"},
    {"ffn_gate", "mlp.gate_proj"},  {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
};
constexpr NamePair kLinearEnds[] = {
    {".weight", ".linear.weight"},  {".input_min", ".input_min"},
    {".input_max", ".input_max"},   {".output_min", ".output_min"},
    {".output_max", ".output_max"},
};

constexpr NamePair kProjectionNames[] = {
    {"v.patch_embd.weight", "model.vision_embedder.patch_dense.weight"},
    {"v.patch_embd.bias", "model.vision_embedder.patch_dense.bias"},
    {"v.patch_norm.1.weight", "model.vision_embedder.patch_ln1.weight"},
    {"v.patch_norm.1.bias", "model.vision_embedder.patch_ln1.bias"},
    {"v.patch_norm.2.weight", "model.vision_embedder.patch_ln2.weight"},
    {"v.patch_norm.2.bias", "model.vision_embedder.patch_ln2.bias"},
    {"v.patch_norm.3.weight", "model.vision_embedder.pos_norm.weight"},
    {"v.patch_norm.3.bias", "model.vision_embedder.pos_norm.bias"},
    {"v.position_embd.weight", "model.vision_embedder.pos_embedding"},
    {"mm.input_projection.weight",
     "model.embed_vision.embedding_projection.weight"},
};

constexpr NameTable kTower = {
    .model = kTowerNames,
    .layer = kTowerLayerNames,
    .prefix = {"v.blk.", "model.vision_tower.encoder.layers."},
    .linears = kTowerLinears,
    .linearEnds = kLinearEnds};
constexpr NameTable kProjection = {
    .model = kProjectionNames, .layer = {}, .prefix = {}};

/// Side of the square of patches that becomes one soft token; no key says it.
constexpr int64_t kPooling = 3;

namespace {

class MmprojReader {
public:
  explicit MmprojReader(const GgufFile &file)
      : file_(file), keys_(file.metadata()) {}

  Result<OneFileModel> read();

private:
  Status readProjector();
  Result<json::object> config();
  void putTowerSizes(json::object &config);
  /// Dimension `i` of a tensor, which must be there with so many.
  int64_t size(const char *name, size_t numDims, size_t i);
  Result<std::unique_ptr<RowSource>> source(const std::string &name,
                                            const StoredTensor &tensor) const;

  const NameTable &names() const { return isTower_ ? kTower : kProjection; }
  bool has(const char *name) const { return file_.tensors().contains(name); }

  const GgufFile &file_;
  gguf::Keys keys_;
  bool isTower_ = true;
  Status missing_; // the first failure of size()
};

} // namespace

Status MmprojReader::readProjector() {
  std::string architecture = keys_.text("general.architecture");
  // The one key is of files with pictures alone.
  std::string type = keys_.text("clip.vision.projector_type");
  if (type.empty())
    type = keys_.text("clip.projector_type");
  G4RT_TRY(keys_.status());
  isTower_ = type == "gemma4v";
  if (architecture != "clip" || (!isTower_ && type != "gemma4uv"))
    return Status(StatusCode::Unimplemented,
                  "an mmproj file of Gemma 4 is needed (clip with a projector "
                  "gemma4v or gemma4uv), got " +
                      json_fields::shownString(architecture) + " with " +
                      json_fields::shownString(type));
  // Ollama's converter packs the bounds of all linears into one tensor.
  if (has("v.clamp_data"))
    return Status(StatusCode::Unimplemented,
                  "tensor v.clamp_data: bounds of linears are read as tensors "
                  "of their own alone (v.blk.0.attn_q.input_min)");
  return Status();
}

int64_t MmprojReader::size(const char *name, size_t numDims, size_t i) {
  auto found = file_.tensors().find(name);
  if (found != file_.tensors().end() && found->second.shape.size() == numDims)
    return found->second.shape[i];
  if (missing_.ok())
    missing_ = Status(StatusCode::InvalidArgument,
                      "tensor " + std::string(name) + ": needed with " +
                          std::to_string(numDims) + " dimensions, " +
                          (found == file_.tensors().end()
                               ? "is missing"
                               : "got " + shapeText(found->second.shape)));
  return 1;
}

void MmprojReader::putTowerSizes(json::object &config) {
  int64_t headDim = size("v.blk.0.attn_q_norm.weight", 1, 0);
  config["model_type"] = "gemma4_vision";
  config["num_hidden_layers"] = keys_.need("clip.vision.block_count");
  config["hidden_size"] = size("v.patch_embd.weight", 4, 0);
  config["patch_size"] = size("v.patch_embd.weight", 4, 3);
  config["position_embedding_size"] = size("v.position_embd.weight", 3, 1);
  config["head_dim"] = headDim;
  config["num_attention_heads"] =
      size("v.blk.0.attn_q.weight", 2, 0) / std::max<int64_t>(headDim, 1);
  config["num_key_value_heads"] =
      size("v.blk.0.attn_k.weight", 2, 0) / std::max<int64_t>(headDim, 1);
  config["intermediate_size"] = size("v.blk.0.ffn_gate.weight", 2, 0);
  config["standardize"] = has("v.std_bias");
  config["use_clipped_linears"] = has("v.blk.0.attn_q.input_min");
}

Result<json::object> MmprojReader::config() {
  json::object config;
  config["pooling_kernel_size"] = kPooling;
  if (json::value eps = keys_.find("clip.vision.attention.layer_norm_epsilon");
      !eps.is_null())
    config["rms_norm_eps"] = eps;
  if (isTower_) {
    putTowerSizes(config);
  } else {
    auto pixels =
        static_cast<double>(size("v.patch_embd.weight", 2, 1)) / 3; // of a cell
    config["model_type"] = "gemma4_unified_vision";
    config["mm_embed_dim"] = size("v.patch_embd.weight", 2, 0);
    config["mm_posemb_size"] = size("v.position_embd.weight", 3, 1);
    config["patch_size"] = static_cast<int64_t>(std::sqrt(pixels)) / kPooling;
  }
  G4RT_TRY(keys_.status());
  G4RT_TRY(missing_);
  return config;
}

Result<std::unique_ptr<RowSource>>
MmprojReader::source(const std::string &name,
                     const StoredTensor &tensor) const {
  bool isPixels =
      name == "v.patch_embd.weight" || name.starts_with("v.patch_norm.1.");
  if (isPixels)
    return PixelRows::open(name, tensor);
  if (!isTower_ && name == "v.position_embd.weight")
    return AxisRows::open(name, tensor);
  return std::unique_ptr<RowSource>(std::make_unique<MappedRows>(name, tensor));
}

Result<OneFileModel> MmprojReader::read() {
  G4RT_TRY(readProjector());
  OneFileModel model;
  model.path = file_.path();
  G4RT_ASSIGN(json::object vision, config());
  model.config["vision_config"] = std::move(vision);
  for (const auto &[name, tensor] : file_.tensors()) {
    std::string known = names().toTransformers(name);
    if (known.empty())
      continue;
    G4RT_ASSIGN(model.sources[known], source(name, tensor));
  }
  model.nameInFile = [&table = names()](const std::string &name) {
    std::string found = table.toGguf(name);
    return found.empty() ? name : found;
  };
  model.dropPages = [file = &file_] { file->dropPages(); };
  return model;
}

Result<OneFileModel> openMmproj(GgufFile file) {
  auto owner = std::make_shared<const GgufFile>(std::move(file));
  Result<OneFileModel> model = MmprojReader(*owner).read();
  if (!model)
    return std::move(model).error().during(owner->path());
  model->file = owner;
  return model;
}

} // namespace g4::gemma4
