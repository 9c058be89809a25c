//===- GgufTensors.cpp - Names of GGUF as names of Gemma 4 ----------------===//

#include "models/gemma4/gguf/GgufTensors.h"

#include "models/gemma4/gguf/GgufNames.h"
#include "models/gemma4/gguf/SplitExperts.h"

namespace g4::gemma4 {

using g4rt::Result;

// Names: MODEL_TENSORS of the gguf package; those of Ollama's converter are the
// same.
constexpr NamePair kModelNames[] = {
    {"token_embd.weight", "model.language_model.embed_tokens.weight"},
    {"output_norm.weight", "model.language_model.norm.weight"},
    {"output.weight", "lm_head.weight"},
    {"per_layer_token_embd.weight",
     "model.language_model.embed_tokens_per_layer.weight"},
    {"per_layer_model_proj.weight",
     "model.language_model.per_layer_model_projection.weight"},
    {"per_layer_proj_norm.weight",
     "model.language_model.per_layer_projection_norm.weight"},
};

constexpr NamePair kLayerNames[] = {
    {"attn_norm.weight", "input_layernorm.weight"},
    {"attn_q.weight", "self_attn.q_proj.weight"},
    {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},
    {"attn_q_norm.weight", "self_attn.q_norm.weight"},
    {"attn_k_norm.weight", "self_attn.k_norm.weight"},
    {"attn_output.weight", "self_attn.o_proj.weight"},
    {"post_attention_norm.weight", "post_attention_layernorm.weight"},
    {"ffn_norm.weight", "pre_feedforward_layernorm.weight"},
    {"ffn_gate.weight", "mlp.gate_proj.weight"},
    {"ffn_up.weight", "mlp.up_proj.weight"},
    {"ffn_down.weight", "mlp.down_proj.weight"},
    {"post_ffw_norm.weight", "post_feedforward_layernorm.weight"},
    {"post_ffw_norm_1.weight", "post_feedforward_layernorm_1.weight"},
    {"ffn_gate_inp.weight", "router.proj.weight"},
    {"ffn_gate_inp.scale", "router.scale"},
    {"ffn_down_exps.scale", "router.per_expert_scale"},
    {"pre_ffw_norm_2.weight", "pre_feedforward_layernorm_2.weight"},
    {"ffn_gate_up_exps.weight", "experts.gate_up_proj"},
    {"ffn_down_exps.weight", "experts.down_proj"},
    {"post_ffw_norm_2.weight", "post_feedforward_layernorm_2.weight"},
    {"inp_gate.weight", "per_layer_input_gate.weight"},
    {"proj.weight", "per_layer_projection.weight"},
    {"post_norm.weight", "post_per_layer_input_norm.weight"},
    {"layer_output_scale.weight", "layer_scalar"},
};

constexpr std::string_view kGgufLayer = "blk.";
constexpr std::string_view kLayer = "model.language_model.layers.";

constexpr NameTable kNames = {
    .model = kModelNames, .layer = kLayerNames, .prefix = {kGgufLayer, kLayer}};

std::string ggufNameOf(const std::string &name) {
  std::string found = kNames.toGguf(name);
  return found.empty() ? name : found;
}

/// Gate and up of all experts of a layer, where they are two tensors.
static g4rt::Status joinExperts(const GgufFile &file, const std::string &gate,
                                RowSources &sources) {
  constexpr std::string_view kGate = "ffn_gate_exps.weight";
  LayerName layer = splitLayerName(gate, kGgufLayer);
  if (layer.rest != kGate)
    return {};
  std::string prefix = std::string(kGgufLayer) + std::string(layer.number);
  auto up = file.tensors().find(prefix + ".ffn_up_exps.weight");
  if (up == file.tensors().end())
    return {};
  G4RT_ASSIGN(std::unique_ptr<RowSource> both,
              SplitExperts::open({gate, file.tensors().at(gate)},
                                 {up->first, up->second}));
  sources.try_emplace(std::string(kLayer) + std::string(layer.number) +
                          ".experts.gate_up_proj",
                      std::move(both));
  return {};
}

Result<RowSources> sourcesOfGguf(const GgufFile &file) {
  RowSources sources;
  for (const auto &[name, tensor] : file.tensors()) {
    std::string known = kNames.toTransformers(name);
    if (!known.empty())
      sources[known] = std::make_unique<MappedRows>(name, tensor);
  }
  for (const auto &[name, tensor] : file.tensors())
    G4RT_TRY(joinExperts(file, name, sources));
  return sources;
}

} // namespace g4::gemma4
