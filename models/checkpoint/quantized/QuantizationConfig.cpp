//===- QuantizationConfig.cpp - How a checkpoint was quantised ------------===//

#include "models/checkpoint/quantized/QuantizationConfig.h"

#include <algorithm>
#include <boost/regex.hpp>
#include <filesystem>

namespace g4 {

namespace json = g4rt::json;
using g4rt::Result;
using g4rt::Status;
using g4rt::StatusCode;
using json_fields::Fields;

using MaybeConfig = std::optional<QuantizationConfig>;

static Status unread(const std::string &field, const std::string &found,
                     const char *known) {
  return Status(StatusCode::Unimplemented, field + " " +
                                               json_fields::shownString(found) +
                                               " is not read; " + known);
}

static std::vector<std::string> readTexts(Fields &fields, const char *name) {
  std::vector<std::string> texts;
  const json::value *list = fields.find(name);
  if (!list)
    return texts;
  if (!list->is_array())
    return fields.fail(name,
                       "must be a list, got " + json_fields::shown(*list)),
           texts;
  for (const json::value &text : list->get_array())
    if (text.is_string())
      texts.emplace_back(text.get_string());
    else
      fields.fail(name, "must hold texts, got " + json_fields::shown(text));
  return texts;
}

//===----------------------------------------------------------------------===//
// compressed-tensors
//===----------------------------------------------------------------------===//

constexpr int64_t kMaxGroup = 1 << 18;

static bool isReadFormat(const std::string &format) {
  for (const char *known :
       {"pack-quantized", "int-quantized", "float-quantized", "naive-quantized",
        "nvfp4-pack-quantized"})
    if (format == known)
      return true;
  return false;
}

static void readBlock(Fields &weights, QuantizationGroup &group) {
  const json::value *block = weights.find("block_structure");
  const json::array *sizes = block ? block->if_array() : nullptr;
  bool isPair = sizes && sizes->size() == 2;
  for (size_t i = 0; isPair && i < 2; ++i) {
    const int64_t *size = (*sizes)[i].if_int64();
    isPair = size && *size >= 1 && *size <= kMaxGroup;
    if (isPair)
      (i == 0 ? group.blockRows : group.blockCols) = *size;
  }
  if (!isPair)
    weights.fail("block_structure", "must be two sizes");
}

static Result<QuantizationGroup> readGroup(const json::value &value,
                                           const std::string &path,
                                           const std::string &format) {
  G4RT_ASSIGN(const json::object *object, json_fields::needObject(value, path));
  Fields fields(*object, path + ".");
  QuantizationGroup group;
  group.targets = readTexts(fields, "targets");
  group.format = fields.text("format", format);
  const json::object *weightsObject = fields.object("weights");
  G4RT_TRY(fields.status());
  if (!weightsObject)
    return group; // of activations alone
  if (!isReadFormat(group.format))
    return unread(fields.prefix() + "format", group.format,
                  "pack-quantized, int-quantized, float-quantized, "
                  "naive-quantized and nvfp4-pack-quantized are");
  Fields weights(*weightsObject, fields.prefix() + "weights.");
  group.numBits = weights.integer("num_bits", 1, 16);
  group.type = weights.text("type", "int");
  group.isSymmetric = weights.boolean("symmetric", true);
  group.groupSize = weights.integerOr("group_size", 0, -1, kMaxGroup);
  group.strategy = weights.text("strategy", group.groupSize > 0     ? "group"
                                            : group.groupSize == -1 ? "channel"
                                                                    : "tensor");
  group.groupSize = std::max<int64_t>(group.groupSize, 0);
  if (group.strategy == "block")
    readBlock(weights, group);
  G4RT_TRY(weights.status());
  return group;
}

static Result<MaybeConfig> readCompressedTensors(Fields &fields,
                                                 QuantizationConfig config) {
  std::string format = fields.text("format", "");
  config.ignore = readTexts(fields, "ignore");
  const json::object *groups = fields.object("config_groups");
  G4RT_TRY(fields.status());
  if (!groups)
    return json_fields::wrong(fields.prefix() + "config_groups", "is missing");
  for (const auto &entry : *groups) {
    G4RT_ASSIGN(
        QuantizationGroup group,
        readGroup(entry.value(),
                  fields.prefix() + "config_groups." + std::string(entry.key()),
                  format));
    config.groups.push_back(std::move(group));
  }
  return MaybeConfig(std::move(config));
}

//===----------------------------------------------------------------------===//
// AWQ and GPTQ, which AutoRound writes as well
//===----------------------------------------------------------------------===//

static Result<MaybeConfig> readPackedInts(Fields &fields,
                                          QuantizationConfig config) {
  config.numBits = fields.integer("bits", 1, 16);
  config.groupSize = fields.integerOr("group_size", -1, -1, kMaxGroup);
  config.hasZeroPoints = fields.boolean("zero_point", true);
  std::string version = fields.text("version", "gemm");
  std::string form = fields.text("checkpoint_format", "gptq");
  G4RT_TRY(fields.status());
  if (config.numBits != 4 && config.numBits != 8)
    return unread(fields.prefix() + "bits", std::to_string(config.numBits),
                  "4 and 8 are");
  if (config.groupSize == 0)
    return json_fields::wrong(fields.prefix() + "group_size",
                              "must be -1 or at least 1, got 0");
  if (config.method == QuantizationConfig::Method::Awq) {
    if (config.numBits != 4)
      return unread(fields.prefix() + "bits", std::to_string(config.numBits),
                    "AWQ has 4");
    if (version != "gemm" && version != "GEMM")
      return unread(fields.prefix() + "version", version, "gemm is");
    return MaybeConfig(std::move(config));
  }
  if (form != "gptq" && form != "gptq_v2")
    return unread(fields.prefix() + "checkpoint_format", form,
                  "gptq and gptq_v2 are");
  config.storesZerosLessOne = form == "gptq";
  return MaybeConfig(std::move(config));
}

/// AutoRound writes the tensors of another tool and says of which.
static Result<MaybeConfig> readAutoRound(Fields &fields,
                                         QuantizationConfig config) {
  std::string packing = fields.text(
      "packing_format", fields.text("backend", "auto_round:auto_gptq"));
  G4RT_TRY(fields.status());
  using Method = QuantizationConfig::Method;
  if (packing.find("awq") != std::string::npos)
    config.method = Method::Awq;
  else if (packing.find("gptq") != std::string::npos)
    config.method = Method::Gptq;
  else if (packing == "auto_round" || packing.starts_with("auto_round:"))
    config.method = Method::Gptq;
  else
    return unread(fields.prefix() + "packing_format", packing,
                  "auto_round, auto_round:auto_gptq and auto_round:auto_awq "
                  "are");
  return readPackedInts(fields, std::move(config));
}

//===----------------------------------------------------------------------===//
// Which file, which method
//===----------------------------------------------------------------------===//

static Result<MaybeConfig> readModelOpt(Fields &fields,
                                        QuantizationConfig config) {
  std::string algorithm = fields.text("quant_algo", "");
  G4RT_TRY(fields.status());
  if (algorithm != "NVFP4" && algorithm != "FP8" &&
      algorithm != "MIXED_PRECISION" && algorithm != "W4A16_NVFP4")
    return unread(fields.prefix() + "quant_algo", algorithm,
                  "NVFP4, W4A16_NVFP4, FP8 and MIXED_PRECISION are");
  return MaybeConfig(std::move(config));
}

static Result<MaybeConfig> readMethod(const json::object &object,
                                      const std::string &path) {
  using Method = QuantizationConfig::Method;
  Fields fields(object, path + ".");
  std::string method = fields.text("quant_method", "");
  G4RT_TRY(fields.status());
  QuantizationConfig config;
  config.path = path;
  if (method == "compressed-tensors" ||
      (method.empty() && fields.find("config_groups")))
    return readCompressedTensors(fields, std::move(config));
  config.method = Method::ModelOpt;
  if (method == "modelopt" || method == "modelopt_fp4" || method == "nvfp4" ||
      (method.empty() && fields.find("quant_algo")))
    return readModelOpt(fields, std::move(config));
  config.method = method == "awq" ? Method::Awq : Method::Gptq;
  if (method == "awq" || method == "gptq")
    return readPackedInts(fields, std::move(config));
  if (method == "auto-round" || method == "auto_round" ||
      method == "intel/auto-round")
    return readAutoRound(fields, std::move(config));
  return unread(fields.prefix() + "quant_method", method,
                "compressed-tensors, modelopt, awq, gptq and auto-round are");
}

static Result<MaybeConfig> readModelOptFile(const std::string &folder) {
  std::string path = folder + "/hf_quant_config.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return MaybeConfig();
  G4RT_ASSIGN(json::value root, g4rt::parseJsonFile(path));
  G4RT_ASSIGN(const json::object *object, json_fields::needObject(root, path));
  Fields fields(*object);
  const json::object *quantization = fields.object("quantization");
  if (!fields.status().ok())
    return Status(fields.status()).during(path);
  if (!quantization)
    return MaybeConfig();
  return readMethod(*quantization, path + ": quantization");
}

Result<MaybeConfig> readQuantizationConfig(const json::object &config,
                                           const std::string &folder) {
  Fields outer(config);
  const json::object *inner = outer.object("text_config");
  Fields nested(inner ? *inner : config, inner ? "text_config." : "");
  std::string file = folder + "/config.json: ";
  for (Fields *place : {&outer, &nested})
    for (const char *name : {"quantization_config", "compression_config"}) {
      const json::object *object = place->object(name);
      if (!place->status().ok())
        return Status(place->status()).during(folder + "/config.json");
      if (object)
        return readMethod(*object, file + place->prefix() + name);
    }
  if (outer.find("quantization"))
    return Status(StatusCode::Unimplemented,
                  file + "quantization is MLX's, which is not read; "
                         "compressed-tensors, modelopt, awq, gptq and "
                         "auto-round are");
  return readModelOptFile(folder);
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

static bool matchesExpression(const std::string &expression,
                              const std::string &module) {
  try {
    return boost::regex_search(module, boost::regex(expression),
                               boost::match_continuous);
  } catch (const std::exception &) {
    return false;
  }
}

bool matchesModule(const std::vector<std::string> &targets,
                   const std::string &module) {
  constexpr std::string_view kExpression = "re:";
  bool isEmbedding = module.ends_with("embed_tokens") ||
                     module.ends_with("embed_tokens_per_layer");
  for (const std::string &target : targets) {
    if (target == module || target == (isEmbedding ? "Embedding" : "Linear"))
      return true;
    if (target.starts_with(kExpression) &&
        matchesExpression(target.substr(kExpression.size()), module))
      return true;
  }
  return false;
}

} // namespace g4
