//===- QuantizationConfig.h - How a checkpoint was quantised ----*- C++ -*-===//
//
// quantization_config of config.json (at its top or in text_config, or under
// the older name compression_config), else hf_quant_config.json.
//
//===----------------------------------------------------------------------===//

#ifndef G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZATIONCONFIG_H
#define G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZATIONCONFIG_H

#include "models/checkpoint/JsonFields.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace g4 {

/// What a config group of compressed-tensors says of the weights that it
/// targets.
struct QuantizationGroup {
  std::vector<std::string> targets;
  std::string format; // "pack-quantized"
  std::string type;   // "int", "float"
  std::string strategy;
  int64_t numBits = 0;
  /// Columns of a scale; 0: not grouped.
  int64_t groupSize = 0;
  /// Rows and columns of a scale where the strategy is "block".
  int64_t blockRows = 0, blockCols = 0;
  bool isSymmetric = true;
};

struct QuantizationConfig {
  enum class Method : uint8_t { CompressedTensors, ModelOpt, Awq, Gptq };
  Method method = Method::CompressedTensors;
  /// Where it stands, for people.
  std::string path;

  /// CompressedTensors.
  std::vector<QuantizationGroup> groups;
  std::vector<std::string> ignore;

  /// Awq and Gptq.
  int64_t numBits = 0, groupSize = 0; // -1: one group a row
  bool hasZeroPoints = true;
  /// Gptq: zero points are stored less one.
  bool storesZerosLessOne = true;
};

/// Null where no file says that the weights are quantised. `folder` is where
/// hf_quant_config.json may lie.
///
/// Errors: InvalidArgument naming the field; Unimplemented naming the method or
/// format that is not read, and those that are.
g4rt::Result<std::optional<QuantizationConfig>>
readQuantizationConfig(const g4rt::json::object &config,
                       const std::string &folder);

/// Whether one of `targets` is the module's name, "re:" and a regular
/// expression that matches its beginning, or the class of its layer ("Linear",
/// for an embedding "Embedding"). The expression is the file's: one that is not
/// well-formed or takes too long matches nothing.
bool matchesModule(const std::vector<std::string> &targets,
                   const std::string &module);

} // namespace g4

#endif // G4_MODELS_CHECKPOINT_QUANTIZED_QUANTIZATIONCONFIG_H
