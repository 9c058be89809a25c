//===- VisionConfig.cpp - What config.json says of pictures ---------------===//

#include "models/gemma4/VisionConfig.h"

#include "models/checkpoint/JsonFields.h"
#include "models/gemma4/ConfigLimits.h"

namespace g4::gemma4 {

using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::Fields;
namespace json = g4rt::json;

constexpr const char *kPrefix = "vision_config.";
/// What model_type calls the two forms.
constexpr const char *kTower = "gemma4_vision";
constexpr const char *kProjection = "gemma4_unified_vision";

static Status unsupported(const std::string &message) {
  return Status(StatusCode::Unimplemented, kPrefix + message);
}

static Status invalid(const std::string &message) {
  return Status(StatusCode::InvalidArgument, kPrefix + message);
}

/// "axial" is what transformers calls it from 5.20 on; released files say
/// "default".
static Status readRope(Fields &fields, VisionConfig &config) {
  static const json::object kNothing;
  const json::object *stated = fields.object("rope_parameters");
  Fields rope(stated ? *stated : kNothing,
              fields.prefix() + "rope_parameters.");
  config.ropeTheta = rope.number("rope_theta", 100, 1, 1e12);
  std::string type = rope.text("rope_type", "axial");
  fields.adopt(rope.status());
  G4RT_TRY(fields.status());
  if (type != "axial" && type != "default")
    return unsupported("rope_parameters.rope_type: axial, also called default, "
                       "is known, got " +
                       json_fields::shownString(type));
  return Status();
}

static Status checkTower(Fields &fields, const VisionConfig &config) {
  std::string activation =
      fields.text("hidden_activation", "gelu_pytorch_tanh");
  bool hasBias = fields.boolean("attention_bias", false);
  G4RT_TRY(fields.status());
  if (activation != "gelu_pytorch_tanh")
    return unsupported("hidden_activation: gelu_pytorch_tanh is known, got " +
                       json_fields::shownString(activation));
  if (hasBias)
    return unsupported("attention_bias true");
  // Two halves, of which each has pairs.
  if (config.headDim % 4 != 0)
    return invalid("head_dim must be a multiple of 4, got " +
                   std::to_string(config.headDim));
  if (config.numHeads % config.numKvHeads != 0)
    return invalid("num_attention_heads " + std::to_string(config.numHeads) +
                   " must be a multiple of num_key_value_heads, got " +
                   std::to_string(config.numKvHeads));
  return Status();
}

// What is absent is as transformers' Gemma4VisionConfig has it.
static Status readTower(Fields &fields, VisionConfig &config) {
  config.hiddenSize = fields.integerOr("hidden_size", 768, 1, kMaxChannels);
  config.numPositions =
      fields.integerOr("position_embedding_size", 10240, 1, kMaxVocab);
  config.numLayers = fields.integerOr("num_hidden_layers", 16, 1, kMaxLayers);
  config.numHeads = fields.integerOr("num_attention_heads", 12, 1, kMaxHeads);
  config.numKvHeads = fields.integerOr("num_key_value_heads", 12, 1, kMaxHeads);
  config.headDim = fields.integerOr("head_dim", 64, 4, kMaxHeadDim);
  config.intermediateSize =
      fields.integerOr("intermediate_size", 3072, 1, kMaxChannels);
  config.standardize = fields.boolean("standardize", false);
  config.clippedLinears = fields.boolean("use_clipped_linears", false);
  G4RT_TRY(readRope(fields, config));
  return checkTower(fields, config);
}

// The same of Gemma4UnifiedVisionConfig.
static void readProjection(Fields &fields, VisionConfig &config) {
  config.hiddenSize = fields.integerOr("mm_embed_dim", 3840, 1, kMaxChannels);
  config.numPositions = fields.integerOr("mm_posemb_size", 1120, 1, kMaxVocab);
  int64_t side = config.patchSize * config.poolingSize;
  int64_t stated = fields.integerOr("model_patch_size", side, 1, 1 << 12);
  if (stated != side)
    fields.fail("model_patch_size",
                "must be patch_size * pooling_kernel_size = " +
                    std::to_string(side) + ", got " + std::to_string(stated));
}

Result<std::optional<VisionConfig>>
parseVisionConfig(const json::object &root) {
  Fields outer(root);
  const json::object *nested = outer.object("vision_config");
  std::string outerType = outer.text("model_type", "");
  G4RT_TRY(outer.status());
  if (!nested)
    return std::optional<VisionConfig>();
  Fields fields(*nested, kPrefix);
  std::string type = fields.text(
      "model_type",
      outerType.starts_with("gemma4_unified") ? kProjection : kTower);
  if (type != kTower && type != kProjection)
    fields.fail("model_type", std::string("must be ") + kTower + " or " +
                                  kProjection + ", got " +
                                  json_fields::shownString(type));
  VisionConfig config;
  config.patchSize = fields.integerOr("patch_size", 16, 1, 256);
  config.poolingSize = fields.integerOr("pooling_kernel_size", 3, 1, 16);
  config.rmsNormEps = fields.number("rms_norm_eps", 1e-6, 1e-12, 1);
  if (type == kProjection) {
    config.form = VisionConfig::Form::Projection;
    readProjection(fields, config);
  } else {
    G4RT_TRY(readTower(fields, config));
  }
  G4RT_TRY(fields.status());
  return std::optional(config);
}

} // namespace g4::gemma4
